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
WIDTH, HEIGHT = 480, 130
LEFT, RIGHT, TOP, BOTTOM = 30, 18, 16, 20
FEWEST_DAYS = 7
"""Where history is younger than `DAYS`, the picture begins with it, but not so late."""
LEAST = 4
"""Points that the picture is high at least, so that a quiet person's line looks quiet."""
LETTERS = "ABCDE"
LETTER_HEIGHT = 11
_STEPS = (1, 2, 5, 10, 20, 50)
_MOST_TICKS = 5

LinePoint = tuple[float, float]
"""x and y."""
Spot = tuple[float, float, str]
"""x, y, and what a pointer that rests there is told."""


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
    spots
        Every day, for a pointer that rests there.
    """

    name: str
    number: int
    letter: str
    runs: tuple[str, ...]
    dots: tuple[LinePoint, ...]
    end: LinePoint
    letter_y: float
    spots: tuple[Spot, ...]


@dataclass(frozen=True)
class Line:
    """A picture, in units of `WIDTH` and `HEIGHT`.

    Attributes
    ----------
    levels, days
        Where scores and days are written.
    switches
        Where another model began.
    marks
        Where days with a number are, and their numbers.
    words
        What there is to see.
    days_shown
        How many days it is wide.
    """

    curves: tuple[ScoreCurve, ...]
    levels: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str, str], ...]
    switches: tuple[float, ...]
    marks: tuple[tuple[float, float, int], ...]
    words: str
    days_shown: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class _Frame:
    """From days and scores to places."""

    since: date
    until: date
    low: float
    high: float

    def x(self, day: date) -> float:
        return round(
            LEFT + (WIDTH - LEFT - RIGHT) * (day - self.since) / (self.until - self.since), 1
        )

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    def spots(self, points: Sequence[HistoryPoint]) -> tuple[Spot, ...]:
        return tuple(
            (self.x(each.as_of), self.y(each.score), f"{on(each.as_of)}: {score(each.score)}")
            for each in points
        )

    def runs(self, points: Sequence[HistoryPoint]) -> list[list[LinePoint]]:
        return [[(self.x(each.as_of), self.y(each.score)) for each in run] for run in _runs(points)]


def line(
    people: Mapping[str, Sequence[HistoryPoint]],
    until: date,
    switches: Sequence[date] = (),
    called: Mapping[str, str] | None = None,
    marked: Sequence[date] = (),
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
    marked
        Days that get a number, in order, on the first person's line.
    """
    every = [point.score for points in people.values() for point in points]
    if not every:
        return None
    since = begins(people, until)
    middle = since + (until - since) // 2
    frame = _Frame(since, until, *_bounds(min(every), max(every)))
    runs = {name: frame.runs(points) for name, points in people.items()}
    anchors = {since: "start", middle: "middle", until: "end"}
    return Line(
        curves=_curves(runs, {name: frame.spots(points) for name, points in people.items()}),
        levels=tuple((frame.y(each), f"{each:g}") for each in _levels(frame.low, frame.high)),
        days=tuple((frame.x(day), f"{day.day} {day:%b}", side) for day, side in anchors.items()),
        switches=tuple(frame.x(day) for day in switches if since < day <= until),
        marks=_marks(next(iter(people.values())), marked, frame),
        days_shown=(until - since).days,
        words=" ".join(
            _told((called or {}).get(who, who), points) for who, points in people.items() if points
        ),
    )


def begins(people: Mapping[str, Sequence[HistoryPoint]], until: date) -> date:
    """Say on which day a picture begins."""
    first = min(point.as_of for points in people.values() for point in points)
    return max(until - timedelta(DAYS), min(first, until - timedelta(FEWEST_DAYS)))


def _marks(
    points: Sequence[HistoryPoint], days: Sequence[date], frame: _Frame
) -> tuple[tuple[float, float, int], ...]:
    by_day = {each.as_of: each.score for each in points}
    places = ((day, number) for number, day in enumerate(days, 1) if day in by_day)
    return tuple((frame.x(day), frame.y(by_day[day]), number) for day, number in places)


def _curves(
    people: Mapping[str, list[list[LinePoint]]], spots: Mapping[str, tuple[Spot, ...]]
) -> tuple[ScoreCurve, ...]:
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
            spots=spots[name],
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
