"""Contents published in each window, by account, moved on from one date to a later one."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from features.catalogue import HORIZON, WINDOWS
from features.declaration import Network
from features.identity import midnight
from features.person_table import contents_by_account


def published_at(contents: pl.LazyFrame, network: Network, as_of: date) -> pl.DataFrame:
    """Count from the beginning: `contents_by_account`, whole numbers (i64)."""
    within = contents.filter(pl.col("at") >= midnight(as_of - timedelta(HORIZON)))
    counted = contents_by_account(within, network, as_of)
    return counted.with_columns(pl.exclude("account").cast(pl.Int64)).collect(engine="streaming")


def moved_on(
    before: pl.DataFrame,
    left: dict[int, pl.LazyFrame],
    new: pl.LazyFrame,
    network: Network,
    as_of: date,
) -> tuple[pl.DataFrame, pl.Series]:
    """Count what was published, of what was known of an earlier date.

    Parameters
    ----------
    before
        Of the earlier date.
    left
        For each window, contents that were in it then and have left it by `as_of`.
    new
        Contents that were not counted then.

    Returns
    -------
    tuple
        As `published_at`, and the accounts whose counts may be others.
    """
    changes = [published_at(new, network, as_of)]
    for window, rows in left.items():
        columns = _of_window(network, window)
        counted = contents_by_account(rows, network, date.min + timedelta(HORIZON))
        changes.append(
            counted.select(
                "account", *((-pl.col(c).cast(pl.Int64)).alias(c) for c in columns)
            ).collect()
        )
    together = pl.concat([before, *changes], how="diagonal").group_by("account").agg(pl.all().sum())
    there = together.filter(pl.col(f"published.{HORIZON}d") > 0)
    return there, pl.concat([change["account"] for change in changes]).unique()


def _of_window(network: Network, window: int) -> list[str]:
    kinds = [kind.signal for kind in network.contents] if window == max(WINDOWS) else []
    return [*kinds, f"published.{window}d"]
