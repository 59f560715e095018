"""How far figures about judgements would move if other persons had been judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.errors import KloutError
from training.judgements import indices, persons_of

Vector = NDArray[np.float64]

ROUNDS = 500
"""Enough for the ends of a 95% interval: each is told from some 12 rounds beyond it."""
SEED = 20141001
COVERAGE = 0.95


class Interval(NamedTuple):
    """A figure, and the ends of its 95% interval."""

    value: float
    low: float
    high: float

    @staticmethod
    def of(value: float, resampled: Vector) -> Interval:
        """Take the percentile interval of a figure from its values over the rounds."""
        tail = (1 - COVERAGE) / 2
        low, high = np.quantile(resampled, [tail, 1 - tail])
        return Interval(value, float(low), float(high))

    def named(self, name: str) -> dict[str, float]:
        """``name``, ``name_low`` and ``name_high``, for a table of metrics."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


@dataclass(frozen=True)
class Resamples:
    """Judgements reweighted by drawing their persons with replacement.

    The pigeonhole bootstrap (Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1,
    2007), here with both sides of a pair drawn from one set of persons: each round draws as many
    persons as there are, and a judgement counts as often as its first person was drawn times as
    often as its second. So all judgements about a person come and go together, which drawing
    judgements one by one would miss: its intervals are too narrow. This one errs to the wide
    side where most persons were judged once: the noise of a single judgement is then counted up
    to three times in the variance.

    Attributes
    ----------
    a, b
        Shape (pairs,): numbers of the judged persons.
    weight
        Shape (pairs,): the judgements' own weights.
    decided
        Shape (pairs,), bool: which judgements prefer one of the two.
    persons, rounds, seed
        How many are drawn from, how often, and from which start.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    weight: Vector
    decided: NDArray[np.bool_]
    persons: int
    rounds: int = ROUNDS
    seed: int = SEED

    @staticmethod
    def of(judgements: pl.DataFrame, rounds: int = ROUNDS, seed: int = SEED) -> Resamples:
        """Number the judged persons of judgements from `read_judgements`.

        Raises
        ------
        KloutError
            If no judgement prefers one of its two persons.
        """
        judged = persons_of(judgements)
        a, b = indices(judgements, judged)
        decided = judgements["preference"].to_numpy() != 0.5
        if not decided.any():
            raise KloutError(
                f"all {len(judgements)} judgements have the preference 0.5; "
                "expected one that prefers one of its persons"
            )
        return Resamples(a, b, judgements["weight"].to_numpy(), decided, len(judged), rounds, seed)

    @cached_property
    def drawn(self) -> NDArray[np.uint16]:
        """How often each round drew each person, shape (rounds, persons)."""
        random = np.random.default_rng(self.seed)
        counts = np.empty((self.rounds, self.persons), dtype=np.uint16)
        for row in counts:
            chosen = random.integers(0, self.persons, self.persons)
            row[:] = np.bincount(chosen, minlength=self.persons)
        return counts

    def weights(self, only: NDArray[np.bool_] | None = None) -> Iterator[Vector]:
        """Give each round's weights, shape (pairs,), of the judgements in ``only`` (None: all).

        A round in which nothing of it was drawn is passed over; if all are, the judgements' own
        weights stand for one round.
        """
        own = self.weight if only is None else self.weight * only
        some = False
        for counts in self.drawn:
            weight = own * counts[self.a] * counts[self.b]
            if weight.any():
                some = True
                yield weight
        if not some:
            yield own

    def means(self, values: Vector, only: NDArray[np.bool_] | None = None) -> Vector:
        """Weighted means over the rounds.

        Parameters
        ----------
        values
            Shape (pairs, figures).
        only
            Shape (pairs,), bool: the judgements to look at.

        Returns
        -------
        ndarray of float64, shape (rounds, figures)
            Figures of one round share its weights, so their differences are paired.
        """
        return np.array([weight @ values / weight.sum() for weight in self.weights(only)])

    def value(self, values: Vector, only: NDArray[np.bool_] | None = None) -> float:
        """Weighted mean of one figure, shape (pairs,), of the judgements as they are."""
        own = self.weight if only is None else self.weight * only
        return float(own @ values / own.sum())

    def mean(self, values: Vector, only: NDArray[np.bool_] | None = None) -> Interval:
        """Weighted mean of one figure, shape (pairs,), with its interval."""
        return Interval.of(self.value(values, only), self.means(values[:, None], only)[:, 0])
