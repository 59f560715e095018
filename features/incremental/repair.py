"""A store's days, put right where something late or something learned makes them others."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from features.incremental.accounts import KnownAccounts, actor_of, receiver_of
from features.incremental.backfill import Backfilled
from features.incremental.executor import Later
from features.incremental.ownership_diff import Learned, OwnershipDiff
from features.incremental.pairs import PairTable
from features.incremental.tile_store import TileStore
from features.signals.correction import replaced
from features.signals.owners import Owners
from features.signals.tiles import Tiles

_SUMMED = {
    "days": ["receiver", "day"],
    "doubted": ["receiver", "day"],
    "contents": ["receiver", "content", "day"],
}
"""Tables whose rows are sums over actors, and their keys."""


def apply_corrections(
    store: TileStore,
    accounts: KnownAccounts,
    pairs: PairTable,
    learned: Learned,
    past: Iterable[Later[Backfilled | None]],
) -> tuple[KnownAccounts, pl.Series, pl.Series]:
    """Change what is kept of days that were counted already.

    Parameters
    ----------
    store
        The tiles that the run before kept; changed.
    accounts, pairs
        As it left them.
    learned
        Of the network's people.
    past
        From `features.incremental.backfill.backfill`.

    Returns
    -------
    tuple
        All accounts, the receivers (keys) whose figures must be read anew, and those of them who
        met others, or on other days, than was known.
    """
    change, met = learned.moved, [learned.moved.targets.clear()]
    stale = [change.targets, *(_one(known.owners, change) for known in (learned.was, learned.now))]
    for later in past:
        if (redone := later.get()) is not None:
            accounts = accounts.with_new(redone.names)
            repair(store, accounts, redone)
            stale.append(_receivers(redone, (*_SUMMED, "pairs")))
            met.append(_receivers(redone, ("pairs",)))
    stale.append(_gave_to(pairs, change.believed, accounts))
    return accounts, pl.concat(stale).unique(), pl.concat(met).unique()


def repair(store: TileStore, accounts: KnownAccounts, redone: Backfilled) -> None:
    """Put days right, only those tables of which something changes."""
    less, more = redone.less, _without_new_days(store, accounts, redone)
    _sums_right(store, "days", less.days, more.days)
    _sums_right(store, "doubted", less.doubted, more.doubted)
    contents = _sums_right(store, "contents", less.contents, more.contents)
    if contents is not None:
        _keep(store, "peaks", store.peaks(contents, "day"), _days(less.contents, more.contents))
    old, new = accounts.packed(less.pairs), accounts.packed(more.pairs)
    store.put_ids(redone.ids, redone.indexed)
    if days := _days(old, new):
        others = store.tables("pairs", days).join(old, on=["pair", "day"], how="anti")
        _keep(store, "pairs", pl.concat([others, new]).sort("pair"), days)


def _sums_right(
    store: TileStore, table: str, less: pl.DataFrame, more: pl.DataFrame
) -> pl.DataFrame | None:
    """Put sums over actors right, of many days at once; give the rows of these days, if any."""
    if not (days := _days(less, more)):
        return None
    rows = replaced(store.tables(table, days), less, more, _SUMMED[table])
    _keep(store, table, rows, days)
    return rows


def _days(less: pl.DataFrame, more: pl.DataFrame) -> list[int]:
    return pl.concat([less["day"], more["day"]]).unique().sort().to_list()


def _keep(store: TileStore, table: str, rows: pl.DataFrame, days: list[int]) -> None:
    """Keep rows of some days, each day's in a file of its own."""
    parts = rows.partition_by("day", as_dict=True)
    for day in days:
        of_day = parts.get((day,), rows.clear())
        store.change(table, day, of_day.drop("day") if table == "peaks" else of_day)


def _receivers(redone: Backfilled, tables: Iterable[str]) -> pl.Series:
    """Name (keys) whose rows are others."""
    frames: list[pl.DataFrame] = [
        getattr(tiles, table) for tiles in (redone.less, redone.more) for table in tables
    ]
    return pl.concat(frame["receiver"] for frame in frames).unique()


def _without_new_days(store: TileStore, accounts: KnownAccounts, redone: Backfilled) -> Tiles:
    """Keep days of which nothing was kept, and give what there is of the others."""
    more, took = redone.more, redone.took.partition_by("day", as_dict=True)
    for day, tiles in more.by_day():
        if day not in store.days:
            store.put(day, tiles, accounts, redone.took.clear())
            more = more.filter(pl.col("day") != day)
    for (day,), of_day in took.items():
        if day in store.days:
            store.put_took(day, of_day)
    return more


def _one(owners: Owners, change: OwnershipDiff) -> pl.Series:
    """Name what stands for the accounts that receive for somebody else."""
    mine = owners.merged.filter(pl.col("key").is_in(change.targets.implode()))
    return mine["one"]


def _gave_to(pairs: PairTable, actors: pl.Series, accounts: KnownAccounts) -> pl.Series:
    """Name everybody (keys) to whom some actors gave, also on a day that leaves."""
    if actors.is_empty():
        return actors
    met = pairs.lazy().select(actor=actor_of(), number=receiver_of())
    theirs = accounts.numbered(actors)
    found = met.join(theirs, left_on="actor", right_on="number", how="semi")
    keyed = accounts.keyed(found.select("number").unique(), "number", "key")
    return keyed.collect(engine="streaming")["key"]
