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

from features.catalogue.catalogue import ANY, HORIZON, WINDOWS
from features.sliding.accounts import Accounts
from features.sliding.board import Board
from features.sliding.moves import drawn, met
from features.sliding.pairs import Pairs
from features.sliding.store import Store
from features.tiles import WEIGHED
from features.windows import PEAK

_PRESENT = f"{ANY}.count.{HORIZON}d"


def slide(
    figures: pl.DataFrame,
    pairs: Pairs,
    store: Store,
    day: int,
    accounts: Accounts,
    authenticity: pl.DataFrame | None,
) -> tuple[pl.DataFrame, pl.Series]:
    """Move windows that end before a day to its end.

    Parameters
    ----------
    figures
        Of the windows that end with the start of `day`: see `features.sliding.board`.
    pairs
        Of the days before `day`.
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
    sums = _sums(store, day)
    risen = store.read("peaks", day)
    rows = pl.collect_all([*(each.rows for each in sums), *([] if risen is None else [risen])])
    distinct = {
        "reactors": met(pairs, store, day, accounts, authenticity),
        "drawn": drawn(store, day),
    }
    keys = [each["receiver"] for each in rows] + [each.receivers for each in distinct.values()]
    board = Board(figures, keys)
    if board.touched.is_empty():
        return figures, board.touched
    *places, of_met, of_drawn = board.places
    for each, read, place in zip(sums, rows, places, strict=False):
        _add_sums(board, read, place, store.names, each)
    for (figure, things), place in zip(distinct.items(), (of_met, of_drawn), strict=True):
        at = things.spread(place)
        for name, window, some, sign in things.moves(day):
            board.count(f"{name}.{figure}.{window}d", at[some], things.weight(some), sign)
    if risen is not None:
        _raise_peaks(board, rows[-1], places[-1], store.names)
    _peaks_anew(board, store, day)
    return board.frame(_PRESENT), board.touched


@dataclass(frozen=True)
class _Sums:
    """A day's sums by ``receiver``, each receiver once, and into which windows they go."""

    rows: pl.LazyFrame
    windows: tuple[int, ...]
    sign: int
    is_believed: bool


def _sums(store: Store, day: int) -> list[_Sums]:
    """What the day adds to all windows, and what leaves each."""
    days = [(day, WINDOWS, 1), *((day - window, (window,), -1) for window in WINDOWS)]
    return [
        _Sums(rows, windows, sign, table == "days")
        for table in ("days", "doubted")
        for one, windows, sign in days
        if (rows := store.read(table, one)) is not None
    ]


def _add_sums(
    board: Board, rows: pl.DataFrame, place: NDArray[np.uint32], names: list[str], sums: _Sums
) -> None:
    """Add what a day's tiles sum; a day of doubted actors is no day."""
    for name in names:
        # Where nothing is counted nothing else is summed; of most reactions there are few.
        some = np.flatnonzero(rows[f"{name}.count"].to_numpy())
        at = place[some]
        changes = {what: rows[f"{name}.{what}"].to_numpy()[some] for what in WEIGHED}
        if sums.is_believed:
            changes["days"] = np.ones(len(some), np.int64)
        for what, values in changes.items():
            change = sums.sign * values.astype(np.int64)
            for window in sums.windows:
                board.add(f"{name}.{what}.{window}d", at, change)


def _raise_peaks(
    board: Board, rows: pl.DataFrame, place: NDArray[np.uint32], names: list[str]
) -> None:
    """A peak is the larger of what it was and the day's."""
    for name in names:
        values = rows[f"{name}.peak"].to_numpy()
        some = np.flatnonzero(values)
        for window in WINDOWS:
            column = f"{name}.peak.{window}d"
            larger = np.maximum(board.columns[column][place[some]], values[some])
            board.put(column, place[some], larger)


def _peaks_anew(board: Board, store: Store, day: int) -> None:
    """Look the peaks up whose day has left their window."""
    for window in WINDOWS:
        columns = {name: f"{name}.peak.{window}d" for name in store.names}
        left = np.zeros(len(board.receivers), np.bool_)
        for column in columns.values():
            left |= board.columns[column] % PEAK == day - window
        if not left.any():
            continue
        stale = board.receivers.filter(pl.Series(left)).to_frame("receiver")
        found = store.latest("peaks", day + 1 - window, day + 1, stale.lazy())
        peaks = found.collect(engine="streaming")
        place = board.find(peaks["receiver"])
        for name, column in columns.items():
            board.columns[column][left] = 0
            board.put(column, place, peaks[name].to_numpy())
