"""Recompute days that were counted already, with rows that came late or are known only now.

A tile is a sum over actors. So of a day with late rows only what their actors did is folded, twice:
as it was counted, and as it counts now. Where the two differ, the difference is applied to the
stored tiles by `features.incremental.repair`. Many days are folded in one job. The same is done for
actors whose owner or authenticity differs from the run before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from features.incremental.accounts import DAY, Shard, ids_of, took_part
from features.incremental.counters import NetworkContext
from features.incremental.executor import Later
from features.incremental.folding import names_of
from features.incremental.inputs import Inputs
from features.incremental.ownership_diff import Known, Learned, OwnershipDiff
from features.incremental.tile_store import TileStore
from features.lake.ledger import LakeFile, day_of
from features.lake.times import day_number
from features.signals.names import both_ends, compared, named, together
from features.signals.owners import account_key
from features.signals.standing import standing_by_account
from features.signals.tiles import Tiles, fold

PAST_ROWS = 4_000_000
"""Interactions of whole days looked through by one job: most of them may have to be folded, which
then takes a few hundred megabytes."""

_FOLDED = ["reaction", "actor", "target", "content", "at"]
"""Columns of interactions that tiles are made of; the others are most of a file."""
_BY = pl.Schema({"day": pl.Int32(), "actor": pl.UInt64()})
"""Days and actors (keys)."""
_IDS = pl.Schema({"day": pl.Int32(), "key": pl.UInt64(), "actor": pl.UInt64()})


@dataclass(frozen=True)
class Backfilled:
    """What the days of some receivers no longer hold, and what they hold instead.

    Attributes
    ----------
    less, more
        Only rows that differ. Those of ``days``, ``doubted`` and ``contents`` are of the actors
        concerned alone, a part of the row that is kept.
    names
        At least all who are in `more`, if they ever took part; as of
        `features.signals.names.named`.
    took
        `features.incremental.accounts.took_part` of days of which it is others, or was not kept;
        divided by key.
    ids
        `features.incremental.accounts.ids_of` the days `indexed`; divided by key.
    """

    less: Tiles
    more: Tiles
    names: pl.DataFrame
    took: pl.DataFrame
    ids: pl.DataFrame
    indexed: frozenset[int]


def past_days(inputs: Inputs, network: str) -> Iterator[list[LakeFile]]:
    """Name the files of days that were counted already, some whole days at a time."""
    assert inputs.since is not None
    since, chunk, rows = day_number(inputs.since), list[LakeFile](), 0
    for day, files in sorted(inputs.files_by_day(network).items()):
        if day >= since:
            break
        if chunk and rows >= PAST_ROWS:
            yield chunk
            chunk, rows = [], 0
        chunk += files
        rows += sum(file.rows for file in files)
    if chunk:
        yield chunk


def backfill(
    inputs: Later[Inputs],
    files: list[LakeFile],
    beside: Later[NetworkContext],
    stores: list[TileStore],
    shards: list[Shard],
) -> list[Backfilled | None]:
    """Count days anew as far as they are others: a job that gives a piece for each shard.

    Each piece is None where they are as they were. In the `stores`, those of all shards as the run
    before left them, is looked up who took part.
    """
    now, learned = inputs.get(), beside.get().learned
    assert learned is not None
    found, unknown = _days_with(learned.moved.actors, files, stores)
    undone, ids, indexed = _undone(now, files, learned, stores)
    anew = unknown.union(_late(now, files))
    some = _of_days(files, anew.union(found, undone["day"]))
    if not (some or indexed):
        return [None] * len(shards)
    counted, late = _rows(now, some, learned, undone)
    every = pl.concat([counted, late])
    before, after = _standing(now, every, learned)
    old, new = _folded(counted, learned.was, before), _folded(every, learned.now, after)
    less, more = _only_in(old, new), _only_in(new, old)
    took, there = took_part(now.lake.scan_files("interactions", _of_days(files, anew)), anew)
    names = together([named(both_ends(every.lazy())), there])
    for known, standing in ((learned.was, before), (learned.now, after)):
        compared(names, known.owners.claimed, standing, known.authenticity)
    whole = Backfilled(less, more, names, took, ids, indexed)
    return [_divided(whole, shard) for shard in shards]


def _late(inputs: Inputs, files: list[LakeFile]) -> set[int]:
    """Name the days of which something came late."""
    return {day_of(file) for file in files if inputs.is_new(file)}


def _of_days(files: list[LakeFile], days: Collection[int]) -> list[LakeFile]:
    return [file for file in files if day_of(file) in days]


def _days_with(
    actors: pl.Series, files: list[LakeFile], stores: list[TileStore]
) -> tuple[set[int], set[int]]:
    """Name the days on which some took part, and those of which it is not kept who did."""
    if actors.is_empty():
        return set(), set()
    days = {day_of(file) for file in files}
    kept = days.intersection(*(store.runs["took"] for store in stores))
    found = [store.took_part(actors, sorted(kept)) for store in stores if kept]
    return set[int]().union(*found), days - kept


def _undone(
    inputs: Inputs, files: list[LakeFile], learned: Learned, stores: list[TileStore]
) -> tuple[pl.DataFrame, pl.DataFrame, frozenset[int]]:
    """Name the days and actors of what is undone by id and was not, or the reverse.

    Also the ids of days of which they are not kept or others, and these days.
    """
    scan, undone = inputs.lake.scan_files, learned.moved.undone.of_ids
    days, late = {day_of(file) for file in files}, frozenset(_late(inputs, files))
    if not len(learned.now.retractions):
        return pl.DataFrame(schema=_BY), pl.DataFrame(schema=_IDS), frozenset()
    if undone.is_nothing:
        return pl.DataFrame(schema=_BY), ids_of(scan("interactions", _of_days(files, late))), late
    kept = days.intersection(*(store.runs["ids"] for store in stores)) - late
    keys = undone.targets["id"].unique().sort().to_numpy()
    indexed = days - kept
    ids = ids_of(scan("interactions", _of_days(files, indexed)))
    found = pl.concat([ids, *(store.with_ids(keys, kept) for store in stores)])
    return undone.named_by(found).select("day", "actor").unique(), ids, frozenset(indexed)


def _rows(
    inputs: Inputs, files: list[LakeFile], learned: Learned, undone: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read whole days of the actors concerned: what was counted, and what came late."""
    late = [file for file in files if inputs.is_new(file)]
    known = [file for file in files if not inputs.is_new(file)]
    scan, moved = inputs.lake.scan_files, learned.moved
    who = concerned(scan("interactions", files), scan("interactions", late), moved)
    who = pl.concat([who, undone]).unique()
    columns = [*_FOLDED, *["id"] * learned.is_anything_undone]
    actors = pl.concat([moved.actors, who["actor"]]).unique()
    counted, new = (
        scan("interactions", some)
        .filter(account_key("actor").is_in(actors.implode()))
        .select(columns)
        .collect(engine="streaming")
        for some in (known, late)
    )
    return _whole(counted, moved.actors, who), new


