"""How well a figure orders people by an outcome: rank correlation, and pairs right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Vector = NDArray[np.float64]

Z = 1.96
"""Standard errors to either end of a 95% interval."""


@dataclass(frozen=True)
class Ranked:
    """An outcome's order of people, and how well figures agree with it.

    Attributes
    ----------
    outcome
        Shape (people,).
    """

    outcome: Vector

    @cached_property
    def standard(self) -> Vector:
        """Give the outcome's ranks, of mean 0 and variance 1; shape (people,)."""
        return standard_ranks(self.outcome)

    def rho(self, figure: Vector) -> float:
        """Spearman's rank correlation; 0 for a figure that is the same for everybody."""
        return float(np.mean(standard_ranks(figure) * self.standard))

    def influence(self, figure: Vector) -> Vector:
        """How far each person moves rho, shape (people,): the infinitesimal jackknife.

        Of a correlation r = mean(x · y) of standardised x and y it is x · y - r (x² + y²) / 2
        (Devlin, Gnanadesikan and Kettenring, 1975), ranks being taken as they are. Its standard
        deviation over √people is rho's standard error; of two figures' difference, that of the
        difference of their rhos, paired by person.
        """
        x, y = standard_ranks(figure), self.standard
        products = x * y
        return np.asarray(products - products.mean() * (x * x + y * y) / 2)

    def error(self, influence: Vector) -> float:
        """Give a standard error from people's influence on a figure."""
        return float(np.std(influence) / np.sqrt(max(1, len(influence))))

    def right(self, figure: Vector) -> float:
        """Share of pairs of people with different outcomes that a figure orders alike.

        A tie is half right, and all pairs are counted: with two outcomes it is the area under the
        ROC curve.
        """
        return pairs_right(self.outcome, figure)


def standard_ranks(values: Vector) -> Vector:
    """Rank, ties at their mean, of mean 0 and variance 1; 0 for all if all are equal."""
    ranks = rankdata(values)
    spread = ranks.std()
    if not spread:
        return np.zeros(len(ranks))
    return np.asarray((ranks - ranks.mean()) / spread)


def pairs_right(outcome: Vector, figure: Vector) -> float:
    """Count the pairs that two orders agree on, outcome by outcome from the lowest up.

    >>> pairs_right(np.array([0.0, 1.0, 2.0]), np.array([5.0, 5.0, 9.0]))
    0.8333333333333334
    """
    places = np.unique(figure, return_inverse=True)[1]
    sizes = np.unique(outcome, return_counts=True)[1]
    groups = np.split(places[np.argsort(outcome, kind="stable")], np.cumsum(sizes)[:-1])
    lower = np.zeros(int(places.max(initial=0)) + 1)  # people of lower outcomes, by place
    right, pairs = 0.0, 0.0
    for group in groups:
        below = np.cumsum(lower)[group] - lower[group] / 2
        right += float(below.sum())
        pairs += float(lower.sum()) * len(group)
        np.add.at(lower, group, 1.0)
    return right / pairs if pairs else 0.5
