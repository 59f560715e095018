"""What accounts publish, what becomes of it, and how many followers they claim."""

from __future__ import annotations

import polars as pl

from features.catalogue.network import Network
from features.signals.owners import account_key
from training.integrity.behaviours.day_tiles import content_key, day_of_time, hour_of_time
from training.integrity.behaviours.rhythm import hours

AUDIENCE_UNIT = "accounts"
"""Unit of the counters that count an audience: followers, friends, connections."""


def posts(contents: pl.LazyFrame) -> pl.LazyFrame:
    """Stand for contents of the lake's table by keys.

    Returns
    -------
    LazyFrame
        ``account`` (u64), ``thing`` (u64) and ``at`` (i64, microseconds).
    """
    return contents.select(
        account=account_key("author"), thing=content_key("author"), at=pl.col("at").dt.epoch("us")
    )


def publishing(posts: pl.LazyFrame, deeds: pl.LazyFrame) -> pl.LazyFrame:
    """Describe what each author published.

    Parameters
    ----------
    posts
        As of `posts`, of the window.
    deeds
        `BehaviourTiles.deeds` of the window.

    Returns
    -------
    LazyFrame
        ``account`` (u64), ``published``, ``silent`` (i64), ``first`` (i32, a day) and, of the hours
        of publishing, the column of `hours` prefixed by ``publish_``.
    """
    rows = posts.select("account", "thing", day_of_time(), hour_of_time())
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


def latest_audiences(counters: pl.LazyFrame, network: Network) -> pl.LazyFrame:
    """Take each account's latest counters of an audience: the columns of ``counters``."""
    names = [each.name for each in network.counters if each.unit == AUDIENCE_UNIT]
    return (
        counters.filter(pl.col("counter").is_in(names))
        .select("account", "counter", "value", "at")
        .sort("at", "value")
        .unique(["account", "counter"], keep="last", maintain_order=True)
    )


def audiences(latest: pl.LazyFrame) -> pl.LazyFrame:
    """Sum each account's counters: ``account`` (u64), ``audience`` (f64)."""
    in_order = latest.sort("account", "counter")  # so that sums have the same bits
    by_account = in_order.group_by("account", maintain_order=True).agg(
        audience=pl.col("value").sum()
    )
    return by_account.select(account_key("account").alias("account"), "audience")
