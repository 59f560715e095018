"""The line of scores, as coordinates for a template to draw.

Drawn by the server: it is there without JavaScript, in 2 KB, and no library is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, floor

from serving.http.web.sentences import on, score
from serving.store.published_rows import HistoryPoint

DAYS = 90
WIDTH, HEIGHT = 360, 150
LEFT, RIGHT, TOP, BOTTOM = 24, 16, 8, 20
LEAST = 4
"""Points that the picture is high at least, so that a quiet person's line looks quiet."""
LETTERS = "ABCDE"
LETTER_HEIGHT = 11
_STEPS = (1, 2, 5, 10, 20, 50)
_MOST_TICKS = 5

LinePoint = tuple[float, float]
"""x and y."""


@dataclass(frozen=True)
class ScoreCurve:
    """One person's scores.

    Attributes
    ----------
    name, number, letter
        Whose; the letter stands at its end where there are several. Numbers are from 1.
    runs
        Of days without a gap, as SVG has the points of a polyline.
    dots
        Days that have no neighbour.
    end, letter_y
        Where it ends, and how high its letter stands.
    """

    name: str
    number: int
    letter: str
    runs: tuple[str, ...]
    dots: tuple[LinePoint, ...]
    end: LinePoint
    letter_y: float


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

    curves: tuple[ScoreCurve, ...]
    levels: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str, str], ...]
    switches: tuple[float, ...]
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class _Frame:
    """From days and scores to places."""

    since: date
    low: float
    high: float

    def x(self, day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - self.since).days / DAYS, 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    def runs(self, points: Sequence[HistoryPoint]) -> list[list[LinePoint]]:
        return [[(self.x(each.as_of), self.y(each.score)) for each in run] for run in _runs(points)]


def line(
    people: Mapping[str, Sequence[HistoryPoint]],
    until: date,
    switches: Sequence[date] = (),
    called: Mapping[str, str] | None = None,
) -> Line | None:
    """Draw the scores of the 90 days up to one; None: there are none.

    Parameters
    ----------
    people
        Points by id, oldest first; the first five at most.
    switches
        Days on which another model began.
    called
        What people of these ids are called.
    """
    every = [point.score for points in people.values() for point in points]
    if not every:
        return None
    since, middle = until - timedelta(DAYS), until - timedelta(DAYS // 2)
    frame = _Frame(since, *_bounds(min(every), max(every)))
    runs = {name: frame.runs(points) for name, points in people.items()}
    anchors = {since: "start", middle: "middle", until: "end"}
    return Line(
        curves=_curves(runs),
        levels=tuple((frame.y(each), f"{each:g}") for each in _levels(frame.low, frame.high)),
        days=tuple((frame.x(day), f"{day.day} {day:%b}", side) for day, side in anchors.items()),
        switches=tuple(frame.x(day) for day in switches if since < day <= until),
        words=" ".join(
            _told((called or {}).get(who, who), points) for who, points in people.items() if points
        ),
    )


def _curves(people: Mapping[str, list[list[LinePoint]]]) -> tuple[ScoreCurve, ...]:
    ends = {name: runs[-1][-1] for name, runs in people.items() if runs}
    heights = _apart({name: y for name, (_, y) in ends.items()})
    return tuple(
        ScoreCurve(
            name=name,
            number=number,
            letter=letter,
            runs=tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1),
            dots=tuple(run[0] for run in runs if len(run) == 1),
            end=ends[name],
            letter_y=heights[name],
        )
        for number, (letter, (name, runs)) in enumerate(
            zip(LETTERS, people.items(), strict=False), 1
        )
        if runs
    )


def _apart(heights: Mapping[str, float]) -> dict[str, float]:
    """Move letters down until none stands on another."""
    placed: dict[str, float] = {}
    last = float("-inf")
    for name in sorted(heights, key=lambda each: heights[each]):
        placed[name] = last = max(heights[name], last + LETTER_HEIGHT)
    return placed


def _told(name: str, points: Sequence[HistoryPoint]) -> str:
    first, last = points[0], points[-1]
    if first == last:
        return f"{name}: {score(last.score)} on {on(last.as_of)}."
    every = [point.score for point in points]
    return (
        f"{name}: {score(first.score)} on {on(first.as_of)}, {score(last.score)} on "
        f"{on(last.as_of)}; between {score(min(every))} and {score(max(every))}."
    )


def _runs(points: Sequence[HistoryPoint]) -> Iterator[list[HistoryPoint]]:
    """Cut where a day is missing: no line pretends to know it."""
    run = list(points[:1])
    for before, after in pairwise(points):
        if after.as_of - before.as_of > timedelta(1):
            yield run
            run = []
        run.append(after)
    if run:
        yield run


def _bounds(least: float, most: float) -> tuple[float, float]:
    spare = max(0.0, LEAST - (most - least)) / 2
    return max(0, floor(least - spare)), min(100, ceil(most + spare))


def _levels(low: float, high: float) -> list[int]:
    step = next(each for each in _STEPS if (high - low) / each <= _MOST_TICKS)
    return [value for value in range(0, 101, step) if low <= value <= high]
