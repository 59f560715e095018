"""Figures of all windows, moved on by one day.

Every figure of `features.windows` but the peak is a sum of whole numbers: what the new day brings
is added, what leaves a window is subtracted. Of those that count distinct things (reactors, drawn)
a thing is new in a window if it did not react in it before, and leaves a window if it last reacted
on the day that leaves. A peak is the largest of a window's days; it is looked for anew where the
day that leaves was the last on which it was reached.
"""

from __future__ import annotations

import polars as pl

from features.authenticity import QUARTERS, weight
from features.catalogue import ANY, HORIZON, WINDOWS
from features.sliding.accounts import Accounts, actor_of, receiver_of
from features.sliding.store import KEYS, NEVER, Store
from features.tiles import WEIGHED
from features.windows import PEAK, figure_columns

_PRESENT = f"{ANY}.count.{HORIZON}d"


def slide(
    figures: pl.DataFrame,
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
    parts = [
        *_sums(store, day),
        *_risen(store, day),
        *_distinct(store, day, accounts, authenticity),
    ]
    changes = [part.with_columns(touched=True) for part in parts if part is not None]
    if not changes:
        return figures, pl.Series(dtype=pl.UInt64)
    columns = figure_columns(store.names)
    peaks = [column for column in columns if ".peak." in column]
    sums = [column for column in columns if ".peak." not in column]
    kept = figures.lazy().with_columns(touched=False)
    moved = (
        pl.concat([kept, *changes], how="diagonal")
        .group_by("receiver")
        .agg(pl.col(sums).sum(), pl.col(peaks).max(), pl.col("touched").any())
        .collect(engine="streaming")
    )
    touched = moved.filter("touched")["receiver"]
    present = moved.filter(pl.col(_PRESENT) > 0).select("receiver", *columns)
    return _peaks_anew(present, store, day), touched


def _sums(store: Store, day: int) -> list[pl.LazyFrame | None]:
    """What the day adds to all windows, and what leaves each."""
    entering = _day_sums(store, day)
    parts = [None if entering is None else _into(entering, WINDOWS, 1)]
    for window in WINDOWS:
        leaving = _day_sums(store, day - window)
        parts.append(None if leaving is None else _into(leaving, (window,), -1))
    return parts


def _day_sums(store: Store, day: int) -> pl.LazyFrame | None:
    """Sum a day's tiles: ``REACTION.FIGURE`` of what is summed, and of days."""
    days, doubted = store.read("days", day), store.read("doubted", day)
    if days is None or doubted is None:
        return None
    summed = [pl.col(f"{n}.{what}").cast(pl.Int64) for n in store.names for what in WEIGHED]
    on = [(pl.col(f"{n}.count") > 0).cast(pl.Int64).alias(f"{n}.days") for n in store.names]
    return pl.concat(
        [days.select("receiver", *summed, *on), doubted.select("receiver", *summed)],
        how="diagonal",
    )


def _into(rows: pl.LazyFrame, windows: tuple[int, ...], sign: int) -> pl.LazyFrame:
    columns = [name for name in rows.collect_schema().names() if name != "receiver"]
    return rows.select(
        "receiver", *((pl.col(c) * sign).alias(f"{c}.{w}d") for c in columns for w in windows)
    )


def _risen(store: Store, day: int) -> list[pl.LazyFrame | None]:
    peaks = store.read("peaks", day)
    return [None if peaks is None else _into(peaks, WINDOWS, 1)]


def _distinct(
    store: Store, day: int, accounts: Accounts, authenticity: pl.DataFrame | None
) -> list[pl.LazyFrame | None]:
    pairs = _seen_and_before(store, "pairs", day)
    drawn = _seen_and_before(store, "contents", day)
    by_receiver = []
    if pairs is not None:
        rows = pairs.with_columns(receiver=receiver_of())
        if authenticity is None:
            rows = rows.with_columns(weight=pl.lit(QUARTERS, pl.Int64))
        else:
            rows = rows.join(
                _by_number(authenticity, accounts),
                how="left",
                left_on=actor_of(),
                right_on="number",
            )
            rows = rows.with_columns(weight=weight(pl.col("quarters")).cast(pl.Int64))
        found = _moves(rows, store.names, day, "reactors")
        by_receiver.append(
            accounts.keyed(found.rename({"receiver": "number"}), "number", "receiver")
        )
    if drawn is not None:
        rows = drawn.with_columns(weight=pl.lit(1, pl.Int64))
        by_receiver.append(_moves(rows, store.names, day, "drawn"))
    return list(by_receiver)


def _by_number(authenticity: pl.DataFrame, accounts: Accounts) -> pl.LazyFrame:
    numbers = accounts.table.lazy().select("key", "number")
    return (
        authenticity.lazy()
        .join(numbers, left_on="actor", right_on="key")
        .select("number", "quarters")
    )


def _seen_and_before(store: Store, table: str, day: int) -> pl.LazyFrame | None:
    """Look up what reacts on the day, and what did on the days that leave.

    Returns
    -------
    LazyFrame or None
        The key and, for each reaction, its last day before (null: it is only new), and, with the
        suffix ``.now``, the day if it reacted on it (null: it did not at all).
    """
    key = KEYS[table]
    concerned = [store.read(table, d) for d in (day, *(day - window for window in WINDOWS))]
    there = [rows.select(key) for rows in concerned if rows is not None]
    if not there:
        return None
    wanted = pl.concat(there).unique().collect(engine="streaming").lazy()
    before = store.latest(table, day - HORIZON, day, wanted)
    today = concerned[0]
    if today is None:
        nothing = (pl.lit(NEVER, pl.UInt16).alias(f"{name}.now") for name in store.names)
        return before.with_columns(nothing)
    now = store.last(table, today).rename({name: f"{name}.now" for name in store.names})
    return before.join(now, on=key, how="full", coalesce=True).fill_null(NEVER)


def _moves(rows: pl.LazyFrame, names: list[str], day: int, figure: str) -> pl.LazyFrame:
    """Count what is new in each window less what leaves it, by receiver."""

    def change(name: str, window: int) -> pl.Expr:
        before, now = pl.col(name), pl.col(f"{name}.now") != NEVER
        enters = now & (before < day - window)
        leaves = ~now & (before == day - window)
        moved = (enters.cast(pl.Int8) - leaves.cast(pl.Int8)).cast(pl.Int64)
        return (moved * pl.col("weight")).sum().alias(f"{name}.{figure}.{window}d")

    return rows.group_by("receiver").agg(change(name, w) for name in names for w in WINDOWS)


def _stale(name: str, day: int, window: int) -> pl.Expr:
    return pl.col(f"{name}.peak.{window}d") % PEAK == day - window


def _peaks_anew(figures: pl.DataFrame, store: Store, day: int) -> pl.DataFrame:
    """Look the peaks up whose day has left their window."""
    for window in WINDOWS:
        columns = {name: f"{name}.peak.{window}d" for name in store.names}
        stale = figures.filter(
            pl.any_horizontal(_stale(n, day, window) for n in store.names)
        ).select("receiver")
        if stale.is_empty():
            continue
        found = (
            store.latest("peaks", day + 1 - window, day + 1, stale.lazy())
            .rename(columns)
            .collect(engine="streaming")
        )
        anew = stale.join(found, on="receiver", how="left").fill_null(0)
        figures = figures.update(anew, on="receiver")
    return figures
