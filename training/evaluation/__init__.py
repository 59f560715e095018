"""How good a score is: accuracy, reliability, bands, spread, and the plots of it."""

from training.evaluation.baseline_accuracy import compare, evaluate
from training.evaluation.bootstrap import Interval, Resamples
from training.evaluation.log_odds import accuracy, agreement, auc, differences, log_odds

__all__ = [
    "Interval",
    "Resamples",
    "accuracy",
    "agreement",
    "auc",
    "compare",
    "differences",
    "evaluate",
    "log_odds",
]
