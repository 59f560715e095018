"""A store's days, made others where something late or something learned makes them so."""

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
    """Make days others, only those tables of which something changes."""
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
    """Make sums over actors others, of many days at once."""
    old, new = getattr(less, table), getattr(more, table)
    come, new = new.filter(begun), new.filter(~begun)
    if not (days := _days(old, new)):
        return Changed(old, come)
    touched = pl.concat([old, new]).select(_SUMMED[table]).unique()
    rows = store.tables(table, days, touched.lazy()).collect(engine="streaming")
    changed = replaced(rows, old, new, _SUMMED[table])
    store.patch(table, changed.was, changed.now)
    if table == "contents":
        _peaks_right(store, touched.select("receiver", "day").unique().lazy(), days)
    return Changed(changed.was, pl.concat([changed.now, come.select(rows.columns)]))


def _peaks_right(store: TileStore, touched: pl.LazyFrame, days: list[int]) -> None:
    """Take the peaks of some receivers' days anew."""
    was = store.tables("peaks", days, touched)
    contents = store.tables("contents", days, touched)
    before, drew = pl.collect_all([was, contents], engine="streaming")
    store.patch("peaks", before, store.peaks(drew).select(before.columns))


def _pairs_right(store: TileStore, old: pl.DataFrame, new: pl.DataFrame, begun: pl.Expr) -> Changed:
    """Make pairs others, of many days at once."""
    known = new.filter(~begun)
    if len(old) or len(known):
        store.patch("pairs", old, known)
    return Changed(old, new)


def _days(less: pl.DataFrame, more: pl.DataFrame) -> list[int]:
    return pl.concat([less["day"], more["day"]]).unique().sort().to_list()
