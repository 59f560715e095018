"""A store's days, put right where something late or something learned makes them others."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.incremental.accounts import KnownAccounts
from features.incremental.backfill import Backfilled
from features.incremental.tile_store import TileStore
from features.signals.correction import Changed, replaced
from features.signals.tiles import Tiles

_SUMMED = {
    "days": ["receiver", "day"],
    "doubted": ["receiver", "day"],
    "contents": ["receiver", "content", "day"],
}
"""Tables whose rows are sums over actors, and their keys."""


@dataclass(frozen=True)
class Repaired:
    """What is other of days that were counted already.

    The tables are as of `features.signals.tiles`, but ``pairs`` as of `KnownAccounts.packed`.
    """

    days: Changed
    doubted: Changed
    contents: Changed
    pairs: Changed


def repair(store: TileStore, accounts: KnownAccounts, redone: Backfilled) -> Repaired:
    """Put days right, only those tables of which something changes."""
    begun = _begin_days(store, accounts, redone)
    old, new = accounts.packed(redone.less.pairs), accounts.packed(redone.more.pairs)
    store.put_ids(redone.ids, redone.indexed)
    sums = {t: _sums_right(store, t, redone.less, redone.more, begun) for t in _SUMMED}
    return Repaired(**sums, pairs=_pairs_right(store, old, new, begun))


def _begin_days(store: TileStore, accounts: KnownAccounts, redone: Backfilled) -> pl.Expr:
    """Keep days of which nothing was kept, and who took part; give what tells these days."""
    before = set(store.days)
    for day, tiles in redone.more.by_day():
        if day not in before:
            store.put(day, tiles, accounts, redone.took.clear())
    for (day,), of_day in redone.took.partition_by("day", as_dict=True).items():
        if day in store.days:
            store.put_took(day, of_day)
    return pl.col("day").is_in(set(store.days) - before)


def _sums_right(store: TileStore, table: str, less: Tiles, more: Tiles, begun: pl.Expr) -> Changed:
    """Put sums over actors right, of many days at once."""
    old, new = getattr(less, table), getattr(more, table)
    come, new = new.filter(begun), new.filter(~begun)
    if not (days := _days(old, new)):
        return Changed(old, come)
    rows = store.tables(table, days)
    changed = replaced(rows, old, new, _SUMMED[table])
    right = changed.applied(rows, _SUMMED[table])
    _keep(store, table, right, days)
    if table == "contents":
        _keep(store, "peaks", store.peaks(right, "day"), days)
    return Changed(changed.was, pl.concat([changed.now, come.select(rows.columns)]))


def _pairs_right(store: TileStore, old: pl.DataFrame, new: pl.DataFrame, begun: pl.Expr) -> Changed:
    """Put pairs right, of many days at once."""
    known = new.filter(~begun)
    if days := _days(old, known):
        others = store.tables("pairs", days).join(old, on=["pair", "day"], how="anti")
        _keep(store, "pairs", pl.concat([others, known]).sort("pair"), days)
    return Changed(old, new)


def _days(less: pl.DataFrame, more: pl.DataFrame) -> list[int]:
    return pl.concat([less["day"], more["day"]]).unique().sort().to_list()


def _keep(store: TileStore, table: str, rows: pl.DataFrame, days: list[int]) -> None:
    """Keep rows of some days, each day's in a file of its own."""
    parts = rows.partition_by("day", as_dict=True)
    for day in days:
        of_day = parts.get((day,), rows.clear())
        store.change(table, day, of_day.drop("day") if table == "peaks" else of_day)
