"""The link: from influence, which adds up over networks, to what a judgement compares.

Luce's choice axiom (1959) gives everyone a worth, and P(a over b) = worth(a) / (worth(a) +
worth(b)): the log-odds are differences of log worth, as in Bradley and Terry (1952). What people
do on several networks adds up as worth, not as log worth: who draws a hundred reactions on each of
two networks is worth two hundred, not ten thousand. So the trees learn influence as a sum of parts,
and a power between the two decides how far log worth bends away from it (Box and Cox, 1964)::

    log worth = slope * ((1 + influence) ** power - 1) / power      influence >= 0
                slope * influence                                   influence <  0

Power 1 is the plain sum of log-odds; power 0, the logarithm, is worth itself that adds up. Both
branches meet with the same value and the same derivative.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

TINY = 1e-9
"""Powers below this are 0: dividing by them would lose digits."""


@dataclass(frozen=True)
class Link:
    """A strictly increasing map from influence to log worth, concave for powers below 1.

    Attributes
    ----------
    power
        In [0, 1].
    slope
        Above 0: what makes differences of log worth log-odds, found by calibration.

    Examples
    --------
    >>> Link(power=0.5).log_worth(np.array([-1.0, 0.0, 3.0])).tolist()
    [-1.0, 0.0, 2.0]
    """

    power: float = 1.0
    slope: float = 1.0

    def log_worth(self, influence: Vector) -> Vector:
        """Log worth of influence, shape (n,): differences of it are log-odds."""
        above = np.log1p(np.maximum(influence, 0.0))
        bent = above if self.power < TINY else np.expm1(self.power * above) / self.power
        return np.asarray(self.slope * np.where(influence < 0, influence, bent))

    def derivative(self, influence: Vector) -> Vector:
        """Log worth per unit of influence, shape (n,); above 0."""
        return np.asarray(self.slope * (1.0 + np.maximum(influence, 0.0)) ** (self.power - 1.0))

    def to_dict(self) -> dict[str, float]:
        """Plain numbers for a model's JSON file."""
        return asdict(self)
