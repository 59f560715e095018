"""The curve from influence to score, given its numbers; `training.scale` finds them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 1.0, 100.0
INSIDE = (float(np.nextafter(LOWEST, HIGHEST)), float(np.nextafter(HIGHEST, LOWEST)))
"""The least and the greatest score that float64 has between them."""

Vector = NDArray[np.float64]


class Curve(NamedTuple):
    """The map itself, its four numbers named as `Scale`'s without the underscore."""

    median: float
    middle: float
    width: float
    lower_slope: float

    def score(self, influence: Vector) -> Vector:
        """Score influences; what rounds to 1 or 100 or overflows is put just inside."""
        with np.errstate(over="ignore"):
            away = influence - self.median
            up = HIGHEST - (HIGHEST - self.middle) / (1 + np.maximum(away, 0) / self.width)
            depth = self._depth(away)
            down = LOWEST + self._half * (1 - np.minimum(depth, 1) + 1 / np.maximum(depth, 1))
        return np.clip(np.where(away >= 0, up, down), *INSIDE)

    def influence(self, score: Vector) -> Vector:
        """Undo `score`."""
        up = self.width * (score - self.middle) / (HIGHEST - score)
        left = (score - LOWEST) / self._half
        depth = np.where(left >= 1, 2 - left, 1 / left)
        down = depth * self._half / self.lower_slope
        return self.median + np.where(score >= self.middle, up, -down)

    def slope(self, influence: Vector) -> Vector:
        """Points per unit of influence; at the median, those of the upper branch."""
        with np.errstate(over="ignore"):
            away = influence - self.median
            steepest = (HIGHEST - self.middle) / self.width
            up = steepest / (1 + np.maximum(away, 0) / self.width) ** 2
            down = self.lower_slope / np.maximum(self._depth(away), 1) ** 2
        return np.asarray(np.where(away >= 0, up, down))

    @property
    def _half(self) -> float:
        return (self.middle - LOWEST) / 2

    def _depth(self, away: Vector) -> Vector:
        """How far under the median, 1 being where the line ends and the bend begins."""
        return np.asarray(np.maximum(-away, 0) * (self.lower_slope / self._half))
