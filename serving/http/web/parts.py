"""A person's networks as parts of one whole, in the colours that networks have on every page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from serving.http.web.latest_day import PageDay
from serving.store.published_rows import Scored
from training.influence.model import Model

COLOURS = 10
"""Networks that have a colour of their own, in the catalogue's order; others share one, 0."""
SHOWN = 10
"""Networks shown one by one: the others are one part of the bar."""
NEAR = 1e-6
"""Influences nearer to each other are taken for one: what remains is rounding."""


@dataclass(frozen=True)
class NetworkPart:
    """A network's part of a person's influence.

    Attributes
    ----------
    share
        Of the whole, from 0 to 1.
    colour
        From 1 to `COLOURS`, or 0.
    """

    network: str
    title: str
    share: float
    colour: int


@dataclass(frozen=True)
class Segment:
    """A piece of a bar, in percent of its width."""

    x: float
    width: float
    colour: int


def parts_of(scored: Scored, now: PageDay) -> list[NetworkPart]:
    """List a person's parts, the largest first."""
    whole = sum(scored.parts.values())
    colours = colours_of(now)
    return [
        NetworkPart(name, now.title(name), part / whole, colours.get(name, 0))
        for name, part in sorted(scored.parts.items(), key=lambda each: (-each[1], each[0]))
    ]


def colours_of(now: PageDay) -> dict[str, int]:
    """Give the first networks of the catalogue a colour each."""
    return {name: number for number, name in enumerate([*now.titles][:COLOURS], 1)}


def segments(parts: Iterable[NetworkPart], begin: float = 0.0, end: float = 100.0) -> list[Segment]:
    """Lay parts side by side; those beyond `SHOWN` are one.

    >>> [NetworkPart("a", "A", 0.75, 1), NetworkPart("b", "B", 0.25, 2)]  # doctest: +ELLIPSIS
    [...]
    >>> [(each.x, each.width) for each in segments(_, 20, 60)]
    [(20, 30.0), (50.0, 10.0)]
    """
    found, at = [], begin
    every = list(parts)
    shares = [(each.share, each.colour) for each in every[:SHOWN]]
    if every[SHOWN:]:
        shares.append((sum(each.share for each in every[SHOWN:]), 0))
    for share, colour in shares:
        width = share * (end - begin)
        found.append(Segment(round(at, 2), round(width, 2), colour))
        at += width
    return found


def points_per_influence(
    model: Model, one: tuple[float, float], other: tuple[float, float]
) -> float:
    """Say how many points an influence is worth from one (influence, score) to another.

    At this rate differences of parts add up to the difference of scores.
    """
    between = one[0] - other[0]
    if abs(between) > NEAR:
        return (one[1] - other[1]) / between
    return float(model.points_per_influence(np.array([one[0]]))[0])
