"""What somebody decided for a time: a row says since when, and the row that ends it repeats it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from features.lake import Lake
from features.lake.contracts import RECORDS
from features.lake.times import midnight


@dataclass(frozen=True)
class Periods:
    """A table of such rows.

    Attributes
    ----------
    table
        Its name in the lake.
    began, ended
        The columns of both times; the second is null in the row that begins a period.
    """

    table: str
    began: str
    ended: str

    def merged(self, lake: Lake) -> pl.LazyFrame:
        """Give one row per period: the columns that were repeated, and when it ended."""
        same = [name for name in RECORDS[self.table].columns if name != self.ended]
        return lake.scan(self.table).group_by(same).agg(pl.col(self.ended).min())

    def in_force(self, lake: Lake, as_of: date) -> pl.LazyFrame:
        """Give the periods that began before 00:00 UTC of a day and had not ended by then."""
        now = midnight(as_of)
        still = pl.col(self.ended).is_null() | (pl.col(self.ended) >= now)
        return self.merged(lake).filter(pl.col(self.began) < now, still)
