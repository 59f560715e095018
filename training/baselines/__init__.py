"""What a model must beat."""

from training.baselines.graphs import interaction_pagerank
from training.baselines.rankings import followers, interactions, reactors

__all__ = ["followers", "interaction_pagerank", "interactions", "reactors"]
