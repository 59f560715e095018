"""A store's days, made others where something late or something learned makes them so."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.incremental.accounts import KnownAccounts
from features.incremental.backfill import Backfilled
from features.incremental.tile_store import TileStore
from features.signals.correction import Changed, replaced
from features.signals.tiles import Tiles

_BY_DAY = ["receiver", "day"]
"""Key of the tables ``days`` and ``doubted``, whose rows are sums over actors."""
_BY_CONTENT = ["receiver", "content", "day"]
"""Key of ``contents``, whose rows are too."""


@dataclass(frozen=True)
class Repaired:
    """What is other of days that were counted already.

    The tables are as of `features.signals.tiles`, but ``pairs`` as of `KnownAccounts.packed`.

    Attributes
    ----------
    peaked
        Receivers (keys) of whose days a peak is other.
    """

    days: Changed
    doubted: Changed
    contents: Changed
    pairs: Changed
    peaked: pl.Series


def repair(store: TileStore, accounts: KnownAccounts, redone: Backfilled) -> Repaired:
    """Make days others, only those tables of which something changes."""
    begun = _begin_days(store, accounts, redone)
    old, new = accounts.packed(redone.less.pairs), accounts.packed(redone.more.pairs)
    store.put_ids(redone.ids, redone.indexed)
    less, more = redone.less, redone.more
    days, doubted = (_sums_right(store, t, less, more, begun) for t in ("days", "doubted"))
    contents, peaked = _contents_right(store, less.contents, more.contents, begun)
    return Repaired(days, doubted, contents, _pairs_right(store, old, new, begun), peaked)


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
    if old.is_empty() and new.is_empty():
        return Changed(old, come)
    rows = _read(store, table, old, new)
    changed = replaced(rows, old, new, _BY_DAY)
    store.patch(table, changed.was, changed.now)
    return Changed(changed.was, pl.concat([changed.now, come.select(rows.columns)]))


def _contents_right(
    store: TileStore, old: pl.DataFrame, new: pl.DataFrame, begun: pl.Expr
) -> tuple[Changed, pl.Series]:
    """Make contents others, and the peaks that are taken from them; name whose peaks are."""
    come, new = new.filter(begun), new.filter(~begun)
    if old.is_empty() and new.is_empty():
        return Changed(old, come), come["receiver"]
    rows = _read(store, "contents", old, new)
    changed = replaced(rows, old, new, _BY_CONTENT)
    store.patch("contents", changed.was, changed.now)
    before, after = (store.peaks(of) for of in (rows, changed.applied(rows, _BY_CONTENT)))
    was, now = (
        one.join(other, on=one.columns, how="anti")
        for one, other in ((before, after), (after, before))
    )
    store.patch("peaks", was, now)
    whole = Changed(changed.was, pl.concat([changed.now, come.select(rows.columns)]))
    return whole, pl.concat([each["receiver"] for each in (was, now, come)]).unique()


def _read(store: TileStore, table: str, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Read all of a table of the receivers and days of which some rows are others."""
    touched = pl.concat([each.select(_BY_DAY) for each in (old, new)]).unique()
    rows = store.tables(table, touched["day"].unique().sort().to_list(), touched.lazy())
    return rows.collect(engine="streaming")


def _pairs_right(store: TileStore, old: pl.DataFrame, new: pl.DataFrame, begun: pl.Expr) -> Changed:
    """Make pairs others, of many days at once."""
    known = new.filter(~begun)
    if len(old) or len(known):
        store.patch("pairs", old, known)
    return Changed(old, new)
