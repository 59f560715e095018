"""The simulated world: a lake that anybody can make, honest about being made up."""

from features.simulator.policy import Policy
from features.simulator.truth import LABELS, TRUTH
from features.simulator.world import simulate

__all__ = ["LABELS", "TRUTH", "Policy", "simulate"]
