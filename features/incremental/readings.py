"""Readings of counters, as few of a long history as are needed: see `features.signals.audience`.

Needed are the last, and those from which growth is bounded. Each reading's bound grows in the same
proportion from day to day, so the smallest stays the smallest: a reading whose bound is larger
than another's by more than rounding can make up never counts again.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from features.catalogue.declaration import Network
from features.signals.audience import DAILY_GROWTH, SEED, last_of_days
from features.signals.owners import account_key
from features.signals.person_table import counter_sums, counter_values

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
    theirs = touched.to_frame("account")
    again = [
        before.join(theirs, on="account", how="semi").lazy().filter(~is_late),
        last_of_days(rows.lazy().filter(~is_late)),
    ]
    if len(late):
        again.append(last_of_days(history.filter(is_late)))
    others = before.join(theirs, on="account", how="anti")
    return pl.concat([others, needed(pl.concat(again))]), touched


def standings(readings: pl.DataFrame, network: Network) -> pl.DataFrame:
    """Say what the counters of accounts stand at: by ``key`` and ``account``, a column for each.

    Of an audience also ``grown``: see `features.signals.person_table.counter_values`.
    """
    values = counter_values(readings.lazy()).with_columns(key=account_key("account"))
    return values.group_by("key", "account").agg(counter_sums(network)).collect()


def standings_with_new(
    before: pl.DataFrame, readings: pl.DataFrame, accounts: pl.Series, network: Network
) -> pl.DataFrame:
    """Say anew what the counters of some accounts (str) stand at."""
    theirs = readings.join(accounts.to_frame("account"), on="account", how="semi")
    anew = standings(theirs, network)
    return pl.concat([before.join(anew, on="key", how="anti"), anew])
