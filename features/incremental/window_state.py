"""Figures of a network's receivers as arrays that can be changed in place.

Most figures are small, and what is kept is read and written whole each day. So a figure has its own
narrow type, or i64 where somebody has more than that holds. A column that gets too small on the way
is widened.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.figures import Figure

RowNumbers = NDArray[np.uint32]
IntegerArray = NDArray[np.signedinteger] | NDArray[np.unsignedinteger]


class WindowState:
    """Figures by ``receiver``, writable.

    Parameters
    ----------
    figures
        ``receiver`` and whole numbers; not changed.
    keys
        Receivers, several times also; who has no figures yet begins with 0.
    kinds
        What the columns are.

    Attributes
    ----------
    places
        Where the figures of each of `keys` stand.
    columns
        By figure its values, of any whole type.
    """

    def __init__(
        self, figures: pl.DataFrame, keys: list[pl.Series], kinds: dict[str, Figure]
    ) -> None:
        together = pl.concat(keys).rename("receiver")
        known = figures["receiver"]
        place = _lookup(known, together)
        new = together.filter(place.is_null()).unique()
        self.receivers = pl.concat([known, new])
        if len(new):
            place = _lookup(self.receivers, together)
        every: RowNumbers = place.to_numpy()
        ends = np.cumsum([0, *map(len, keys)])
        self.places = [every[start:end] for start, end in pairwise(ends)]
        self._touched = np.zeros(len(self.receivers), np.bool_)
        self._touched[every] = True
        self.columns = {
            name: _writable(figures[name], len(new), kind) for name, kind in kinds.items()
        }

    @property
    def touched(self) -> pl.Series:
        """The receivers (u64) among the keys, each once."""
        return self.receivers.filter(pl.Series(self._touched))

    def find(self, keys: pl.Series) -> RowNumbers:
        """Say where the figures of some of the receivers stand."""
        place: RowNumbers = _lookup(self.receivers, keys).to_numpy()
        return place

    def put(self, column: str, at: NDArray[np.integer], values: NDArray[np.int64]) -> None:
        """Put values (i64, at least 0) at places."""
        limit = np.iinfo(self.columns[column].dtype).max
        if values.max(initial=0) > limit:
            self.columns[column] = self.columns[column].astype(np.int64)
        self.columns[column][at] = values

    def add(self, column: str, at: NDArray[np.integer], values: NDArray[np.int64]) -> None:
        """Add values (i64) at places that are all different."""
        self.put(column, at, self.columns[column][at] + values)

    def count(self, column: str, at: NDArray[np.integer], weights: NDArray[Any], sign: int) -> None:
        """Add (sign 1) or subtract (-1) whole weights at places that may be the same."""
        # Whole numbers below 2**53 are exact as floats, in any order.
        change = np.bincount(at, weights).astype(np.int64)
        some = np.flatnonzero(change)
        self.add(column, some, sign * change[some])

    def frame(self, present: str) -> pl.DataFrame:
        """Give the figures of all who have any: of whom one column is not 0."""
        frame = pl.DataFrame({"receiver": self.receivers, **self.columns})
        there = self.columns[present] > 0
        return frame if there.all() else frame.filter(pl.Series(there))


def _lookup(known: pl.Series, keys: pl.Series) -> pl.Series:
    """Say where keys stand, each of `known` once: u32, null where one is not there."""
    index = known.to_frame("receiver").with_row_index("place")
    asked = keys.to_frame("receiver")
    return asked.join(index, on="receiver", how="left", maintain_order="left")["place"]


def _writable(values: pl.Series, more: int, kind: Figure) -> IntegerArray:
    """Copy a column, narrowed, with some zeros behind it."""
    copy: IntegerArray = np.zeros(len(values) + more, _narrowest(values, kind))
    copy[: len(values)] = values.to_numpy()
    return copy


def _narrowest(values: pl.Series, kind: Figure) -> np.dtype[np.integer]:
    numbers: IntegerArray = values.to_numpy()
    if numbers.dtype != np.int64:
        return numbers.dtype
    narrow: np.dtype[np.integer] = pl.Series(dtype=kind.dtype).to_numpy().dtype
    fits = numbers.max(initial=0) <= np.iinfo(narrow).max
    return narrow if fits else np.dtype(np.int64)
