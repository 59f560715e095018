"""A day's tiles, put right when rows come late or something else is known of its people.

A tile is a sum over actors, so only the actors concerned are folded: what they brought is taken
away, and what they bring now is added. The result equals a new fold of the whole day.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.correction import replaced
from features.identity import account_key
from features.sliding.accounts import Accounts, actor_of
from features.sliding.known import Known, Moved
from features.sliding.shards import Shard
from features.sliding.store import Store
from features.tiles import Tiles, fold


@dataclass(frozen=True)
class Side:
    """A day's interactions, and what is known of those who take part."""

    rows: pl.LazyFrame
    known: Known
    standing: pl.DataFrame | None

    def fold(self, actors: pl.Series, shard: Shard) -> Tiles:
        """Fold what some actors did for a shard's receivers."""
        theirs = self.rows.filter(account_key("actor").is_in(actors.implode()))
        tiles = fold(theirs, self.known.owners, self.standing, self.known.authenticity)
        return tiles if shard.is_all else tiles.filter(shard.has())


def concerned(after: pl.LazyFrame, late: pl.LazyFrame, moved: Moved) -> pl.Series:
    """Name the actors (keys) of a day's interactions whose doings must be counted anew."""
    rows = after.select(actor=account_key("actor"), target=account_key("target"))
    parts = [late.select(actor=account_key("actor"))]
    if len(moved.actors):
        parts.append(rows.filter(pl.col("actor").is_in(moved.actors.implode())).select("actor"))
    if len(moved.targets):
        parts.append(rows.filter(pl.col("target").is_in(moved.targets.implode())).select("actor"))
    return pl.concat(parts).unique().collect(engine="streaming")["actor"]


def repair(
    store: Store,
    day: int,
    accounts: Accounts,
    actors: pl.Series,
    shard: Shard,
    before: Side,
    after: Side,
) -> pl.Series:
    """Count anew what some actors did on a day.

    Returns
    -------
    Series
        The receivers (keys) concerned.
    """
    old, new = before.fold(actors, shard), after.fold(actors, shard)
    if old.pairs.is_empty() and new.pairs.is_empty():
        return old.pairs["receiver"]
    there = _tables(store, day, new)
    by_day, by_content = ["receiver", "day"], ["receiver", "content", "day"]
    theirs = accounts.numbered(actors)
    others = there["pairs"].lazy().join(theirs, left_on=actor_of(), right_on="number", how="anti")
    store.put_packed(
        day,
        replaced(there["days"], old.days, new.days, by_day),
        replaced(there["doubted"], old.doubted, new.doubted, by_day),
        replaced(there["contents"], old.contents, new.contents, by_content),
        pl.concat([others.collect(), accounts.packed(new.pairs)], how="vertical"),
    )
    return pl.concat([old.pairs["receiver"], new.pairs["receiver"]]).unique()


def _tables(store: Store, day: int, like: Tiles) -> dict[str, pl.DataFrame]:
    """Read what is kept of a day; empty tables if nothing is."""
    nothing = {
        "days": like.days.clear(),
        "doubted": like.doubted.clear(),
        "contents": like.contents.clear(),
        "pairs": Accounts.nobody().packed(like.pairs.clear()),
    }
    kept = {table: store.read(table, day) for table in nothing}
    return {
        table: nothing[table] if rows is None else rows.collect() for table, rows in kept.items()
    }
