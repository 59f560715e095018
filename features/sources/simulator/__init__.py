"""The simulated world: a lake that anybody can make, honest about being made up."""

from features.sources.simulator.policy import Policy
from features.sources.simulator.truth import LABELS, TRUTH
from features.sources.simulator.world import simulate

__all__ = ["LABELS", "TRUTH", "Policy", "simulate"]
