"""Accounts of a network, numbered from 0 as they come: a pair of them is then one number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from features.identity import account_key

_SCHEMA = {"key": pl.UInt64(), "number": pl.UInt32(), "account": pl.String()}
DAY = pl.col("at").dt.epoch("d").cast(pl.Int32).alias("day")
"""The day of an interaction, since 1970."""

_RECEIVER = 2**32
"""A pair is ``receiver * 2³² + actor``."""


@dataclass(frozen=True)
class Accounts:
    """The accounts known so far: ``key`` (u64), ``number`` (u32) and ``account`` (str)."""

    table: pl.DataFrame

    @staticmethod
    def nobody() -> Accounts:
        """No accounts yet."""
        return Accounts(pl.DataFrame(schema=_SCHEMA))

    def with_ends(self, ends: pl.LazyFrame, keys: pl.Series) -> Accounts:
        """Add accounts by `keys`; only of the new is their ``account`` looked up by ``key``."""
        known = self.table.lazy().select("key")
        new = keys.to_frame("key").lazy().unique().join(known, on="key", how="anti")
        unknown = new.collect(engine="streaming")
        if unknown.is_empty():
            return self
        theirs = ends.join(unknown.lazy(), on="key", how="semi")
        return self.with_new(theirs.select("account").unique())

    def with_new(self, names: pl.LazyFrame) -> Accounts:
        """Add those of ``account`` (str) that are not known, in order of key."""
        keyed = names.with_columns(key=account_key("account"))
        known = self.table.lazy().select("key")
        new = keyed.join(known, on="key", how="anti").unique("key").sort("key")
        rows = new.collect(engine="streaming").with_row_index("number", len(self.table))
        return Accounts(
            pl.concat([self.table, rows.select(pl.col(n).cast(t) for n, t in _SCHEMA.items())])
        )

    def packed(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Put ``receiver`` and ``actor`` (keys) of `features.tiles` into one ``pair`` (u64)."""
        numbers = self.table.lazy().select("key", "number")
        receiver, actor = pl.col("number").cast(pl.UInt64), pl.col("number_actor").cast(pl.UInt64)
        return (
            pairs.lazy()
            .join(numbers, left_on="receiver", right_on="key")
            .join(numbers, left_on="actor", right_on="key", suffix="_actor")
            .select("day", "reactions", pair=receiver * _RECEIVER + actor)
            .collect()
        )

    def numbered(self, keys: pl.Series) -> pl.LazyFrame:
        """Name the ``number`` of each key that is known."""
        return self.table.lazy().filter(pl.col("key").is_in(keys.implode())).select("number")

    def keyed(self, rows: pl.LazyFrame, number: str, key: str) -> pl.LazyFrame:
        """Put a key in the place of a number."""
        keys = self.table.lazy().select(pl.col("number").alias(number), pl.col("key").alias(key))
        return rows.join(keys, on=number).drop(number)


def ends(interactions: pl.LazyFrame) -> pl.LazyFrame:
    """Name actors and targets: ``key`` and ``account``, as often as they take part."""
    return pl.concat(
        interactions.select(account_key(end).alias("key"), account=end)
        for end in ("actor", "target")
    )


def took_part(interactions: pl.LazyFrame, days: Collection[int]) -> pl.DataFrame:
    """Name actors and targets by ``day`` and ``key``, each once a day; of `days` there are rows."""
    both = pl.concat(interactions.select(DAY, key=account_key(end)) for end in ("actor", "target"))
    if len(days) == 1:  # half the work, and the usual
        (day,) = days
        both = both.select("key").unique().select(pl.lit(day, pl.Int32).alias("day"), "key")
    else:
        both = both.unique()
    return both.collect(engine="streaming")


def receiver_of(pair: str = "pair") -> pl.Expr:
    """Take the receiver's number out of a pair."""
    return (pl.col(pair) // _RECEIVER).cast(pl.UInt32)


def actor_of(pair: str = "pair") -> pl.Expr:
    """Take the actor's number out of a pair."""
    return (pl.col(pair) % _RECEIVER).cast(pl.UInt32)
