"""Training by scikit-learn's conventions: the same code as `klout train`, for notebooks."""

from training.estimators.ranker import KloutRanker
from training.estimators.regressor import KloutRegressor

__all__ = ["KloutRanker", "KloutRegressor"]
