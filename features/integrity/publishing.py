"""What accounts publish, what becomes of it, and how many followers they claim."""

from __future__ import annotations

import polars as pl

from features.identity import account_key
from features.integrity.behaviour_tiles import content_key
from features.integrity.rhythm import hours
from features.network import Network

AUDIENCE_UNIT = "accounts"
"""Unit of the counters that count an audience: followers, friends, connections."""


def publishing(contents: pl.LazyFrame, deeds: pl.LazyFrame) -> pl.LazyFrame:
    """Describe what each author published.

    Parameters
    ----------
    contents
        Rows of the lake's table in the window.
    deeds
        `BehaviourTiles.deeds` of the window.

    Returns
    -------
    LazyFrame
        ``account`` (u64), ``published``, ``silent`` (i64), ``first`` (i32, a day) and, of the hours
        of publishing, the column of `hours` prefixed by ``publish_``.
    """
    rows = contents.select(
        account=account_key("author"),
        thing=content_key("author"),
        day=pl.col("at").dt.epoch("d").cast(pl.Int32),
        hour=pl.col("at").dt.hour(),
    )
    heard = deeds.select("thing", heard=pl.lit(value=True)).unique()
    counted = (
        rows.join(heard, on="thing", how="left")
        .group_by("account", "hour")
        .agg(
            number=pl.len().cast(pl.Int64),
            silent=pl.col("heard").null_count().cast(pl.Int64),
            first=pl.col("day").min(),
        )
    )
    whole = counted.group_by("account").agg(
        pl.col("number").sum().alias("published"), pl.col("silent").sum(), pl.col("first").min()
    )
    return whole.join(hours(counted, "publish_"), on="account")


def audiences(counters: pl.LazyFrame, network: Network) -> pl.LazyFrame:
    """Sum each account's latest counters of an audience: ``account`` (u64), ``audience`` (f64)."""
    names = [each.name for each in network.counters if each.unit == AUDIENCE_UNIT]
    latest = (
        counters.filter(pl.col("counter").is_in(names))
        .group_by("account", "counter")
        .agg(pl.col("value").sort_by("at", "value").last())
        .sort("account", "counter")  # so that sums have the same bits
    )
    by_account = latest.group_by("account", maintain_order=True).agg(audience=pl.col("value").sum())
    return by_account.select(account_key("account").alias("account"), "audience")
