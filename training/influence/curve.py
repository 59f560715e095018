"""The curve from log worth to score, given its numbers; `training.influence.scale` finds them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 1.0, 100.0
INSIDE = (float(np.nextafter(LOWEST, HIGHEST)), float(np.nextafter(HIGHEST, LOWEST)))
"""The least and the greatest score that float64 has between them."""

Vector = NDArray[np.float64]


class Curve(NamedTuple):
    """The map itself, its three numbers named as `Scale`'s without the underscore."""

    median: float
    middle: float
    width: float

    def score(self, values: Vector) -> Vector:
        """Score values; what rounds to 1 or 100 or overflows is put just inside."""
        with np.errstate(over="ignore"):
            above, below = self._away(values)
            up = self.middle + (HIGHEST - self.middle) * _bend(above)
            down = self.middle - (self.middle - LOWEST) * _bend(below)
        return np.clip(np.where(below > 0, down, up), *INSIDE)

    def value(self, score: Vector) -> Vector:
        """Undo `score`."""
        up = _unbent(np.maximum(score - self.middle, 0) / (HIGHEST - self.middle))
        down = _unbent(np.maximum(self.middle - score, 0) / (self.middle - LOWEST))
        return self.median + self.width * up - self._depth * down

    def slope(self, values: Vector) -> Vector:
        """Points per unit; greatest at the median."""
        with np.errstate(over="ignore"):
            away = np.maximum(*self._away(values))
            return np.asarray((HIGHEST - self.middle) / self.width * (1 + away**2) ** -1.5)

    @property
    def _depth(self) -> float:
        """The width below the median: the one that gives both branches one slope there."""
        return self.width * (self.middle - LOWEST) / (HIGHEST - self.middle)

    def _away(self, values: Vector) -> tuple[Vector, Vector]:
        """Widths above the median, and below it; one of them is 0."""
        away = values - self.median
        return np.maximum(away, 0) / self.width, np.maximum(-away, 0) / self._depth


def _bend(away: Vector) -> Vector:
    """Bend u to u / sqrt(1 + u²), from 0 at 0 towards 1.

    Written so that each step is one that IEEE 754 rounds correctly, and rises or falls with u:
    then so does the whole, to the last bit.
    """
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(1 / np.sqrt(1 + 1 / np.square(away)))


def _unbent(bent: Vector) -> Vector:
    """Undo `_bend`."""
    return np.asarray(bent / np.sqrt((1 - bent) * (1 + bent)))


def widths_to(share: float) -> float:
    """How many widths from the median a share of the way to the end lies."""
    return float(_unbent(np.array(share)))
