"""Where a day lies in the windows of two dates, and in those of worlds between them.

Each window w of the first date holds some days, W0, and of the second others, W1. What came in is
W1 without W0, what left is W0 without W1. So there are four windows to look through::

    came in   left        days in the window
    yes       gone        W1, as at the second date
    yes       still there W0 and W1
    no        gone        what W0 and W1 share
    no        still there W0, as at the first date

Of each of them the 7 days lie within the 30, and these within the 90. So a day is known by the
narrowest window that it is in, its *band*, and is moved to a day of that band as seen from the
second date: then one end of all windows does for all worlds.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from features.catalogue.catalogue import WINDOWS
from features.lake.times import day_number

_WIDTHS = sorted(WINDOWS)
OUTSIDE = len(_WIDTHS)
"""The band of days in no window."""

_FIRST = dict(enumerate([0, *_WIDTHS[:-1]]))
"""By band, how many days before the last of a window it begins."""


def band(as_of: date) -> pl.Expr:
    """Say by ``day`` (days since 1970) in which band of a date it lies."""
    end = day_number(as_of)
    wider = pl.sum_horizontal((pl.col("day") < end - width).cast(pl.Int32) for width in _WIDTHS)
    return pl.when(pl.col("day") >= end).then(OUTSIDE).otherwise(wider)


def with_bands(rows: pl.DataFrame, since: date, as_of: date) -> pl.DataFrame:
    """Add each row's band at the first date, ``then``, and at the second, ``now``."""
    return rows.with_columns(then=band(since), now=band(as_of))


def placed(rows: pl.DataFrame, worlds: pl.DataFrame, new: str, as_of: date) -> pl.DataFrame:
    """Repeat rows in each world where they are seen, on a day of the band where they are.

    Parameters
    ----------
    rows
        With ``then`` and ``now``, from `with_bands`.
    worlds
        ``world`` and the switches: ``window``, and the one named by `new`.
    new
        The switch for what came in.
    as_of
        The second date.

    Returns
    -------
    DataFrame
        ``world`` and ``day`` (i32), and the rows' other columns.
    """
    switches = worlds.select("world", came=new, left="window")
    crossed = switches.join(rows.drop("day", strict=False), how="cross")
    both = pl.col("then", "now")
    seen = (
        pl.when(pl.col("came") & pl.col("left"))
        .then("now")
        .when("came")
        .then(pl.min_horizontal(both))
        .when("left")
        .then(pl.max_horizontal(both))
        .otherwise("then")
    )
    last = day_number(as_of) - 1
    inside = crossed.with_columns(seen=seen).filter(pl.col("seen") < OUTSIDE)
    day = (last - pl.col("seen").replace_strict(_FIRST, return_dtype=pl.Int32)).cast(pl.Int32)
    return inside.select("world", day.alias("day"), pl.exclude("world", *_WORKING))


_WORKING = ("came", "left", "then", "now", "seen")
