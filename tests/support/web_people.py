"""People who are hard to show."""

from __future__ import annotations

from math import sin

import polars as pl

from training.influence.confidence import FIGURES

SCRIPT = '<script>alert("1")</script>'
SLASHED = "a/b?c#d&e=f%2Fg/integrity"
ONE_DAY = "newcomer"
NOTHING = "twitter:nothing"
HUNDRED = "everywhere"
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 8
DOTS = ".."

PEOPLE = {
    "ann": 44.4,
    "bob": 61.2,
    "carol": 38.0,
    "dan": 52.5,
    "eve": 47.7,
    SCRIPT: 30.1,
    SLASHED: 29.0,
    DOTS: 28.0,
    HUNDRED: 93.2,
    LONG: 71.3,
    ONE_DAY: 35.5,
    NOTHING: 1.2,
} | {f"zoe {n:03}": 20 - n / 20 for n in range(120)}
"""Their scores of the latest day; the last make a leaderboard of several pages."""

NETWORKS = ("twitter", "googleplus", "wikipedia", *(f"network {n:02}" for n in range(100)))

ABOUT = (
    {("ann", "music"): 4.0, ("ann", "jazz"): 3.0, ("ann", "c++"): 0.01, ("ann", "faith"): 1.0}
    | {("bob", "jazz"): 5.0, ("bob", DOTS): 2.0, ("bob", LONG): 1.0, ("bob", SCRIPT): 0.5}
    | {(HUNDRED, f"topic-{n:02}"): 1.0 + n for n in range(100)}
    | {(f"zoe {n:03}", "music"): 1.0 + n / 7 for n in range(120)}
)
"""Their influence about topics, some of which are hard to show; faith is sensitive."""


def scores_on(age: int) -> pl.DataFrame:
    """Score them so many days before the latest: each wanders on its own way up or down."""
    rows = [
        _row(name, score, number, age)
        for number, (name, score) in enumerate(PEOPLE.items())
        if not (name == ONE_DAY and age)
    ]
    numbers = [*FIGURES, *(f"part.{name}" for name in NETWORKS)]
    return pl.DataFrame(rows, {"person": pl.String, **dict.fromkeys(numbers, pl.Float64)})


def _row(name: str, last: float, number: int, age: int) -> dict[str, str | float]:
    score = max(1.05, last + (1.5 * sin(age / 6 + number) - 1.5 * sin(number)) - age / 30)
    parts = dict.fromkeys((f"part.{network}" for network in NETWORKS), 0.0)
    if name == HUNDRED:
        parts = {part: 1.0 + place % 7 for place, part in enumerate(parts)}
    elif name != NOTHING:
        parts |= {"part.twitter": score / 10, "part.googleplus": score / 25 * (number % 3)}
    return {
        "person": name,
        "influence": sum(parts.values()),
        "score": score,
        "percentile": min(99.0, score * 1.2),
        "confidence": 0.0 if name == NOTHING else 0.5,
        "low": max(1.0, score - 8.2),
        "high": min(100.0, score + 7.1),
        **parts,
    }
