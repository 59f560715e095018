"""The publication gate: what a computed day must keep, beside the day published before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Self

import polars as pl

from features.errors import KloutError
from serving.daily.drift import relative

TOP = 63.0
"""Scores from here on are the top, 5% of the reference population."""
_PART = "part."


@dataclass(frozen=True)
class Bounds:
    """Beyond which a day is held instead of published.

    In the simulated default world (22,000 people, a week) the people changed by at most 0.3% from
    one day to the next, the share at the top by 0.09 points of a hundred, a network's parts by
    1.2%: windows of 90 days hardly move in one. The bounds are some ten times that. What goes
    beyond is a source that is gone, a model of another world, or people who are not ours.

    Attributes
    ----------
    people
        Share by which the people with a score may become more or fewer.
    top
        By how much the share of people at 63 and above may change: 0.01 is a fifth of them.
    parts
        Share by which the sum of a network's parts may rise or fall. Not looked at where another
        model scored than on the day before: its parts are others, and were compared when it was
        promoted.
    fewest
        Changes by fewer people are let alone, and networks with fewer: a handful doubles by chance.
    """

    people: float = 0.1
    top: float = 0.01
    parts: float = 0.1
    fewest: float = 100

    @classmethod
    def checked(cls, section: Any, where: str) -> Self:
        """Take named values, refusing what does not exist or means nothing."""
        known = sorted(each.name for each in fields(cls))
        if not isinstance(section, dict):
            raise KloutError(f"{where}: daily.gate must be a table of {known}, is {section!r}")
        for name, value in section.items():
            if name not in known:
                raise KloutError(f"{where}: no parameter daily.gate.{name}; there are {known}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise KloutError(f"{where}: daily.gate.{name} must be a number from 0")
        return cls(**section)


@dataclass(frozen=True)
class Figures:
    """A day's scores as the gate sees them.

    Attributes
    ----------
    people, top
        How many have a score, and one of `TOP` or more.
    parts
        By network, the sum of its parts of influence.
    with_part
        By network, how many people have a part above 0.
    """

    people: int
    top: int
    parts: dict[str, float] = field(default_factory=dict)
    with_part: dict[str, int] = field(default_factory=dict)

    @staticmethod
    def of(scores: pl.LazyFrame) -> Figures:
        """Add scores up: ``score`` (f64) of each person, and ``part.NETWORK`` as far as known."""
        columns = scores.collect_schema().names()
        networks = [name.removeprefix(_PART) for name in columns if name.startswith(_PART)]
        found = scores.select(
            pl.len().alias("people"),
            (pl.col("score") >= TOP).sum().alias("top"),
            *(pl.col(f"{_PART}{name}").sum().alias(f"sum.{name}") for name in networks),
            *((pl.col(f"{_PART}{name}") > 0).sum().alias(f"with.{name}") for name in networks),
        ).collect(engine="streaming")
        row = found.row(0, named=True)
        return Figures(
            row["people"],
            row["top"],
            {name: row[f"sum.{name}"] for name in networks},
            {name: row[f"with.{name}"] for name in networks},
        )

    @property
    def top_share(self) -> float:
        """Share of the people at the top."""
        return self.top / self.people if self.people else 0.0


def broken(then: Figures | None, now: Figures, most: Bounds) -> Iterator[str]:
    """Say by how much a day is beyond its bounds.

    Parameters
    ----------
    then
        The day published before, its parts only if they can be compared; None: there is none, and
        it is enough that anybody has a score.
    now
        The day.
    most
        The bounds.
    """
    if not now.people:
        yield "nobody has a score"
    elif then is not None:
        yield from _people(then, now, most)
        yield from _top(then, now, most)
        yield from _parts(then, now, most)


def _people(then: Figures, now: Figures, most: Bounds) -> Iterator[str]:
    change = relative(then.people, now.people)
    if _is_beyond(change, most.people) and abs(now.people - then.people) >= most.fewest:
        yield (
            f"persons {_shown(change)}, from {then.people:,} to {now.people:,} (bound "
            f"{most.people:g})"
        )


def _top(then: Figures, now: Figures, most: Bounds) -> Iterator[str]:
    expected = then.top_share * now.people
    if abs(now.top_share - then.top_share) <= most.top or abs(now.top - expected) < most.fewest:
        return
    yield (
        f"share at {TOP:g} and above {now.top_share - then.top_share:+.2%}, from "
        f"{then.top_share:.2%} to {now.top_share:.2%} (bound {most.top:g})"
    )


def _parts(then: Figures, now: Figures, most: Bounds) -> Iterator[str]:
    for network in sorted(then.parts.keys() | now.parts.keys()) if then.parts else ():
        people = max(each.with_part.get(network, 0) for each in (then, now))
        was, value = then.parts.get(network, 0.0), now.parts.get(network, 0.0)
        change = relative(was, value)
        if people >= most.fewest and _is_beyond(change, most.parts):
            yield (
                f"parts of {network} {_shown(change)}, from {was:,.1f} to {value:,.1f} (bound "
                f"{most.parts:g})"
            )


def _is_beyond(change: float | None, bound: float) -> bool:
    """Whether a relative change is; one from nothing (None) is beyond any."""
    return change is None or abs(change) > bound


def _shown(change: float | None) -> str:
    return "are new" if change is None else f"{change:+.1%}"
