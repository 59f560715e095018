"""How many people's scores moved, and how far: counts and quantiles, nobody's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from features.lake import Lake

POINTS = (0.1, 1.0, 5.0)
"""What moves less than 0.1 nobody sees; 1 is seen, 5 is asked about."""
QUANTILES = (0.01, 0.05, 0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Moves:
    """A day's scores beside those published before.

    Attributes
    ----------
    against
        The day of the latter.
    people
        Who has a score on both.
    new, gone
        Who has one on this day only, or no longer.
    up, down
        How many of them rose or fell by more than so many points.
    change
        Quantiles of the change, in points.
    """

    against: str
    people: int
    new: int
    gone: int
    up: dict[str, int]
    down: dict[str, int]
    change: dict[str, float]


def moves(lake: Lake, as_of: date, scores: pl.DataFrame) -> Moves | None:
    """Compare a day's scores with the last that were published before; None if none were.

    Parameters
    ----------
    lake
        With the history of scores.
    as_of
        The day.
    scores
        ``person`` and ``score`` of each.
    """
    days = [date.fromisoformat(str(file.day)) for file in lake.files("scores", until=as_of)]
    if not days:
        return None
    day = max(days)
    history = lake.scan("scores", since=day, until=day + timedelta(1))
    before = history.group_by("person").agg(before=pl.col("score").max()).collect()
    both = scores.select("person", "score").join(before, on="person")
    change = both["score"] - both["before"]
    return Moves(
        against=day.isoformat(),
        people=len(both),
        new=len(scores) - len(both),
        gone=len(before) - len(both),
        up={f"{points:g}": int((change > points).sum()) for points in POINTS},
        down={f"{points:g}": int((change < -points).sum()) for points in POINTS},
        change={f"q{q:g}": _quantile(change, q) for q in QUANTILES} if len(both) else {},
    )


def _quantile(values: pl.Series, q: float) -> float:
    return float(values.quantile(q, "linear") or 0.0)
