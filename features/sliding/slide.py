"""Figures of all windows, moved on by one day.

Every figure of `features.windows` but the peak is a sum of whole numbers: what the new day brings
is added, what leaves a window is subtracted. Of those that count distinct things (reactors, drawn)
a thing is new in a window if it did not react in it before, and leaves a window if it last reacted
on the day that leaves. A peak is the largest of a window's days; it is looked for anew where the
day that leaves was the last on which it was reached.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.authenticity import QUARTERS, weight
from features.catalogue import ANY, HORIZON, WINDOWS
from features.sliding.accounts import Accounts, actor_of, receiver_of
from features.sliding.pairs import found
from features.sliding.store import KEYS, NEVER, Store
from features.tiles import WEIGHED
from features.windows import PEAK

_PRESENT = f"{ANY}.count.{HORIZON}d"


@dataclass(frozen=True)
class _Change:
    """Rows by ``receiver``, each receiver once, to be added to the figures.

    A column ``REACTION.FIGURE`` goes into all of `windows`, one that ends with its window into
    that.
    """

    rows: pl.LazyFrame
    windows: tuple[int, ...] = ()
    sign: int = 1


def slide(
    figures: pl.DataFrame,
    pairs: pl.DataFrame,
    store: Store,
    day: int,
    accounts: Accounts,
    authenticity: pl.DataFrame | None,
) -> tuple[pl.DataFrame, pl.Series]:
    """Move windows that end before a day to its end.

    Parameters
    ----------
    figures
        From `features.windows.figures`, of the windows that end with the start of `day`.
    pairs
        From `features.sliding.pairs`, of the days before `day`.
    store
        Tiles of ``[day - 90, day]``.
    day
        Since 1970.
    accounts
        All that are in the tiles.
    authenticity
        That the tiles were folded with.

    Returns
    -------
    tuple
        The figures, and the receivers (key) for whom they may be others than they were.
    """
    changes = [*_sums(store, day), *_distinct(pairs, store, day, accounts, authenticity)]
    risen = store.read("peaks", day)
    changes += [] if risen is None else [_Change(risen, WINDOWS)]
    if not changes:
        return figures, pl.Series(dtype=pl.UInt64)
    found = pl.collect_all([change.rows for change in changes], engine="streaming")
    touched = pl.concat([rows["receiver"] for rows in found]).unique()
    moved = _added(_with_rows(figures, touched), list(zip(changes, found, strict=True)))
    return _peaks_anew(moved.filter(pl.col(_PRESENT) > 0), store, day), touched


def _with_rows(figures: pl.DataFrame, receivers: pl.Series) -> pl.DataFrame:
    """Add a row of zeros for each receiver that has none."""
    new = receivers.to_frame("receiver").join(figures, on="receiver", how="anti")
    return pl.concat([figures, new], how="diagonal").with_columns(
        pl.exclude("receiver").fill_null(0)
    )


def _added(figures: pl.DataFrame, changes: list[tuple[_Change, pl.DataFrame]]) -> pl.DataFrame:
    """Add changes in place: few rows of many are concerned, and few columns of a row."""
    columns = {name: figures[name].to_numpy().copy() for name in figures.columns[1:]}
    place = figures.select("receiver").with_row_index("place")
    for change, rows in changes:
        where = rows.select("receiver").join(
            place, on="receiver", how="left", maintain_order="left"
        )
        at = where["place"].to_numpy()
        for name in rows.columns:
            if name == "receiver":
                continue
            values = rows[name].to_numpy()
            targets = [f"{name}.{window}d" for window in change.windows] or [name]
            for target in targets:
                _add(columns[target], at, values, change.sign, is_peak=".peak" in target)
    return pl.DataFrame({"receiver": figures["receiver"], **columns})


def _add(
    column: NDArray[np.int64],
    at: NDArray[np.uint32],
    values: NDArray[np.int64],
    sign: int,
    *,
    is_peak: bool,
) -> None:
    """Add values to a column at places that are all different; a peak is the larger of both."""
    some = np.flatnonzero(values)  # of most reactions there are few
    at, values = at[some], values[some]
    if is_peak:
        column[at] = np.maximum(column[at], values)
    else:
        column[at] += sign * values


def _sums(store: Store, day: int) -> list[_Change]:
    """What the day adds to all windows, and what leaves each."""
    days = [(day, WINDOWS, 1), *((day - window, (window,), -1) for window in WINDOWS)]
    changes = []
    for table in ("days", "doubted"):
        for one, windows, sign in days:
            rows = store.read(table, one)
            if rows is not None:
                changes.append(_Change(_day_sums(rows, table, store.names), windows, sign))
    return changes


def _day_sums(rows: pl.LazyFrame, table: str, names: list[str]) -> pl.LazyFrame:
    """Take what a day's tiles sum, ``REACTION.FIGURE``; a day of doubted actors is no day."""
    summed = [pl.col(f"{name}.{what}").cast(pl.Int64) for name in names for what in WEIGHED]
    on = [(pl.col(f"{name}.count") > 0).cast(pl.Int64).alias(f"{name}.days") for name in names]
    return rows.select("receiver", *summed, *(on if table == "days" else []))


