"""Days of a network folded into tiles, each shard's apart: what a cluster does first.

A tile is about a receiver, and what an actor made that day is known only where all its
interactions are. So whole days are folded, large ones some actors at a time, and the tiles are
then divided among the shards; there, those of one day are added up.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.incremental.accounts import Shard, ids_of, took_part
from features.incremental.executor import Later
from features.incremental.inputs import Inputs
from features.incremental.ownership_diff import Known
from features.incremental.tile_store import TileStore
from features.lake.ledger import LakeFile, day_of
from features.signals.names import compared, together
from features.signals.owners import account_key
from features.signals.standing import standing_by_account
from features.signals.tiles import Tiles, fold

FOLD_ROWS = 20_000_000
"""Interactions of whole days that are folded by one job; of more, each folds some actors'."""


@dataclass(frozen=True)
class Folded:
    """Tiles of whole days, and what is needed to keep them.

    Attributes
    ----------
    tiles
        Of one shard's receivers.
    names
        At least all who are in the tiles, and who took part and belongs to the shard by key; as of
        `features.signals.names.named`.
    took
        `features.incremental.accounts.took_part`, divided among the shards by key.
    rows
        Interactions, divided among the shards.
    ids
        `features.incremental.accounts.ids_of`, divided among the shards by key; None where nothing
        was ever taken back.
    """

    tiles: Tiles
    names: pl.DataFrame
    took: pl.DataFrame
    rows: int
    ids: pl.DataFrame | None = None

    def keep_ids(self, store: TileStore, day: int) -> None:
        """Keep a day's ids, if they are looked for."""
        if self.ids is not None:
            store.put_ids(self.ids, [day])

    def took_on(self, day: int) -> pl.DataFrame:
        """Name those who took part on a day."""
        return self.took.filter(pl.col("day") == day)

    @staticmethod
    def together(parts: list[Folded]) -> Folded:
        """Add up what different actors brought."""
        if len(parts) == 1:
            return parts[0]
        tiles = Tiles.concat([part.tiles for part in parts])
        by_day, by_content = ["receiver", "day"], ["receiver", "content", "day"]
        added = Tiles(
            _added(tiles.days, by_day),
            _added(tiles.doubted, by_day),
            _added(tiles.contents, by_content),
            tiles.pairs,
        )
        names = together(part.names for part in parts)
        took = pl.concat(part.took for part in parts).unique()
        ids = [part.ids for part in parts if part.ids is not None]
        rows = sum(part.rows for part in parts)
        return Folded(added, names, took, rows, pl.concat(ids).unique() if ids else None)


@dataclass(frozen=True)
class Actors:
    """Some of those who act: whose key, a hash, leaves the remainder `number` when divided."""

    number: int
    of: int

    @staticmethod
    def of_days(rows: int) -> list[Actors]:
        """Divide those of so many interactions."""
        of = 1 + rows // FOLD_ROWS
        return [Actors(number, of) for number in range(of)]

    def did(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Keep what they did."""
        if self.of == 1:
            return rows
        return rows.filter(account_key("actor") % self.of == self.number)


def standing_on(by_person: Later[pl.DataFrame | None], known: Later[Known]) -> pl.DataFrame | None:
    """Spread standing over the accounts of a network: a job."""
    return standing_by_account(by_person.get(), known.get().owners)


def fold_days(
    inputs: Later[Inputs],
    files: list[LakeFile],
    known: Later[Known],
    standing: Later[pl.DataFrame | None],
    actors: Actors,
    shards: list[Shard],
) -> list[Folded]:
    """Fold what some actors did on whole days: a job that gives a piece for each shard."""
    now = known.get()
    rows = actors.did(inputs.get().lake.scan_files("interactions", files))
    took, names = took_part(rows, {day_of(file) for file in files})
    compared(names, now.owners.claimed, standing.get(), now.authenticity)
    ids = ids_of(rows) if len(now.retractions) else None
    rows = now.undone.left_of("interactions", rows)
    tiles = fold(rows, now.owners, standing.get(), now.authenticity)
    count = _share(sum(file.rows for file in files), actors.number, actors.of)
    if len(shards) == 1:
        return [Folded(tiles, names, took, count, ids)]
    whole = Folded(tiles, names, took, count, ids)
    return [_divided(whole, shard) for shard in shards]


def _divided(whole: Folded, shard: Shard) -> Folded:
    """Take a shard's part."""
    mine, took = whole.tiles.filter(shard.has()), whole.took.filter(shard.has("key"))
    count = _share(whole.rows, shard.number, shard.of)
    ids = None if whole.ids is None else whole.ids.filter(shard.has("key"))
    return Folded(mine, names_of(mine, whole.names, took), took, count, ids)


def names_of(tiles: Tiles, names: pl.DataFrame, took: pl.DataFrame) -> pl.DataFrame:
    """Name who is in a shard's tiles, and those who took part that belong to it by key.

    Two accounts of one key meet there, whomever they reacted to.
    """
    there = pl.concat([tiles.pairs["receiver"], tiles.pairs["actor"], took["key"]]).unique()
    return names.join(there.to_frame("key"), on="key", how="semi", maintain_order="left")


def _share(rows: int, number: int, of: int) -> int:
    """Divide rows as evenly as may be."""
    return rows // of + (number < rows % of)


def _added(tiles: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    return tiles.group_by(key).agg(pl.all().sum()).select(tiles.columns).cast(tiles.schema)
