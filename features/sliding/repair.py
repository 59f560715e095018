"""A store's days, put right where something late or something learned makes them others."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from features.correction import replaced
from features.identity import Owners
from features.sliding.accounts import Accounts, actor_of, receiver_of
from features.sliding.engine import Later
from features.sliding.known import Learned, Moved
from features.sliding.pairs import Pairs
from features.sliding.past import Redone
from features.sliding.store import Store
from features.tiles import Tiles

_SUMMED = {
    "days": ["receiver", "day"],
    "doubted": ["receiver", "day"],
    "contents": ["receiver", "content", "day"],
}
"""Tables whose rows are sums over actors, and their keys."""


def put_right(
    store: Store,
    accounts: Accounts,
    pairs: Pairs,
    learned: Learned,
    past: Iterable[Later[Redone | None]],
) -> tuple[Accounts, pl.Series]:
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
        From `features.sliding.past.redo`.

    Returns
    -------
    tuple
        All accounts, and the receivers (keys) whose figures must be read anew.
    """
    change = learned.moved
    stale = [change.targets, *(_one(known.owners, change) for known in (learned.was, learned.now))]
    for later in past:
        if (redone := later.get()) is not None:
            accounts = accounts.with_ends(redone.names.lazy())
            stale.append(repair(store, accounts, redone))
    stale.append(_gave_to(pairs, change.believed, accounts))
    return accounts, pl.concat(stale).unique()


def repair(store: Store, accounts: Accounts, redone: Redone) -> pl.Series:
    """Put days right, only those tables of which something changes.

    Returns
    -------
    Series
        The receivers (keys) concerned.
    """
    changed = _receivers(redone)
    less, more = redone.less, _without_new_days(store, accounts, redone.more)
    for table, key in _SUMMED.items():
        for day, old, new in _by_day(getattr(less, table), getattr(more, table)):
            rows = replaced(store.table(table, day), old, new, key)
            store.change(table, day, rows)
            if table == "contents":
                touched = pl.concat([old["receiver"], new["receiver"]])
                store.change("peaks", day, _peaks(store, day, rows, touched))
    numbered = accounts.packed(less.pairs), accounts.packed(more.pairs)
    for day, old, new in _by_day(*numbered):
        others = store.table("pairs", day).join(old, on="pair", how="anti")
        store.change("pairs", day, pl.concat([others, new]).sort("pair"))
    return changed


def _receivers(redone: Redone) -> pl.Series:
    """Name (keys) whose rows are others."""
    frames: list[pl.DataFrame] = [
        getattr(tiles, table)
        for tiles in (redone.less, redone.more)
        for table in (*_SUMMED, "pairs")
    ]
    return pl.concat(frame["receiver"] for frame in frames).unique()


def _without_new_days(store: Store, accounts: Accounts, more: Tiles) -> Tiles:
    """Keep days of which nothing was kept, and leave the others."""
    for day, tiles in more.by_day():
        if day not in store.days:
            store.put(day, tiles, accounts)
            more = more.filter(pl.col("day") != day)
    return more


def _by_day(
    old: pl.DataFrame, new: pl.DataFrame
) -> Iterable[tuple[int, pl.DataFrame, pl.DataFrame]]:
    """Take what changes of a table apart, a day at a time."""
    parts = [rows.partition_by("day", as_dict=True) for rows in (old, new)]
    for day in sorted({*parts[0], *parts[1]}):
        yield int(day[0]), parts[0].get(day, old.clear()), parts[1].get(day, new.clear())


def _peaks(store: Store, day: int, contents: pl.DataFrame, touched: pl.Series) -> pl.DataFrame:
    """Give a day's peaks, those of some receivers anew from its contents."""
    theirs = pl.col("receiver").is_in(touched.implode())
    others = store.table("peaks", day).filter(~theirs)
    return pl.concat([others, store.peaks(contents.filter(theirs))])


def _one(owners: Owners, change: Moved) -> pl.Series:
    """Name what stands for the accounts that receive for somebody else."""
    mine = owners.merged.filter(pl.col("key").is_in(change.targets.implode()))
    return mine["one"]


def _gave_to(pairs: Pairs, actors: pl.Series, accounts: Accounts) -> pl.Series:
    """Name everybody (keys) to whom some actors gave, also on a day that leaves."""
    if actors.is_empty():
        return actors
    met = pairs.lazy().select(actor=actor_of(), number=receiver_of())
    theirs = accounts.numbered(actors)
    found = met.join(theirs, left_on="actor", right_on="number", how="semi")
    keyed = accounts.keyed(found.select("number").unique(), "number", "key")
    return keyed.collect(engine="streaming")["key"]