def _distinct(
    known: pl.DataFrame,
    store: Store,
    day: int,
    accounts: Accounts,
    authenticity: pl.DataFrame | None,
) -> list[_Change]:
    pairs, drawn = _met(known, store, day), _now_and_before(store, day)
    changes = []
    if pairs is not None:
        weighed = _weighed(pairs.with_columns(number=receiver_of()), accounts, authenticity)
        moves = _moves(weighed, "number", store.names, day, "reactors")
        changes.append(_Change(accounts.keyed(moves, "number", "receiver")))
    if drawn is not None:
        rows = drawn.with_columns(weight=pl.lit(1, pl.Int64))
        changes.append(_Change(_moves(rows, "receiver", store.names, day, "drawn")))
    return changes


def _weighed(
    pairs: pl.LazyFrame, accounts: Accounts, authenticity: pl.DataFrame | None
) -> pl.LazyFrame:
    """Add the ``weight`` of each pair's actor, in quarters."""
    if authenticity is None:
        return pairs.with_columns(weight=pl.lit(QUARTERS, pl.Int64))
    numbers = accounts.table.lazy().select(actor="key", actor_number="number")
    quarters = authenticity.lazy().join(numbers, on="actor").select("actor_number", "quarters")
    known = pairs.join(quarters, left_on=actor_of(), right_on="actor_number", how="left")
    return known.with_columns(weight=weight(pl.col("quarters")).cast(pl.Int64))


def _met(known: pl.DataFrame, store: Store, day: int) -> pl.LazyFrame | None:
    """Look up the pairs that react on the day, or did on a day that leaves, in the same form."""
    there = [rows.select("pair") for rows in _concerned(store, "pairs", day)]
    if not there:
        return None
    read = pl.collect_all(there)
    # Each file is in order, so a stable sort only merges them.
    every = np.sort(np.concatenate([rows["pair"].to_numpy() for rows in read]), kind="stable")
    pairs = every[np.r_[True, every[1:] != every[:-1]]] if len(every) else every
    now = found(_today(known, store, day), pairs)
    columns = {**found(known, pairs), **{f"{name}.now": days for name, days in now.items()}}
    return pl.LazyFrame({"pair": pairs, **columns})


def _today(known: pl.DataFrame, store: Store, day: int) -> pl.DataFrame:
    rows = store.read("pairs", day)
    return known.clear() if rows is None else store.last("pairs", rows).collect()


def _now_and_before(store: Store, day: int) -> pl.LazyFrame | None:
    """Look up the contents that draw on the day, or did on a day that leaves.

    Returns
    -------
    LazyFrame or None
        The key and, for each reaction, its last day before and, with the suffix ``.now``, the day
        if it was on it; `NEVER` where there is none.
    """
    key = KEYS["contents"]
    there = [rows.select(key) for rows in _concerned(store, "contents", day)]
    if not there:
        return None
    wanted = pl.concat(there).unique().collect(engine="streaming").lazy()
    before = store.latest("contents", day - HORIZON, day, wanted)
    now = store.latest("contents", day, day + 1)
    named = now.rename({name: f"{name}.now" for name in store.names})
    return before.join(named, on=key, how="full", coalesce=True).fill_null(NEVER)


def _concerned(store: Store, table: str, day: int) -> list[pl.LazyFrame]:
    """Read the day, and the days that leave a window with it."""
    days = (day, *(day - window for window in WINDOWS))
    return [rows for rows in (store.read(table, each) for each in days) if rows is not None]


def _moves(rows: pl.LazyFrame, by: str, names: list[str], day: int, figure: str) -> pl.LazyFrame:
    """Count what is new in each window less what leaves it, by receiver."""

    def change(name: str, window: int) -> pl.Expr:
        before, now = pl.col(name), pl.col(f"{name}.now") != NEVER
        enters = now & (before < day - window)
        leaves = ~now & (before == day - window)
        moved = enters.cast(pl.Int64) - leaves.cast(pl.Int64)
        return (moved * pl.col("weight")).sum().alias(f"{name}.{figure}.{window}d")

    return rows.group_by(by).agg(change(name, w) for name in names for w in WINDOWS)


def _peaks_anew(figures: pl.DataFrame, store: Store, day: int) -> pl.DataFrame:
    """Look the peaks up whose day has left their window."""
    for window in WINDOWS:
        columns = {name: f"{name}.peak.{window}d" for name in store.names}
        left = pl.any_horizontal(pl.col(c) % PEAK == day - window for c in columns.values())
        stale = figures.filter(left).select("receiver")
        if stale.is_empty():
            continue
        found = store.latest("peaks", day + 1 - window, day + 1, stale.lazy()).rename(columns)
        there = found.collect(engine="streaming")
        anew = stale.join(there, on="receiver", how="left").fill_null(0)
        figures = figures.update(anew, on="receiver")
    return figures
