"""Rows that take the place of some in tiles, kept beside them.

What is undone is mostly of the last days, and some more of each day before: a few rows of many
files. To write all these anew would cost more than the day. So what is other of them is kept in one
file a table, and read with them, until `features.incremental.tile_store` puts it into the tiles of
days of which little more is expected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import polars as pl

_GONE = "gone"


@dataclass(frozen=True)
class Patch:
    """What is other of the rows of one table.

    Attributes
    ----------
    rows
        The table's columns, and whether a row is ``gone``. Of each key and ``day`` one at most.
    key
        The table's key.
    """

    rows: pl.DataFrame
    key: list[str]

    @staticmethod
    def of(was: pl.DataFrame, now: pl.DataFrame, key: list[str]) -> Patch:
        """Take rows as they were and as they are; of those that stay as they are none is needed."""
        by = [*key, "day"]
        gone = was.join(now, on=by, how="anti").with_columns(pl.lit(value=True).alias(_GONE))
        there = now.with_columns(pl.lit(value=False).alias(_GONE))
        return Patch(pl.concat([there.select(gone.columns), gone]), key)

    def with_later(self, later: Patch) -> Patch:
        """Add what is other since; of a row in both this counts."""
        others = self.rows.join(later.rows, on=[*self.key, "day"], how="anti")
        return Patch(pl.concat([others, later.rows.select(others.columns)]), self.key)

    def without(self, days: Collection[int]) -> Patch:
        """Leave some days out."""
        return Patch(self.rows.filter(~pl.col("day").is_in(list(days))), self.key)

    @cached_property
    def days(self) -> frozenset[int]:
        """Days (since 1970) of which something is other."""
        return frozenset(self.rows["day"].unique().to_list())

    def applied(
        self,
        rows: pl.LazyFrame,
        days: Collection[int],
        matching: Callable[[pl.LazyFrame], pl.LazyFrame],
    ) -> pl.LazyFrame:
        """Make rows of some days what they are now; in another order, if any of them are others.

        `matching` is what the rows were filtered by.
        """
        if self.days.isdisjoint(days):
            return rows
        mine = matching(self.rows.lazy().filter(pl.col("day").is_in(list(days))))
        others = rows.join(mine, on=[*self.key, "day"], how="anti")
        columns = rows.collect_schema().names()
        return pl.concat([others, mine.filter(~pl.col(_GONE)).select(columns)])
