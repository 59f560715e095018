"""Figures of all windows, moved on by one day.

What adds up by day is added with the new day and subtracted where a day leaves a window; distinct
things and peaks say how they leave one: see `features.catalogue.measures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import ANY, HORIZON, WINDOWS
from features.catalogue.figures import Days, Distinct, Figure, Peak, Sum, TileTable
from features.catalogue.measures import COUNT, figures_of
from features.incremental.accounts import KnownAccounts
from features.incremental.distinct_delta import DistinctDelta, drawn, met
from features.incremental.pairs import PairTable
from features.incremental.tile_store import TileStore
from features.incremental.window_state import RowNumbers, WindowState
from features.signals.windows import figure_columns

PRESENT = COUNT.column(ANY, HORIZON)


def slide(
    figures: pl.DataFrame,
    pairs: PairTable,
    store: TileStore,
    day: int,
    accounts: KnownAccounts,
    authenticity: pl.DataFrame | None,
) -> tuple[pl.DataFrame, pl.Series]:
    """Move windows that end before a day to its end.

    Parameters
    ----------
    figures
        Of the windows that end with the start of `day`: see `features.incremental.window_state`.
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
    distinct: dict[TileTable, DistinctDelta] = {
        "pairs": met(pairs, store, day, accounts, authenticity),
        "contents": drawn(store, day),
    }
    keys = [each["receiver"] for each in rows] + [each.receivers for each in distinct.values()]
    board = WindowState(figures, keys, figure_columns(store.names))
    if board.touched.is_empty():
        return figures, board.touched
    *places, of_met, of_drawn = board.places
    for each, read, place in zip(sums, rows, places, strict=False):
        _add_sums(board, read, place, store.names, each)
    for (table, things), place in zip(distinct.items(), (of_met, of_drawn), strict=True):
        _count(board, things, things.spread(place), store.names, table, day)
    if risen is not None:
        _raise_peaks(board, rows[-1], places[-1], store.names)
    _peaks_anew(board, store, day)
    return board.frame(PRESENT), board.touched


@dataclass(frozen=True)
class _Sums:
    """A day's tile by ``receiver``, each once: of what it has values, and of which windows."""

    rows: pl.LazyFrame
    windows: tuple[int, ...]
    sign: int
    figures: tuple[Figure, ...]


def _count(
    board: WindowState,
    things: DistinctDelta,
    at: RowNumbers,
    names: list[str],
    table: TileTable,
    day: int,
) -> None:
    """Count the distinct things of a tile that enter windows or leave them."""
    for name in names:
        for figure in figures_of(Distinct, table):
            for window, some, sign in things.moves(day, figure, figure.column(name)):
                weights = things.weight(figure, some)
                board.count(figure.column(name, window), at[some], weights, sign)


def _sums(store: TileStore, day: int) -> list[_Sums]:
    """What the day adds to all windows, and what leaves each."""
    days = [(day, WINDOWS, 1), *((day - window, (window,), -1) for window in WINDOWS)]
    sums, of_days = figures_of(Sum), figures_of(Days)
    return [
        _Sums(rows, windows, sign, some)
        for table, some in (("days", (*sums, *of_days)), ("doubted", tuple(sums)))
        for one, windows, sign in days
        if (rows := store.read(table, one)) is not None
    ]


def _add_sums(
    board: WindowState, rows: pl.DataFrame, place: RowNumbers, names: list[str], sums: _Sums
) -> None:
    """Add what a day's tiles sum."""
    for name in names:
        # Where nothing is counted nothing else is summed; of most reactions there are few.
        some = np.flatnonzero(rows[COUNT.column(name)].to_numpy())
        at = place[some]
        values = rows.select(figure.of_day(name) for figure in sums.figures)
        for figure, column in zip(sums.figures, values, strict=True):
            change = sums.sign * column.to_numpy()[some].astype(np.int64)
            for window in sums.windows:
                board.add(figure.column(name, window), at, change)


def _raise_peaks(
    board: WindowState, rows: pl.DataFrame, place: RowNumbers, names: list[str]
) -> None:
    """A peak is the larger of what it was and the day's."""
    for name, peak in product(names, figures_of(Peak)):
        values = rows[peak.column(name)].to_numpy()
        some = np.flatnonzero(values)
        for window in WINDOWS:
            _raise(board, peak.column(name, window), place[some], values[some])


def _raise(board: WindowState, column: str, at: RowNumbers, values: NDArray[np.int64]) -> None:
    board.put(column, at, np.maximum(board.columns[column][at], values))


def _peaks_anew(board: WindowState, store: TileStore, day: int) -> None:
    """Look the peaks up whose day has left their window."""
    peaks = list(product(store.names, figures_of(Peak)))
    for window in WINDOWS:
        left = np.zeros(len(board.receivers), np.bool_)
        for name, peak in peaks:
            left |= peak.leaves(board.columns[peak.column(name, window)], day - window)
        look_peaks_up(board, store, board.receivers.filter(pl.Series(left)), window, day + 1)


def look_peaks_up(
    board: WindowState, store: TileStore, receivers: pl.Series, window: int, end: int
) -> None:
    """Look the peaks of some receivers (keys) up, in the window of so many days before a day."""
    _look_peaks_up(board, store, receivers, (window,), end)


def look_all_peaks_up(board: WindowState, store: TileStore, receivers: pl.Series, end: int) -> None:
    """Look the peaks of some receivers (keys) up, in all windows that end before a day."""
    _look_peaks_up(board, store, receivers, WINDOWS, end)


def _look_peaks_up(
    board: WindowState, store: TileStore, receivers: pl.Series, windows: Sequence[int], end: int
) -> None:
    """Read each day once: what one window has, all that are wider have too."""
    if receivers.is_empty():
        return
    wanted = receivers.to_frame("receiver").lazy()
    starts = [end, *(end - window for window in sorted(windows))]
    bands = [store.latest("peaks", *band, wanted) for band in zip(starts[1:], starts, strict=False)]
    largest = pl.collect_all(bands, engine="streaming")
    every, places = board.find(receivers), [board.find(rows["receiver"]) for rows in largest]
    for name, peak in product(store.names, figures_of(Peak)):
        values = [rows[peak.column(name)].to_numpy() for rows in largest]
        for number, window in enumerate(sorted(windows), start=1):
            board.columns[peak.column(name, window)][every] = 0
            for place, of_band in zip(places[:number], values, strict=False):
                _raise(board, peak.column(name, window), place, of_band)
