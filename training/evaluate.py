"""Where `differences` was before it moved to `training.evaluation`."""

from training.evaluation import differences

__all__ = ["differences"]
