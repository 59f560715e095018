"""Pairs worth judging: hard and easy, near and far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Pairs = tuple[Counts, Counts]
Draw = Callable[[int], Pairs]

PER_PERSON = 2
"""Pairs per person with an outcome, unless told."""

MOST_PAIRS = 200_000
"""Pairs unless told: training on more takes longer and tells little more."""

REACH = 0.05
"""Neighbours in rank are at most this share of all ranks apart."""

ROUNDS = 40
"""Draws until there are enough pairs; a world too small for as many has given what it can."""


@dataclass(frozen=True)
class People:
    """Outcomes (``after``) of the candidates, and what they had received ``before``.

    Both of shape (candidates,), in an order that does not depend on the lake's.
    """

    before: Counts
    after: Counts


def default_pairs(people: People) -> int:
    """Two per person with an outcome, at most 200,000."""
    return min(MOST_PAIRS, PER_PERSON * int((people.after > 0).sum()))


def sample(people: People, pairs: int, seed: int) -> Pairs:
    """Draw pairs of candidates whose outcomes differ.

    In equal parts: somebody with an outcome against anybody; against a neighbour in outcome;
    against a neighbour in what was received before, which "big beats small" does not settle; and
    against somebody without an outcome. Parts that a world does not have fall to the others.

    Parameters
    ----------
    people
        The candidates.
    pairs
        How many are wanted; where there are not as many there will be fewer.
    seed
        Same people and seed, same pairs.

    Returns
    -------
    a, b
        Shape (pairs,) each: places among the candidates, no pair twice in either order. Who is a
        is by chance.
    """
    random = np.random.default_rng(seed)
    draws = _draws(people, random) if (people.after > 0).any() else []
    size, found = len(people.after), np.empty(0, np.int64)
    for _ in range(ROUNDS if draws else 0):
        missing = pairs - len(found)
        if missing <= 0:
            break
        drawn = [_keys(people, draw(2 * missing), size) for draw in draws]
        found = _with_new(found, drawn, missing)
    low, high = np.divmod(found, size)
    turned = random.random(len(found)) < 0.5
    return np.where(turned, high, low), np.where(turned, low, high)


def _keys(people: People, drawn: Pairs, size: int) -> Counts:
    """Stand for each pair with different outcomes by one number, the same for (b, a)."""
    a, b = drawn
    differs = people.after[a] != people.after[b]
    low, high = np.minimum(a, b)[differs], np.maximum(a, b)[differs]
    return np.asarray(low * size + high)


def _with_new(found: Counts, drawn: list[Counts], missing: int) -> Counts:
    """Append as many new pairs of each draw in turn, until none is missing."""
    for left, keys in zip(range(len(drawn), 0, -1), drawn, strict=True):
        _, first = np.unique(keys, return_index=True)
        fresh = keys[np.sort(first)]
        fresh = fresh[~np.isin(fresh, found)]
        share = -(-missing // left)
        found = np.concatenate([found, fresh[:share]])
        missing -= len(fresh[:share])
    return found


def _draws(people: People, random: np.random.Generator) -> list[Draw]:
    """Make the parts of the mixture, each a function from how many to as many pairs."""
    active, idle = np.flatnonzero(people.after > 0), np.flatnonzero(people.after == 0)
    everybody = np.arange(len(people.after))
    beyond = _Neighbours(people.after, active, random)
    beside = _Neighbours(people.before, everybody, random)

    def against(others: Counts) -> Draw:
        return lambda count: (random.choice(active, count), random.choice(others, count))

    def near(neighbours: _Neighbours, *, of_equals: bool) -> Draw:
        def draw(count: int) -> Pairs:
            a = random.choice(active, count)
            return a, neighbours.of(a, of_equals=of_equals)

        return draw

    parts = [near(beyond, of_equals=False), near(beside, of_equals=True)]
    parts += [against(idle)] if len(idle) else []
    return [*parts, against(everybody)]


class _Neighbours:
    """Candidates by rank of a figure; equals are in an order of chance."""

    def __init__(self, figure: Counts, among: Counts, random: np.random.Generator) -> None:
        self.figure, self.random = figure, random
        shuffled = random.permutation(among)
        self.ranked = shuffled[np.argsort(figure[shuffled], kind="stable")]
        self.place = np.zeros(len(figure), np.int64)
        self.place[self.ranked] = np.arange(len(self.ranked))
        self.reach = max(1, round(REACH * len(self.ranked)))

    def of(self, people: Counts, *, of_equals: bool) -> Counts:
        """Draw a neighbour for each, up or down; the person itself where there is none.

        Without ``of_equals`` the ranks are counted from the first who is not equal: of most
        figures half of all people have the same, smallest, value.
        """
        step = self.random.integers(1, self.reach + 1, len(people))
        up = self.random.random(len(people)) < 0.5
        above = below = self.place[people]
        if not of_equals:
            figures = self.figure[self.ranked]
            above = np.searchsorted(figures, self.figure[people], side="right") - 1
            below = np.searchsorted(figures, self.figure[people], side="left")
        wanted = np.where(up, above + step, below - step)
        inside = (wanted >= 0) & (wanted < len(self.ranked))
        return np.where(inside, self.ranked[np.clip(wanted, 0, len(self.ranked) - 1)], people)
