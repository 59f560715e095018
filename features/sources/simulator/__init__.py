"""The simulated world: a lake that anybody can make, honest about being made up."""

from features.sources.simulator.policy import Policy
from features.sources.simulator.truth import TRUTH
from features.sources.simulator.world import simulate

__all__ = ["TRUTH", "Policy", "simulate"]
