"""A large map from ids to values that is asked a piece at a time."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Lookup:
    """Values by id, as two sorted columns.

    A join would build its hash table of all ids anew for every piece; here each piece costs a
    binary search per row.
    """

    ids: pl.Series
    values: pl.Series

    @staticmethod
    def of(frame: pl.DataFrame, values: str) -> Lookup:
        """Make one from a frame's columns ``id`` and ``values``; of equal ids the first counts."""
        known = frame.select("id", values).drop_nulls("id").sort("id", maintain_order=True)
        return Lookup(known["id"], known[values])

    def find(self, wanted: pl.Series) -> pl.Series:
        """Give the value of each id; null where there is none.

        >>> names = pl.DataFrame({"id": [7, 3], "name": ["seven", "three"]})
        >>> Lookup.of(names, "name").find(pl.Series([3, 5, None, 7])).to_list()
        ['three', None, None, 'seven']
        """
        if self.ids.is_empty():
            return pl.Series([None] * len(wanted), dtype=self.values.dtype)
        place = self.ids.search_sorted(wanted.fill_null(self.ids[0])).clip(0, len(self.ids) - 1)
        there = (self.ids.gather(place) == wanted).fill_null(value=False)
        nothing = pl.Series([None], dtype=self.values.dtype)
        return self.values.gather(place).zip_with(there, nothing)
