"""Who influences whom: curves from rows of names to the person in the middle and on to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROW = 32
"""Units of height of a row of names; the picture is stretched to the rows beside it."""
WIDTH = 80
THINNEST, WIDEST = 1.0, 7.0


@dataclass(frozen=True)
class FanCurve:
    """A path of SVG, and how wide it is drawn."""

    path: str
    stroke: float
    side: str


@dataclass(frozen=True)
class Fan:
    """Curves of both sides, the person in the middle of them."""

    curves: tuple[FanCurve, ...]
    height: int
    middle: float
    width: int = WIDTH


def fan(left: Sequence[float], right: Sequence[float]) -> Fan:
    """Draw how much each on the left gives the person, and the person each on the right.

    Examples
    --------
    >>> drawn = fan([2.0], [1.0, 4.0])
    >>> drawn.height, drawn.middle, [(each.side, each.stroke) for each in drawn.curves]
    (64, 32.0, [('left', 4.0), ('right', 2.5), ('right', 7.0)])
    """
    height = ROW * max(len(left), len(right), 1)
    most, middle = max([*left, *right], default=0.0) or 1.0, height / 2

    def curve(side: str, row: int, much: float) -> FanCurve:
        y, x = ROW * (row + 0.5), 0 if side == "left" else WIDTH
        bend = (x + WIDTH / 2) / 2
        path = f"M{x} {y:g}C{bend:g} {y:g} {bend:g} {middle:g} {WIDTH // 2} {middle:g}"
        return FanCurve(path, round(THINNEST + (WIDEST - THINNEST) * much / most, 2), side)

    sides = (("left", left), ("right", right))
    curves = tuple(curve(side, row, much) for side, of in sides for row, much in enumerate(of))
    return Fan(curves, height, middle)
