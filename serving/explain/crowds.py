"""Many new people who are alike, in numbers: what each brings, taken as often as there are such.

Where new people react in turn over 30 days and to ten contents, the 31st does what the first does.
So thirty are a *cycle*: a crowd of any size is so many times each of them. Sums are multiplied, and
are to the last bit those of all their rows, as the tests write them down. Nobody of the crowd
reacted before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import lcm

import numpy as np
import polars as pl

from features.catalogue import measures
from features.catalogue.catalogue import WINDOWS
from features.catalogue.figures import QUARTERS, Sum
from features.catalogue.measures import figures_of
from features.signals.standing import micro_standing
from serving.explain.person_fold import brought
from serving.explain.person_tiles import Ints
from serving.explain.requests import SPREAD, ReactorKind

AGES = np.arange(SPREAD)
"""Days before the last of a window on which new people react."""


@dataclass(frozen=True)
class Sort:
    """New people who are alike.

    Attributes
    ----------
    times, kind
        On how many days each reacts, and what they are like.
    contents
        To how many contents they react in turn; 0: to none.
    """

    times: int
    kind: ReactorKind
    contents: int

    @property
    def size(self) -> int:
        """After how many the next does what the first did."""
        return lcm(SPREAD, max(1, self.contents))


@dataclass(frozen=True)
class Cycle:
    """What each of a cycle does.

    Attributes
    ----------
    counts
        Shape (people, ages): reactions.
    sums
        Same shape: what they bring to each `Sum`.
    """

    sort: Sort
    counts: Ints
    sums: Mapping[Sum, Ints]

    @staticmethod
    def of(sort: Sort) -> Cycle:
        """Compute it; remembered, since it depends on nobody's account and no date."""
        return _cycle(sort, tuple(measures.MEASURES))

    def crowds(self, people: Sequence[int]) -> Crowds:
        """Take so many people, a crowd each."""
        size, places = self.sort.size, np.arange(self.sort.size)
        many = np.array(people, np.int64)[:, None]
        return Crowds(self, many // size + (places < many % size))


@dataclass(frozen=True)
class Crowds:
    """Crowds of one sort: how often each of its cycle is in them, shape (crowds, people)."""

    cycle: Cycle
    often: Ints

    def sums(self, figure: Sum) -> Ints:
        """Sum what they bring, by crowd and age."""
        return self.often @ self.cycle.sums[figure]

    def active(self) -> Ints:
        """Say on which ages anybody reacts, by crowd: 0 or 1."""
        anybody = (self.often > 0).astype(np.int64) @ (self.cycle.counts > 0).astype(np.int64)
        return (anybody > 0).astype(np.int64)

    def actors(self, at_least: int) -> Ints:
        """Count, by crowd and window, those who react so often on one of its days."""
        within = (self.cycle.counts >= at_least) @ (AGES[:, None] < np.array(WINDOWS))
        return self.often @ (within > 0).astype(np.int64)

    def contents(self) -> Ints:
        """Count the reactions to each content: shape (crowds, contents, ages)."""
        many = self.cycle.sort.contents
        to = np.arange(self.cycle.sort.size) % max(1, many)
        parts = [self.often[:, to == each] @ self.cycle.counts[to == each] for each in range(many)]
        return np.stack(parts, 1) if parts else np.zeros((len(self.often), 0, SPREAD), np.int64)


@lru_cache(maxsize=1024)
def _cycle(sort: Sort, of: tuple[measures.Measure, ...]) -> Cycle:
    del of  # which `brought` reads
    step, people = SPREAD // sort.times, np.arange(sort.size)
    ages = (people[:, None] + np.arange(sort.times) * step) % SPREAD
    counts = np.zeros((sort.size, SPREAD), np.int64)
    np.add.at(counts, (people[:, None], ages), 1)
    score = 0.0 if sort.kind.score is None else sort.kind.score
    standing = int(pl.select(micro_standing(pl.lit(score))).item())
    each = counts.ravel()
    found = brought(each, each * sort.kind.busy, np.full(len(each), standing))
    full = {figure: np.int64(figure.believed(np.array(QUARTERS))) for figure in figures_of(Sum)}
    return Cycle(
        sort, counts, {f: (values * full[f]).reshape(counts.shape) for f, values in found.items()}
    )
