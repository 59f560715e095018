"""Readings of counters, as few of a long history as are needed: see `features.audience`.

Needed are the last, and those from which growth is bounded. Each reading's bound grows in the same
proportion from day to day, so the smallest stays the smallest: a reading whose bound is larger
than another's by more than rounding can make up never counts again.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from features.audience import DAILY_GROWTH, SEED, last_of_days
from features.person_table import counter_values

SLACK = 1e-9
"""In logarithms: a million times what rounding does to a bound."""

_KEY = ["account", "counter"]


def needed(days: pl.LazyFrame) -> pl.DataFrame:
    """Drop readings that never count again.

    Parameters
    ----------
    days
        From `last_of_days`: ``account``, ``counter``, ``day`` and ``value``.
    """
    bound = (pl.col("value") + SEED).log() - DAILY_GROWTH * pl.col("day").cast(pl.Int32)
    is_last = pl.col("day") == pl.col("day").max().over(_KEY)
    is_smallest = bound <= bound.min().over(_KEY) + SLACK
    return days.filter(is_last | is_smallest).collect()


def with_new(
    before: pl.DataFrame, new: pl.LazyFrame, history: pl.LazyFrame, known_until: datetime
) -> tuple[pl.DataFrame, pl.Series]:
    """Add readings.

    Parameters
    ----------
    before
        From `needed`.
    new
        Readings of the lake that are not in it.
    history
        All readings of the lake, for accounts with one from before `known_until` among the new.
    known_until
        The time (UTC) up to which readings were known; a later day is not among them.

    Returns
    -------
    tuple
        As `needed`, and the accounts with a new reading.
    """
    rows = new.collect()
    touched = rows["account"].unique()
    late = rows.filter(pl.col("at") < known_until)["account"].unique()
    is_late = pl.col("account").is_in(late.implode())
    theirs = pl.col("account").is_in(touched.implode())
    again = [
        before.lazy().filter(theirs & ~is_late),
        last_of_days(rows.lazy().filter(~is_late)),
    ]
    if len(late):
        again.append(last_of_days(history.filter(is_late)))
    return pl.concat([before.filter(~theirs), needed(pl.concat(again))]), touched


def values_with_new(
    before: pl.DataFrame, readings: pl.DataFrame, accounts: pl.Series
) -> pl.DataFrame:
    """Say anew what the counters of some accounts stand at: see `counter_values`."""
    theirs = pl.col("account").is_in(accounts.implode())
    anew = counter_values(readings.lazy().filter(theirs)).collect()
    return pl.concat([before.filter(~theirs), anew])
