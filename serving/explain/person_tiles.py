"""What one person received on a network, folded in arrays.

`features.signals.tiles` folds a whole network: its reactions stand side by side, and each step
costs a thousandth of a second however few the rows are. Here they stand below one another, each
step is for all reactions at once, and the numbers are the same whole numbers. What a figure is, is
still asked of `features.catalogue.measures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.catalogue import measures
from features.catalogue.figures import (
    Days,
    Distinct,
    Figure,
    Peak,
    Sum,
)
from features.catalogue.measures import figures_of
from serving.explain.window_bands import FIRST_OF_BAND, OUTSIDE

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Things:
    """Distinct things, a row for each of them, reaction and day on which there was one.

    Attributes
    ----------
    thing
        Its number.
    kind, day
        Places among the reactions and days.
    count
        Interactions.
    """

    thing: Ints
    kind: Ints
    day: Ints
    count: Ints

    def where(self, which: Mask) -> Things:
        """Keep some rows."""
        return Things(self.thing[which], self.kind[which], self.day[which], self.count[which])


@dataclass(frozen=True)
class PersonTiles:
    """What a person received, by reaction (`any` is the last) and day.

    Attributes
    ----------
    sums
        Of each `Sum`, shape (reactions, days): weighed by authenticity.
    active
        Same shape: of how many of the person's receivers it is a day that counts.
    is_there
        By day: whether there was anything of anybody believed at all.
    pairs, quarters
        Who reacted, of those believed at all; and how far, by row.
    contents
        What drew, of those believed by half.
    keys
        By number of a content, its key.
    """

    sums: Mapping[Figure, Ints]
    active: Ints
    is_there: Mask
    pairs: Things
    quarters: Ints
    contents: Things
    keys: Keys

    def figures(self, seen: Ints, last: int) -> Ints:
        """Read all windows, as `features.signals.windows.figures` does.

        Parameters
        ----------
        seen
            By day, in which band of windows it is seen: `serving.explain.window_bands`.
        last
            The last day of the windows, in days since 1970.

        Returns
        -------
        ndarray of int64, shape (figures, reactions, windows)
            In the order of `features.catalogue.measures.figures`, the narrowest window first.
        """
        within = (seen[:, None] <= np.arange(OUTSIDE)).astype(np.int64)
        return np.stack([self._figure(each, seen, within, last) for each in measures.figures()])

    def is_seen(self, seen: Ints) -> bool:
        """Whether anything lies in a window."""
        return bool((self.is_there & (seen < OUTSIDE)).any())

    def _figure(self, figure: Figure, seen: Ints, within: Ints, last: int) -> Ints:
        if isinstance(figure, Sum):
            return np.asarray(self.sums[figure] @ within)
        if isinstance(figure, Days):
            return np.asarray(self.active @ within)
        if isinstance(figure, Distinct):
            return self._distinct(figure, seen)
        assert isinstance(figure, Peak)
        return self._peak(figure, seen, last)

    def _distinct(self, figure: Distinct, seen: Ints) -> Ints:
        first, things, kind, day = self._groups[figure]
        counts = np.zeros((len(self.active), OUTSIDE + 1), np.int64)
        if len(first):
            band = np.minimum.reduceat(seen[day], first)
            weights = np.ones(len(first), np.int64)
            if figure.of == "pairs":
                weights = figure.believed(self.quarters[things]).astype(np.int64)
            np.add.at(counts, (kind, band), weights)
        return np.cumsum(counts, axis=1)[:, :OUTSIDE]

    @cached_property
    def _groups(self) -> dict[Distinct, tuple[NDArray[np.intp], Ints, Ints, Ints]]:
        """Where the days of each thing and reaction begin, a row and the reaction of each; days."""
        found = {}
        for figure in figures_of(Distinct):
            rows = self.pairs if figure.of == "pairs" else self.contents
            group = rows.thing * len(self.active) + rows.kind
            order = np.argsort(group, kind="stable")
            order = order[rows.count[order] >= figure.at_least]
            first = np.flatnonzero(np.diff(group[order], prepend=-1))
            found[figure] = first, order[first], rows.kind[order[first]], rows.day[order]
        return found

    def _peak(self, figure: Peak, seen: Ints, last: int) -> Ints:
        rows, most = self.contents, np.zeros((len(self.active), OUTSIDE + 1), np.int64)
        band = seen[rows.day]
        np.maximum.at(
            most, (rows.kind, band), rows.count * figure.LATER + last - FIRST_OF_BAND[band]
        )
        return np.maximum.accumulate(most, axis=1)[:, :OUTSIDE]
