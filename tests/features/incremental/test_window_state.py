"""Figures are kept in narrow types, and no number is lost by it."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.catalogue import measures
from features.incremental.window_state import WindowState

COUNT, DAYS = "any.count.90d", "any.days.90d"
KINDS = {COUNT: measures.COUNT, DAYS: measures.DAYS}
MOST = 2**32 - 1


def board_of(counts: dict[int, int], keys: list[int]) -> WindowState:
    receivers = pl.Series("receiver", list(counts), dtype=pl.UInt64)
    figures = pl.DataFrame({"receiver": receivers, COUNT: list(counts.values())})
    figures = figures.with_columns(pl.lit(1, pl.Int64).alias(DAYS))
    return WindowState(figures, [pl.Series(keys, dtype=pl.UInt64)], KINDS)


def counts_of(board: WindowState) -> dict[int, int]:
    return dict(board.frame(COUNT).select("receiver", COUNT).iter_rows())


def test_small_figures_are_kept_narrow() -> None:
    board = board_of({7: MOST}, [7])
    assert {name: str(values.dtype) for name, values in board.columns.items()} == {
        COUNT: "uint32",
        DAYS: "uint8",
    }


def test_a_figure_that_outgrows_its_type_is_widened() -> None:
    board = board_of({7: MOST, 8: 2}, [7])
    board.add(COUNT, board.places[0], np.array([5]))
    assert counts_of(board) == {7: MOST + 5, 8: 2}


def test_a_large_figure_stays_exact() -> None:
    board = board_of({7: 2**60 + 1}, [7])
    board.add(COUNT, board.places[0], np.array([-2]))
    assert counts_of(board) == {7: 2**60 - 1}


def test_weights_at_one_place_are_summed() -> None:
    board = board_of({7: 1, 8: 9}, [8, 7, 8])
    board.count(COUNT, board.places[0], np.array([4.0, 1.0, 2.0]), -1)
    board.add(COUNT, board.find(pl.Series([7], dtype=pl.UInt64)), np.array([1]))
    assert counts_of(board) == {7: 1, 8: 3}


def test_who_is_new_is_added_and_who_has_nothing_left_is_gone() -> None:
    board = board_of({7: 1}, [9, 7, 9])
    nine, seven, _ = board.places[0]
    board.add(COUNT, np.array([nine, seven]), np.array([3, -1]))
    assert counts_of(board) == {9: 3}
    assert board.touched.sort().to_list() == [7, 9]
