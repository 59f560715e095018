"""Days of a network folded into tiles, each shard's apart: what a cluster does first.

A tile is about a receiver, and what an actor made that day is known only where all its
interactions are. So whole days are folded, and the tiles are then divided.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.lake.ledger import LakeFile
from features.sliding.accounts import ends
from features.sliding.engine import Later
from features.sliding.inputs import Inputs
from features.sliding.known import Known
from features.sliding.shards import Shard
from features.standing import standing_by_account
from features.tiles import Tiles, fold


@dataclass(frozen=True)
class Folded:
    """Tiles of whole days, and what is needed to keep them.

    Attributes
    ----------
    tiles
        Of one shard's receivers.
    names
        ``key`` and ``account`` of at least all who are in the tiles; rows may come twice.
    rows
        Interactions, divided among the shards.
    """

    tiles: Tiles
    names: pl.LazyFrame
    rows: int


def standing_on(by_person: Later[pl.DataFrame | None], known: Later[Known]) -> pl.DataFrame | None:
    """Spread standing over the accounts of a network: a job."""
    return standing_by_account(by_person.get(), known.get().owners)


def fold_days(
    inputs: Later[Inputs],
    files: list[LakeFile],
    known: Later[Known],
    standing: Later[pl.DataFrame | None],
    shards: list[Shard],
) -> list[Folded]:
    """Fold the interactions of whole days: a job that gives a piece for each shard."""
    now = known.get()
    rows = inputs.get().lake.scan_files("interactions", files)
    tiles = fold(rows, now.owners, standing.get(), now.authenticity)
    count = sum(file.rows for file in files)
    if len(shards) == 1:
        return [Folded(tiles, ends(rows), count)]
    names = ends(rows).unique("key").collect(engine="streaming")
    return [_divided(tiles, names, shard, count) for shard in shards]


def _divided(tiles: Tiles, names: pl.DataFrame, shard: Shard, rows: int) -> Folded:
    """Take a shard's part."""
    mine = tiles.filter(shard.has())
    there = pl.concat([mine.pairs["receiver"], mine.pairs["actor"]]).unique()
    own = names.join(there.to_frame("key"), on="key", how="semi")
    fewer = rows // shard.of + (shard.number < rows % shard.of)
    return Folded(mine, own.lazy(), fewer)
