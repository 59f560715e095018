"""Contents published in each window, by account, moved on from one date to a later one."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from features.catalogue.catalogue import HORIZON, WINDOWS
from features.catalogue.declaration import Network
from features.lake.times import midnight
from features.signals.owners import account_key
from features.signals.person_table import contents_by_account


def published_at(contents: pl.LazyFrame, network: Network, as_of: date) -> pl.DataFrame:
    """Count from the beginning: `contents_by_account`, by ``key`` and ``account``, all i64."""
    within = contents.filter(pl.col("at") >= midnight(as_of - timedelta(HORIZON)))
    counted = contents_by_account(within, network, as_of)
    return _keyed(counted, pl.exclude("account").cast(pl.Int64))


def moved_on(
    before: pl.DataFrame,
    left: dict[int, pl.LazyFrame],
    new: pl.LazyFrame,
    network: Network,
    as_of: date,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Count what was published, of what was known of an earlier date.

    Parameters
    ----------
    before
        Of the earlier date, by ``key``.
    left
        For each window, contents that were in it then and have left it by `as_of`.
    new
        Contents that were not counted then.

    Returns
    -------
    tuple
        The counts by ``key``, and ``key`` and ``account`` of whom they may be others.
    """
    changes = [published_at(new, network, as_of)]
    for window, rows in left.items():
        counted = contents_by_account(rows, network, date.min + timedelta(HORIZON))
        less = [(-pl.col(c).cast(pl.Int64)).alias(c) for c in _of_window(network, window)]
        changes.append(_keyed(counted, *less))
    together = pl.concat([before, *(change.drop("account") for change in changes)], how="diagonal")
    counts = together.group_by("key").agg(pl.all().sum())
    touched = pl.concat(change.select("key", "account") for change in changes).unique("key")
    return counts.filter(pl.col(f"published.{HORIZON}d") > 0), touched


def _keyed(counted: pl.LazyFrame, *columns: pl.Expr) -> pl.DataFrame:
    key = account_key("account").alias("key")
    return counted.select(key, "account", *columns).collect(engine="streaming")


def _of_window(network: Network, window: int) -> list[str]:
    kinds = [kind.signal for kind in network.contents] if window == max(WINDOWS) else []
    return [*kinds, f"published.{window}d"]
