"""Confidence: how far a score would move if the same influence were looked at once more.

A score rests on the people who reacted: on n of them, the mean over 7, 30 and 90 days of how many
did (of a page, how many link), since evidence adds these up, and the shorter ones move more.
Another look of the same size would have found others, and more or fewer of them. Two counts of one
rate differ by chance (Poisson's): their square roots by a variance of 1/2, few as they may be or
many. And who was seen once is seen not at all the next time more often than twice, since most
people are rarely reacted to: one of n comes by chance. So nine looks of ten (`SAYS`) find, of n
people::

    root(n) = sqrt(max(n - 1, 0))
    from (root(n) - REACH)² - 1/2 people (or none) to (root(n) + REACH)²

Nothing in it was fitted to a log; real logs, their actors parted in two halves, say that it holds
(docs/evaluations.md). A network's part of influence goes with the curve of evidence
(`training.influence.evidence`), so that of p now there would be::

    p * (ln(1 + people) / ln(1 + n)) ** 2

with n rounded down to eight binary digits, and at least 1: a part that comes of counters alone has
the doubt of one person. Networks err independently: distances from p add up as squares (Zou and
Donner, 2008), those below and those above apart. Above, there might also be one person on a network
where nobody was seen.

**Confidence** is one number for ordering people, 1 - 1 / sqrt(1 + n) of the people on all networks
together: the error of a count of n is its square root. Nobody: 0; 2 people: .42; 2,000: .98.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.catalogue.catalogue import ANY, WINDOWS
from features.catalogue.network import Network

Vector = NDArray[np.float64]

FIGURES = ("influence", "score", "percentile", "confidence", "low", "high")
"""What is said of a person, in the order of columns."""

SAYS = 0.9
"""Share of looks whose score lies between low and high."""
REACH = 1.6449 / 2**0.5
"""How far the square root of people moves in that share of looks: a variance of 1/2, either way."""
CHANCE = 1.0
"""Of people, how many come by chance."""
HALF = 0.5
"""People are counted in whole numbers: none is the next below one."""
POWER = 2.0
"""As of the curve of evidence, which is not imported: it brings all that training needs."""


class Interval(NamedTuple):
    """Between which influences another look finds people, shape (persons,) each."""

    low: Vector
    high: Vector


def people_signals(network: Network) -> list[str]:
    """Name the signals whose mean is how many people a network's part rests on; none: it has none.

    >>> from features.catalogue.declaration import network_from_dict
    >>> hub = network_from_dict("hub", {"title": "Hub", "reactions": {"star": "stars"}}, "hub.toml")
    >>> people_signals(hub)
    ['hub.any.reactors.7d', 'hub.any.reactors.30d', 'hub.any.reactors.90d']
    """
    if network.page_graph:
        return [f"{network.name}.inlinks"]
    reactors = f"{network.name}.{ANY}.reactors"
    return [f"{reactors}.{window}d" for window in WINDOWS] if network.reactions else []


def confidence(people: Vector) -> Vector:
    """Say how sure scores are, of how many people they rest on, shape (n,): 0 to 1.

    >>> confidence(np.array([0.0, 3, 99])).tolist()
    [0.0, 0.5, 0.9]
    """
    return np.asarray(1 - 1 / np.sqrt(1 + people))


def on_all(people: Vector) -> Vector:
    """Add people up over networks, (persons, networks) to (persons,), always in this order."""
    return np.asarray(sum(people.T, np.zeros(len(people))))


def interval(base: float, parts: Vector, people: Vector, new: float) -> Interval:
    """Find the influences between which another look finds people, in `SAYS` of the looks.

    Parameters
    ----------
    base
        Influence of somebody who is nowhere.
    parts, people
        Parts of influence, and how many people they rest on: shape (persons, networks).
    new
        Part of influence of a network on which one person reacts.

    Returns
    -------
    Interval
        Around the sum of base and parts, and no lower than the base.
    """
    influence = base + parts.sum(axis=1)
    below, above = np.zeros(len(parts)), np.full(len(parts), new**2)
    # One network after the other, so that the bits do not depend on how memory is laid out.
    for part, of in zip(parts.T, people.T, strict=True):
        bucket = (np.ascontiguousarray(of).view(np.int64) >> _SHIFT) - _FIRST
        below += np.square(part * _BELOW.take(bucket, mode="clip"))
        above += np.square(part * _ABOVE.take(bucket, mode="clip"))
    low = np.maximum(influence - np.sqrt(below), np.minimum(influence, base))
    return Interval(low, influence + np.sqrt(above))


def _distances(people: Vector) -> tuple[Vector, Vector]:
    """How far, in parts, another look may find a part below what it is now, and above."""
    root, now = np.sqrt(people - CHANCE), np.log1p(people)
    few = np.maximum(np.maximum(root - REACH, 0) ** 2 - HALF, 0)
    many = (root + REACH) ** 2
    return 1 - (np.log1p(few) / now) ** POWER, (np.log1p(many) / now) ** POWER - 1


def distances() -> tuple[Vector, Vector, Vector]:
    """Give the tables that `interval` looks up, for others who are to say the same.

    Returns
    -------
    tuple of ndarray
        Of people, where a step starts, shape (steps,), ascending; and how far, in parts, another
        look may find a part below what it is now, and above: before the first start and from each
        of them on, shape (steps + 1,).
    """
    return _STARTS[1:], _BELOW, _ABOVE


_SHIFT = 44
"""Bits left out of people: what remains tells 256 numbers apart per power of two."""
_FIRST = int(np.float64(CHANCE).view(np.int64)) >> _SHIFT
_STARTS = (np.arange(_FIRST, _FIRST + 256 * 45, dtype=np.int64) << _SHIFT).view(np.float64)
_BELOW, _ABOVE = _distances(_STARTS)
"""Looked up, since logarithms would cost as much as a fifth of all trees: up to 2⁴⁵ people."""
