"""The link: from influence, which adds up over networks, to what a judgement compares.

Luce's choice axiom (1959) gives everyone a worth, and P(a over b) = worth(a) / (worth(a) +
worth(b)): the log-odds are differences of log worth, as in Bradley and Terry (1952). What people
do on several networks adds up as worth, not as log worth: who draws a hundred reactions on each of
two networks is worth two hundred, not ten thousand. So the trees learn influence as a sum of parts,
and a power decides how far log worth bends away from it (Box and Cox, 1964)::

    log worth = slope * ((1 + influence) ** power - 1) / power      influence >= 0
                slope * influence                                   influence <  0

Power 1 is the plain sum of log-odds; the nearer to 0, the more worth itself adds up. Both branches
meet with the same value and the same derivative. The powers are halves of one another, so that
square roots make them: IEEE 754 rounds those correctly, so more influence is never less worth, not
even in the last bit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import KloutError

Vector = NDArray[np.float64]

POWERS = (1.0, 0.5, 0.25, 0.125)


@dataclass(frozen=True)
class Link:
    """An increasing map from influence to log worth, concave for powers below 1.

    Attributes
    ----------
    power
        One of `POWERS`.
    slope
        Above 0: what makes differences of log worth log-odds, found by calibration.

    Raises
    ------
    KloutError
        For another power.

    Examples
    --------
    >>> Link(power=0.5).log_worth(np.array([-1.0, 0.0, 3.0])).tolist()
    [-1.0, 0.0, 2.0]
    """

    power: float = 1.0
    slope: float = 1.0

    def __post_init__(self) -> None:
        if self.power not in POWERS:
            raise KloutError(f"link_power is {self.power}; expected one of {POWERS}")

    def log_worth(self, influence: Vector) -> Vector:
        """Log worth of influence, shape (n,): differences of it are log-odds."""
        if self.power == 1.0:
            return np.asarray(self.slope * influence)
        bent = (self._root(influence) - 1.0) / self.power
        return np.asarray(self.slope * np.where(influence < 0, influence, bent))

    def derivative(self, influence: Vector) -> Vector:
        """Log worth per unit of influence, shape (n,); above 0."""
        steep = self._root(influence) / (1.0 + np.maximum(influence, 0.0))
        return np.asarray(self.slope * steep)

    def _root(self, influence: Vector) -> Vector:
        """(1 + influence) ** power, of what is above 0."""
        root = 1.0 + np.maximum(influence, 0.0)
        for _ in range(POWERS.index(self.power)):
            root = np.sqrt(root)
        return root

    def to_dict(self) -> dict[str, float]:
        """Plain numbers for a model's JSON file."""
        return asdict(self)