def concerned(rows: pl.LazyFrame, late: pl.LazyFrame, moved: OwnershipDiff) -> pl.DataFrame:
    """Name whose doings must be counted anew, and on which ``day``, beside those who moved."""
    parts = [late.select(DAY, actor=account_key("actor"))]
    if len(moved.targets):
        to_moved = rows.filter(account_key("target").is_in(moved.targets.implode()))
        parts.append(to_moved.select(DAY, actor=account_key("actor")))
    return pl.concat(parts).unique().collect(engine="streaming")


def _whole(rows: pl.DataFrame, actors: pl.Series, who: pl.DataFrame) -> pl.DataFrame:
    """Keep all that some actors did, and what others did on some days."""
    keyed = rows.with_columns(DAY, key=account_key("actor"))
    always = pl.col("key").is_in(actors.implode())
    on_days = keyed.filter(~always).join(
        who, left_on=["day", "key"], right_on=["day", "actor"], how="semi"
    )
    return pl.concat([keyed.filter(always), on_days]).drop("day", "key")


def _standing(
    inputs: Inputs, rows: pl.DataFrame, learned: Learned
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """Standing of those who acted, by what was known of their owners, and by what is."""
    was, now = learned.was.owners, learned.now.owners
    actors = rows.select("actor").unique().with_columns(key=account_key("actor"))
    unclaimed = actors.select(person=pl.concat_str(pl.lit(f"{now.network.name}:"), "actor"))
    claimed = [
        owners.claimed.join(actors, on="key", how="semi").select("person") for owners in (was, now)
    ]
    persons = pl.concat([unclaimed, *claimed])["person"].drop_nulls().unique()
    by_person = inputs.standing(persons)
    return standing_by_account(by_person, was), standing_by_account(by_person, now)


def _folded(rows: pl.DataFrame, known: Known, standing: pl.DataFrame | None) -> Tiles:
    counting = known.undone.left_of_frame("interactions", rows)
    return fold(counting.lazy(), known.owners, standing, known.authenticity)


def _only_in(one: Tiles, other: Tiles) -> Tiles:
    """Keep the rows that the other tiles don't have, or have otherwise."""
    both = [
        (one.days, other.days),
        (one.doubted, other.doubted),
        (one.contents, other.contents),
        (one.pairs, other.pairs),
    ]
    return Tiles(*(mine.join(theirs, on=mine.columns, how="anti") for mine, theirs in both))


def _divided(every: Backfilled, shard: Shard) -> Backfilled:
    """Take a shard's part."""
    less, more, took, ids = every.less, every.more, every.took, every.ids
    if not shard.is_all:
        less, more = less.filter(shard.has()), more.filter(shard.has())
        took, ids = took.filter(shard.has("key")), ids.filter(shard.has("key"))
    names = names_of(more, every.names, took)
    return Backfilled(less, more, names, took, ids, every.indexed)
