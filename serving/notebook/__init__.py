"""What a notebook, or a program of one's own, may rely on: see docs/python.md."""

from features.lake import Lake
from serving.notebook.asking import explain, materialize
from serving.notebook.waterfall import plot
from training.estimators import KloutRanker, KloutRegressor
from training.influence.model import Model

__all__ = ["KloutRanker", "KloutRegressor", "Lake", "Model", "explain", "materialize", "plot"]
