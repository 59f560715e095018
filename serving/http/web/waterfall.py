"""A waterfall: from one number to another, a bar for each step between; the first row stands whole.

Coordinates are percent of the picture's width: each row is a picture of its own beside its words,
and hairlines where rows meet join them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

SPARE = 0.06
"""Of the width, left free at the ends of a picture that does not begin at 0."""
LEAST = 0.7
"""Of a bar, in percent: a step that is there is seen."""


@dataclass(frozen=True)
class WaterfallRow:
    """One row.

    Attributes
    ----------
    x, width
        Where its bar is.
    begin, end
        Where the hairlines to the rows before and after are.
    falls
        Whether it takes away.
    """

    x: float
    width: float
    begin: float
    end: float
    falls: bool


@dataclass(frozen=True)
class Waterfall:
    """The rows of the first number, of the steps, and of the last number."""

    first: WaterfallRow
    steps: tuple[WaterfallRow, ...]
    last: WaterfallRow


def waterfall(first: float, steps: Sequence[float], *, from_zero: bool) -> Waterfall:
    """Draw the steps from `first` on.

    Parameters
    ----------
    first
        The number to begin with; the last one is it plus all steps.
    steps
        What is added, in order.
    from_zero
        The picture begins at 0, and bars of both numbers too; else it shows only where the steps
        are, and the numbers are marks.

    Examples
    --------
    >>> drawn = waterfall(20, [20, -10], from_zero=True)
    >>> [(row.x, row.width, row.falls) for row in (drawn.first, *drawn.steps, drawn.last)]
    [(0.0, 50.0, False), (50.0, 50.0, False), (75.0, 25.0, True), (0.0, 75.0, False)]
    """
    ends = list(accumulate(steps, initial=first))
    low, high = (0.0, max(ends)) if from_zero else _around(min(ends), max(ends))

    def place(value: float) -> float:
        return round(100 * (value - low) / ((high - low) or 1), 2)

    def number(value: float) -> WaterfallRow:
        at = place(value)
        x, width = (0.0, at) if from_zero else (max(0.0, at - LEAST / 2), LEAST)
        return WaterfallRow(x, width, at, at, falls=False)

    def step(begin: float, end: float) -> WaterfallRow:
        x, width = place(min(begin, end)), abs(place(end) - place(begin))
        return WaterfallRow(x, max(LEAST, round(width, 2)), place(begin), place(end), end < begin)

    pairs = pairwise(ends)
    return Waterfall(number(first), tuple(step(*pair) for pair in pairs), number(ends[-1]))


def _around(low: float, high: float) -> tuple[float, float]:
    spare = SPARE * ((high - low) or 1)
    return low - spare, high + spare
