"""Correct tiles when the authenticity of some actors changes, without folding the rest again.

A tile is a sum over actors. So what the changed actors brought while they were believed as before
is subtracted, and what they bring as they are believed now is added. All of it is integers: the
result equals a new fold to the last bit, but for the order of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.catalogue.catalogue import ANY
from features.catalogue.measures import COUNT
from features.signals.authenticity import weight


def changed(before: pl.DataFrame | None, after: pl.DataFrame | None) -> pl.Series:
    """Name the actors (keys) whose authenticity differs; who is in neither has kept it at 1."""
    schema = {"actor": pl.UInt64, "quarters": pl.UInt8}
    old, new = (pl.DataFrame(schema=schema) if f is None else f for f in (before, after))
    both = old.join(new, on="actor", how="full", coalesce=True)
    return both.filter(weight(pl.col("quarters")) != weight(pl.col("quarters_right")))["actor"]


@dataclass(frozen=True)
class Changed:
    """The rows of a table that a correction makes others: as they were, and as they are.

    A row that comes, or goes, is in one of them only.
    """

    was: pl.DataFrame
    now: pl.DataFrame

    def applied(self, rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
        """Put the rows of a table right."""
        touched = pl.concat([self.was, self.now]).select(key)
        return pl.concat([rows.join(touched, on=key, how="anti"), self.now])


def replaced(rows: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame, key: list[str]) -> Changed:
    """Subtract `old` from rows and add `new`, row by row of the same key.

    A row without a reaction left goes, as it would never have come.
    """
    touched = pl.concat([old, new]).select(key).unique()
    theirs = rows.join(touched, on=key, how="semi")
    signed = [_times(frame, key, sign) for frame, sign in ((theirs, 1), (old, -1), (new, 1))]
    sums = pl.concat(signed).group_by(key).agg(pl.all().sum()).filter(pl.col(COUNT.column(ANY)) > 0)
    return Changed(theirs, sums.select(rows.columns).cast(rows.schema))


def _times(frame: pl.DataFrame, key: list[str], sign: int) -> pl.DataFrame:
    """Multiply what is summed, with room for what is below 0 on the way."""
    return frame.with_columns(pl.exclude(key).cast(pl.Int64) * sign)
