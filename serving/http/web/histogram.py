"""A histogram, as coordinates for a template to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 480, 150
SIDE, TOP, BOTTOM = 10, 22, 20
GAP = 1
LEAST = 1.0
"""Units of height of a bar: whom there is few of are seen."""


@dataclass(frozen=True)
class HistogramBar:
    """One bar; `kind` is a class of the picture, `words` are for a pointer that rests on it."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True)
class Histogram:
    """Bars from left to right, and what stands below and above them.

    Attributes
    ----------
    ticks
        Where a value is, and how it is written.
    you
        Where the person is that is looked for, and how that is written; None: nobody.
    words
        What the picture shows.
    """

    bars: tuple[HistogramBar, ...]
    ticks: tuple[tuple[float, str], ...]
    you: tuple[float, str, str] | None
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def histogram(
    counts: Sequence[int],
    labels: Sequence[str],
    ticks: Sequence[tuple[float, str]],
    words: str,
    *,
    you: tuple[float, str] | None = None,
    kinds: Sequence[str] = (),
) -> Histogram:
    """Draw counts.

    Parameters
    ----------
    counts, labels
        Of each bar, from left to right.
    ticks, you
        Positions counted in bars, from the left edge of the first.
    kinds
        Class of each bar; empty: none.
    """
    most, each = max(counts, default=0) or 1, (WIDTH - 2 * SIDE) / len(counts)
    room = HEIGHT - TOP - BOTTOM

    def place(bars: float) -> float:
        return round(SIDE + bars * each, 1)

    def bar(number: int, count: int) -> HistogramBar:
        height = round(max(LEAST, room * count / most), 1) if count else 0.0
        kind = kinds[number] if kinds else ""
        y = round(HEIGHT - BOTTOM - height, 1)
        return HistogramBar(
            place(number), y, round(each - GAP, 1), height, kind, f"{labels[number]}: {count:,}"
        )

    return Histogram(
        bars=tuple(bar(number, count) for number, count in enumerate(counts)),
        ticks=tuple((place(at), text) for at, text in ticks),
        you=None if you is None else (place(you[0]), you[1], _anchor(you[0] / len(counts))),
        words=words,
    )


def _anchor(share: float) -> str:
    """Write towards the middle, so that no word leaves the picture."""
    return "start" if share < 1 / 2 else "end"
