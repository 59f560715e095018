"""Parts of influence of days before, from what the lake keeps of each published day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import polars as pl

from features.people.scrubbing import PUBLISHED
from features.storage.paths import location
from serving.http.web.latest_day import PageDay
from serving.http.web.parts import points_per_influence
from serving.store.published_rows import HistoryPoint, Scored

WEEK = 7
MOST_MARKS = 3
LEAST_MOVE = 0.2
"""Points: a day that moved a score less is no event."""
MOSTLY = 0.5
_PART = "part."


@dataclass(frozen=True)
class PastParts:
    """What was published of a person on a day."""

    influence: float
    score: float
    parts: Mapping[str, float]


@dataclass(frozen=True)
class Event:
    """A day that moved a score much.

    Attributes
    ----------
    cause
        In a few words; empty: not known.
    """

    day: date
    points: float
    cause: str


def past_parts(now: PageDay, day: date, person: str) -> PastParts | None:
    """Read what was published of a person who is published still; None: it is not kept."""
    if now.context.lake is None:
        return None
    file = location(now.context.lake) / PUBLISHED / f"{day}.parquet"
    try:
        if not file.exists():
            return None
        rows = pl.scan_parquet(str(file), glob=False).filter(person=person).collect().to_dicts()
    except (OSError, pl.exceptions.PolarsError):  # as where it is removed meanwhile
        return None
    return _of(rows[0]) if rows else None


def changes_by_network(scored: Scored, now: PageDay) -> dict[str, float] | None:
    """Split the change of a week by network, in points; None: it is not known.

    The points add up to the change of the score.
    """
    model, day = now.context.model(), now.day.as_of - timedelta(WEEK)
    models = {each.as_of: each.model for each in now.snapshot.days}
    if not models.get(day) == now.day.model == model.version:
        return None
    then = past_parts(now, day, scored.person)
    if then is None:
        return None
    rate = points_per_influence(
        model, (scored.influence, scored.score), (then.influence, then.score)
    )
    return {name: rate * moved for name, moved in _moved(then.parts, scored.parts).items()}


def events(scored: Scored, points: Sequence[HistoryPoint], now: PageDay) -> list[Event]:
    """Find the days that moved a score most, in order."""
    moves = [
        (after.score - before.score, after.as_of)
        for before, after in pairwise(points)
        if after.as_of - before.as_of == timedelta(1)
    ]
    large = [each for each in moves if abs(each[0]) >= LEAST_MOVE]
    most = sorted(large, key=lambda each: (-abs(each[0]), each[1]))[:MOST_MARKS]
    switches = {each.as_of for each in now.snapshot.model_switches}
    return [
        Event(day, move, "another model" if day in switches else _cause(scored.person, day, now))
        for move, day in sorted(most, key=lambda each: each[1])
    ]


def _cause(person: str, day: date, now: PageDay) -> str:
    """Name the network that moved most."""
    then, since = (past_parts(now, each, person) for each in (day - timedelta(1), day))
    if then is None or since is None:
        return ""
    moved = {name: abs(by) for name, by in _moved(then.parts, since.parts).items()}
    most = max(moved, key=lambda name: moved[name], default="")
    if not most or not moved[most]:
        return ""
    is_most = moved[most] >= MOSTLY * sum(moved.values())
    return now.title(most) if is_most else "several networks"


def _moved(then: Mapping[str, float], since: Mapping[str, float]) -> dict[str, float]:
    return {name: since.get(name, 0.0) - then.get(name, 0.0) for name in {**since, **then}}


def _of(row: Mapping[str, float]) -> PastParts:
    parts = {name.removeprefix(_PART): part for name, part in row.items() if _PART in name and part}
    return PastParts(row["influence"], row["score"], parts)
