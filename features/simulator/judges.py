"""Judges who compare two people, with human noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from features.lake import Piece
from features.simulator.chance import Floats, Ints, logistic, stream
from features.simulator.frames import named, piece, times
from features.simulator.identities import DAY
from features.simulator.policy import Policy


@dataclass(frozen=True)
class Verdicts:
    """One entry per judgement: the two judged (by index), the judge, and the preference for a."""

    a: Ints
    b: Ints
    judge: Ints
    preference: Floats

    def __len__(self) -> int:
        return len(self.a)


def verdicts(influence: Floats, wanted: int, seed: int, policy: Policy) -> Verdicts:
    """Have judges compare pairs of people.

    ``P(a over b) = logistic(sharpness * judge's sharpness * (influence a - influence b))``. The
    common sharpness is such that two judges of one pair agree in `Policy.agreement` of cases.

    Parameters
    ----------
    influence
        Shape (people,): of those who may be judged.
    wanted
        Judgements; the last `Policy.repeated` of them repeat earlier pairs with another judge.
    """
    rng = stream(seed, "judges")
    again = max(1, round(policy.repeated * wanted)) if wanted > 1 else 0
    if len(influence) < 2 or not wanted:
        none = np.empty(0, np.int64)
        return Verdicts(none, none, none, none.astype(np.float64))
    a, b = _pairs(rng, influence, wanted - again, policy)
    judges = max(2, len(influence) // policy.persons_per_judge)
    skill = np.exp(policy.judge_spread * rng.standard_normal(judges))
    judge = rng.integers(0, judges, len(a))
    second = (judge[:again] + rng.integers(1, judges, again)) % judges
    gap = influence[a] - influence[b]
    sharpness = _calibrated(gap[:again], skill[judge[:again]], skill[second], policy)
    chance = logistic(sharpness * skill[judge] * gap)
    repeat = logistic(sharpness * skill[second] * gap[:again])
    first = _even(rng, chance) < chance
    agreeing = np.where(first[:again], repeat, 1 - repeat)
    echo = first[:again] == (_even(rng, agreeing) < agreeing)
    return Verdicts(
        a=np.concatenate([a, a[:again]]),
        b=np.concatenate([b, b[:again]]),
        judge=np.concatenate([judge, second]),
        preference=_said(
            rng, np.concatenate([first, echo]), np.concatenate([chance, repeat]), policy
        ),
    )


def judgements(
    influence: Floats,
    ids: pl.Series,
    wanted: int,
    days: int,
    start: date,
    seed: int,
    policy: Policy,
) -> Iterator[Piece]:
    """Make rows of ``judgements``, in order of time."""
    made = verdicts(influence, wanted, seed, policy)
    if not len(made):
        return iter(())
    rng = stream(seed, "judged_at")
    first = max(0, days - policy.judging_days) * DAY
    at = rng.integers(first, days * DAY, len(made))
    order = np.argsort(at, kind="stable")
    return piece(
        "judgements",
        {
            "a": named(ids, made.a[order]),
            "b": named(ids, made.b[order]),
            "preference": pl.Series(made.preference[order]),
            "judged_at": times(at[order], start),
            "judge": pl.format("judge-{}", pl.lit(pl.Series(made.judge[order]))),
        },
    )


def _pairs(
    rng: np.random.Generator, influence: Floats, size: int, policy: Policy
) -> tuple[Ints, Ints]:
    """Pair anybody with anybody, and some with a neighbour in rank; who is `a` is by chance."""
    people = len(influence)
    a = rng.integers(0, people, size)
    other = (a + rng.integers(1, people, size)) % people
    by_rank = np.argsort(influence, kind="stable")
    rank = np.empty(people, np.int64)
    rank[by_rank] = np.arange(people)
    reach = max(1, round(policy.near_ranks * people))
    step = rng.integers(1, reach + 1, size) * rng.choice([-1, 1], size)
    neighbour = by_rank[(rank[a] + step) % people]
    near = (rng.random(size) < policy.near) & (neighbour != a)
    return a, np.where(near, neighbour, other)


def _calibrated(gap: Floats, one: Floats, two: Floats, policy: Policy) -> float:
    """Find the sharpness at which judges of skill one and two agree on these gaps as given."""
    low, high = 0.0, 100.0
    for _ in range(50):
        middle = (low + high) / 2
        p, q = logistic(middle * one * gap), logistic(middle * two * gap)
        if np.mean(p * q + (1 - p) * (1 - q)) < policy.agreement:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _even(rng: np.random.Generator, chance: Floats) -> Floats:
    """Draw uniform numbers that are spread evenly along `chance`.

    Each is uniform by itself. Over many the share below their chance hardly strays from its
    expectation, so that a small world's judges too agree as much as judges do.
    """
    golden = (np.sqrt(5) - 1) / 2
    drawn = np.empty(len(chance))
    drawn[np.argsort(chance, kind="stable")] = (
        rng.random() + golden * np.arange(len(chance))
    ) % 1.0
    return drawn


def _said(rng: np.random.Generator, over: Ints, chance: Floats, policy: Policy) -> Floats:
    """Put a verdict as 1 or 0, or as 3/4 or 1/4 on some near ties."""
    near_tie = (chance > 1 / 3) & (chance < 2 / 3)
    rather = near_tie & (rng.random(len(chance)) < policy.soft)
    return np.where(rather, 0.25 + 0.5 * over, 1.0 * over)
