"""From a shard's state to the table of its people, by keys of accounts and not by names.

What `features.signals.person_table` does with names, which is slow but needs nothing kept.
"""

from __future__ import annotations

from collections.abc import Container

import polars as pl

from features.incremental.accounts import Shard
from features.incremental.shard_job import ShardUpdate
from features.signals.owners import Owners
from features.signals.tiles import kinds
from features.signals.windows import in_units


def table_of(done: ShardUpdate, columns: Container[str] | None = None) -> pl.DataFrame:
    """Put the figures of a shard's people side by side, of those whose may be others, in any order.

    Columns and values are those of `person_table`; of what was received only the `columns` asked
    for (None: all).
    """
    owners, figures, network = done.owners, done.received.figures, done.owners.network
    who = _of(_who(done), done.persons)
    received = _only(figures, owners, columns).join(who, on="receiver")
    received = in_units(received, kinds(network))
    others = who.join(figures.select("receiver"), on="receiver", how="anti")
    table = pl.concat([received, others], how="diagonal")
    for each in (done.counted.published, done.counted.counters.drop("account")):
        table = table.join(_summed(each, owners, done.shard), on="receiver", how="left")
    table = table.join(done.received.tallied, on="receiver", how="left").drop("receiver")
    if network.page_graph:
        pages = _of(done.counted.pages, done.persons)
        table = table.join(pages, on="person", how="full", coalesce=True)
    table = table.with_columns(connected=pl.lit(1.0))
    return table.rename({c: f"{network.name}.{c}" for c in table.columns if c != "person"})


def _only(figures: pl.DataFrame, owners: Owners, columns: Container[str] | None) -> pl.DataFrame:
    if columns is None:
        return figures
    named = {name: f"{owners.network.name}.{name}" for name in figures.columns}
    return figures.select("receiver", *(name for name in named if named[name] in columns))


def _of(rows: pl.DataFrame, persons: pl.Series | None) -> pl.DataFrame:
    if persons is None:
        return rows
    return rows.join(persons.to_frame("person"), on="person", how="semi")


def _who(done: ShardUpdate) -> pl.DataFrame:
    """Name the ``person`` behind each ``receiver``: who receives, is counted, or has claimed."""
    owners, received = done.owners, done.received
    unclaimed = pl.concat_str(pl.lit(f"{owners.network.name}:"), pl.col("account"))
    names = received.accounts.lazy().select("key", "account")
    receivers = [
        each.lazy().select(key="receiver") for each in (received.figures, received.tallied)
    ]
    receiving = pl.concat(receivers).join(names, on="key")
    counted = done.shard.mine(done.counted.counters.select("key", "account"), owners).lazy()
    claimed = done.shard.mine(owners.persons.select("key", "account", "person"), owners).lazy()
    accounts = pl.concat([receiving, counted, claimed.drop("person")]).unique("key")
    named = (
        accounts.join(owners.ignored.lazy().select("key"), on="key", how="anti")
        .join(claimed.drop("account"), on="key", how="left")
        .join(owners.merged.lazy(), on="key", how="left")
        .select(receiver=pl.coalesce("one", "key"), person=pl.coalesce("person", unclaimed))
    )
    return (named if owners.merged.is_empty() else named.unique("receiver")).collect()


def _summed(by_account: pl.DataFrame, owners: Owners, shard: Shard) -> pl.DataFrame:
    """Sum columns by ``key`` over the accounts of each person, in order of account."""
    mine = shard.mine(by_account, owners).join(owners.ignored, on="key", how="anti")
    alone = mine.join(owners.merged, on="key", how="anti").rename({"key": "receiver"})
    if owners.merged.is_empty():
        return alone
    several = (
        mine.join(owners.merged, on="key")
        .join(owners.claimed.select("key", "account"), on="key")
        .sort("account")
        .group_by(receiver="one", maintain_order=True)
        .agg(pl.exclude("key", "one", "account").sum())
    )
    return pl.concat([alone, several], how="vertical_relaxed")
