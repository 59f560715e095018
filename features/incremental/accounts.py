"""Accounts of a network, numbered from 0 as they come: a pair of them is then one number.

A network's people, divided: what each receives is counted apart from the others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from features.catalogue.declaration import Network
from features.signals.names import both_ends, named, unknown
from features.signals.owners import Owners, account_key


@dataclass(frozen=True)
class Shard:
    """Those whose receiver (the key that stands for a person on the network) is theirs.

    Attributes
    ----------
    number
        From 0.
    of
        How many shards there are.
    """

    number: int
    of: int

    @property
    def is_all(self) -> bool:
        """Whether there is no other."""
        return self.of == 1

    def has(self, receiver: str = "receiver") -> pl.Expr:
        """Tell by a receiver's key (u64, a hash) whether it belongs to the shard."""
        return pl.col(receiver) % self.of == self.number

    def mine(self, accounts: pl.DataFrame, owners: Owners) -> pl.DataFrame:
        """Keep the rows by ``key`` of the accounts for which somebody of the shard receives."""
        if self.is_all:
            return accounts
        ones = accounts.select("key").join(
            owners.merged, on="key", how="left", maintain_order="left"
        )
        return accounts.filter(
            ones.select(pl.coalesce("one", "key") % self.of == self.number).to_series()
        )


def shards_of(network: Network, count: int) -> list[Shard]:
    """Divide a network. PageRank is of all pages, so a network with a page graph stays whole."""
    several = 1 if network.page_graph else count
    return [Shard(number, several) for number in range(several)]


_SCHEMA = {"key": pl.UInt64(), "number": pl.UInt32(), "account": pl.String()}
DAY = pl.col("at").dt.epoch("d").cast(pl.Int32).alias("day")
"""The day of an interaction, since 1970."""

_RECEIVER = 2**32
"""A pair is ``receiver * 2³² + actor``."""


@dataclass(frozen=True)
class KnownAccounts:
    """The accounts known so far: ``key`` (u64), ``number`` (u32) and ``account`` (str)."""

    table: pl.DataFrame

    @staticmethod
    def nobody() -> KnownAccounts:
        """No accounts yet."""
        return KnownAccounts(pl.DataFrame(schema=_SCHEMA))

    def with_new(self, accounts: pl.DataFrame) -> KnownAccounts:
        """Add those that are not known of some accounts, as of `features.signals.names.named`.

        Raises
        ------
        KloutError
            If one has the key of another that is known.
        """
        new = unknown(accounts, self.table)
        if new.is_empty():
            return self
        rows = new.sort("key").with_row_index("number", len(self.table))
        return KnownAccounts(
            pl.concat([self.table, rows.select(pl.col(n).cast(t) for n, t in _SCHEMA.items())])
        )

    def packed(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Put ``receiver`` and ``actor`` (keys) into one ``pair`` (u64)."""
        numbers = self.table.lazy().select("key", "number")
        bits = [name for name in pairs.columns if name not in ("receiver", "actor", "day")]
        receiver, actor = pl.col("number").cast(pl.UInt64), pl.col("number_actor").cast(pl.UInt64)
        return (
            pairs.lazy()
            .join(numbers, left_on="receiver", right_on="key")
            .join(numbers, left_on="actor", right_on="key", suffix="_actor")
            .select("day", pl.col(*bits), pair=receiver * _RECEIVER + actor)
            .collect()
        )

    def numbered(self, keys: pl.Series) -> pl.LazyFrame:
        """Name the ``number`` of each key that is known."""
        return self.table.lazy().filter(pl.col("key").is_in(keys.implode())).select("number")

    def keyed(self, rows: pl.LazyFrame, number: str, key: str) -> pl.LazyFrame:
        """Put a key in the place of a number."""
        keys = self.table.lazy().select(pl.col("number").alias(number), pl.col("key").alias(key))
        return rows.join(keys, on=number).drop(number)


def took_part(
    interactions: pl.LazyFrame, days: Collection[int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Name actors and targets.

    Parameters
    ----------
    interactions
        Rows of the lake's table.
    days
        Of which there are rows, since 1970.

    Returns
    -------
    tuple
        ``day`` and ``key``, each once a day; and all of them, as of `features.signals.names.named`.

    Raises
    ------
    KloutError
        If two of them have one key.
    """
    both = both_ends(interactions, DAY)
    if len(days) == 1:  # half the work, and the usual
        (day,) = days
        accounts = named(both)
        return accounts.select(pl.lit(day, pl.Int32).alias("day"), "key"), accounts
    by_day = both.unique().collect(engine="streaming")
    accounts = named(by_day.lazy())
    return by_day.join(accounts, on="account").select("day", "key"), accounts


def ids_of(interactions: pl.LazyFrame) -> pl.DataFrame:
    """Name the ids of interactions by ``day``, ``key`` and ``actor`` (both u64), each once."""
    given = interactions.filter(pl.col("id").is_not_null())
    rows = given.select(DAY, key=account_key("id"), actor=account_key("actor")).unique()
    return rows.collect(engine="streaming")


def receiver_of(pair: str = "pair") -> pl.Expr:
    """Take the receiver's number out of a pair."""
    return (pl.col(pair) // _RECEIVER).cast(pl.UInt32)


def actor_of(pair: str = "pair") -> pl.Expr:
    """Take the actor's number out of a pair."""
    return (pl.col(pair) % _RECEIVER).cast(pl.UInt32)
