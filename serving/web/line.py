"""The line of scores, as coordinates for a template to draw.

Drawn by the server: it is there without JavaScript, in 2 KB, and no library is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, floor

from serving.store.records import Point
from serving.web.words import on, score

DAYS = 90
WIDTH, HEIGHT = 360, 150
LEFT, RIGHT, TOP, BOTTOM = 24, 16, 8, 20
LEAST = 4
"""Points that the picture is high at least, so that a quiet person's line looks quiet."""
_STEPS = (1, 2, 5, 10, 20, 50)
_MOST_TICKS = 5


@dataclass(frozen=True)
class Curve:
    """One person's scores.

    Attributes
    ----------
    name, letter
        Whose; the letter stands at its end where there are several.
    runs
        Of days without a gap, as SVG has the points of a polyline.
    dots
        Days that have no neighbour.
    end
        Where it ends.
    """

    name: str
    letter: str
    runs: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    end: tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A picture, in units of `WIDTH` and `HEIGHT`.

    Attributes
    ----------
    levels, days
        Where scores and days are written.
    switches
        Where another model began.
    words
        What there is to see.
    """

    curves: tuple[Curve, ...]
    levels: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str, str], ...]
    switches: tuple[float, ...]
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def line(
    people: Mapping[str, Sequence[Point]], until: date, switches: Sequence[date] = ()
) -> Line | None:
    """Draw the scores of the 90 days up to one; None: there are none."""
    every = [point.score for points in people.values() for point in points]
    if not every:
        return None
    low, high = _bounds(min(every), max(every))
    since = until - timedelta(DAYS)

    def x(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - since).days / DAYS, 1)

    def y(value: float) -> float:
        share = (value - low) / (high - low)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    def curve(name: str, letter: str, points: Sequence[Point]) -> Curve:
        runs = [[(x(p.as_of), y(p.score)) for p in run] for run in _runs(points)]
        lines = tuple(" ".join(f"{a},{b}" for a, b in run) for run in runs if len(run) > 1)
        dots = tuple(run[0] for run in runs if len(run) == 1)
        return Curve(name, letter, lines, dots, runs[-1][-1])

    named = [(name, points) for name, points in people.items() if points]
    return Line(
        curves=tuple(curve(name, "ABCDE"[n % 5], points) for n, (name, points) in enumerate(named)),
        levels=tuple((y(level), f"{level:g}") for level in _levels(low, high)),
        days=tuple(
            (x(day), f"{day.day} {day:%b}", anchor)
            for day, anchor in (
                (since, "start"),
                (since + timedelta(DAYS // 2), "middle"),
                (until, "end"),
            )
        ),
        switches=tuple(x(day) for day in switches if since < day <= until),
        words=" ".join(_told(name, points) for name, points in named),
    )


def _told(name: str, points: Sequence[Point]) -> str:
    first, last = points[0], points[-1]
    if first == last:
        return f"{name}: {score(last.score)} on {on(last.as_of)}."
    every = [point.score for point in points]
    return (
        f"{name}: {score(first.score)} on {on(first.as_of)}, {score(last.score)} on "
        f"{on(last.as_of)}; between {score(min(every))} and {score(max(every))}."
    )


def _runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Cut where a day is missing: no line pretends to know it."""
    run = [points[0]]
    for before, after in pairwise(points):
        if after.as_of - before.as_of > timedelta(1):
            yield run
            run = []
        run.append(after)
    yield run


def _bounds(least: float, most: float) -> tuple[float, float]:
    spare = max(0.0, LEAST - (most - least)) / 2
    return max(0, floor(least - spare)), min(100, ceil(most + spare))


def _levels(low: float, high: float) -> list[int]:
    step = next(each for each in _STEPS if (high - low) / each <= _MOST_TICKS)
    return [value for value in range(0, 101, step) if low <= value <= high]
