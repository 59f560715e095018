"""Folds in which groups stay together, and both labels are as frequent as everywhere.

They are those of scikit-learn's `StratifiedGroupKFold`, which asks numpy eighty times for each
group: of 130,000 accounts, most of them a group of their own, that is a minute and a half. Here
numbers are Python's, and what a group does not change is not computed again; the same operations
in the same order, so the same bits, and the same folds.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]

_NEAR, _TINY = 1e-5, 1e-8
"""What two spreads may differ and are alike: relatively, and at all; numpy's of `isclose`."""


def grouped_folds(
    truth: NDArray[np.bool_], groups: NDArray[Any], folds: int, seed: int
) -> Iterator[tuple[Rows, Rows]]:
    """Give the rows to learn from and the rows held out, for each fold.

    Parameters
    ----------
    truth
        Shape (rows,); at least ``folds`` of each label.
    groups
        Shape (rows,); at least ``folds`` of them.
    folds, seed
        How many, and of the order in which groups of one make are taken.
    """
    _, group = np.unique(groups, return_inverse=True)
    order = np.arange(group.max() + 1)
    np.random.RandomState(seed).shuffle(order)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    counts = np.zeros((len(order), 2))
    np.add.at(counts, (place[group], truth.astype(np.intp)), 1)
    fold = _dealt(counts, [float((~truth).sum()), float(truth.sum())], folds)[place[group]]
    for number in range(folds):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _dealt(counts: NDArray[np.float64], totals: list[float], folds: int) -> Rows:
    """Deal groups out, the most one-sided first: the fold of each, shape (groups,)."""
    held = [[0.0] * folds for _ in totals]
    dealt = np.zeros(len(counts), np.intp)
    for number in np.argsort(-np.std(counts, axis=1), kind="stable"):
        group = counts[number].tolist()
        best = _best(held, totals, group)
        for mine, more in zip(held, group, strict=True):
            mine[best] += more
        dealt[number] = best
    return dealt


def _best(held: list[list[float]], totals: list[float], group: list[float]) -> int:
    """Find the fold with which labels are spread most evenly; of like ones, the smallest."""
    spreads = [_spreads(*one) for one in zip(held, totals, group, strict=True)]
    best, least, fewest = 0, inf, inf
    for number, (no, yes) in enumerate(zip(*spreads, strict=True)):
        spread, rows = (no + yes) / 2, held[0][number] + held[1][number]
        alike = abs(spread - least) <= _TINY + _NEAR * least
        if spread < least or (alike and rows < fewest):
            best, least, fewest = number, spread, rows
    return best


def _spreads(mine: list[float], total: float, more: float) -> list[float]:
    """Say how far a label's shares are spread over folds, with some more in each of them."""
    shares = [each / total for each in mine]
    if not more:
        return [_spread(shares)] * len(mine)
    return [
        _spread([*shares[:place], (each + more) / total, *shares[place + 1 :]])
        for place, each in enumerate(mine)
    ]


def _spread(values: list[float]) -> float:
    """Give the standard deviation, added up one by one as numpy does; `sum` rounds otherwise."""
    total = squares = 0.0
    for value in values:
        total += value
    mean = total / len(values)
    for value in values:
        squares += (value - mean) * (value - mean)
    return sqrt(squares / len(values))
