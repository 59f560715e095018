"""What a model must beat: figures that need no judgements, and simpler ways to learn from them."""

from training.baselines.baseline_registry import from_graph, from_signals, learned
from training.baselines.free_trees import unconstrained
from training.baselines.graphs import (
    InteractionGraph,
    account_mass,
    account_score,
    pagerank,
    tunkrank,
    tweepcred,
)
from training.baselines.linear import least_squares, logistic
from training.baselines.rankings import followers, interactions, listed, log_linear, reactors

__all__ = [
    "InteractionGraph",
    "account_mass",
    "account_score",
    "followers",
    "from_graph",
    "from_signals",
    "interactions",
    "learned",
    "least_squares",
    "listed",
    "log_linear",
    "logistic",
    "pagerank",
    "reactors",
    "tunkrank",
    "tweepcred",
    "unconstrained",
]
