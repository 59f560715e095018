"""Judgements: read, checked, divided, and made from what came after."""

from training.judgements.ceiling import Ceiling, noise_ceiling
from training.judgements.coverage import WITHOUT_SIGNALS, check_known
from training.judgements.judge_reliability import judge_weights
from training.judgements.judgement_table import (
    as_judgements,
    indices,
    persons_of,
    read_judgements,
)
from training.judgements.oddities import Report, check
from training.judgements.ownership import Owned, lake_judgements, owned_judgements
from training.judgements.splits import fold_of, folds, repeated_splits, set_aside, split

__all__ = [
    "WITHOUT_SIGNALS",
    "Ceiling",
    "Owned",
    "Report",
    "as_judgements",
    "check",
    "check_known",
    "fold_of",
    "folds",
    "indices",
    "judge_weights",
    "lake_judgements",
    "noise_ceiling",
    "owned_judgements",
    "persons_of",
    "read_judgements",
    "repeated_splits",
    "set_aside",
    "split",
]
