"""Accounts that act together are found, and nobody else, without comparing everybody."""

from __future__ import annotations

import random
from collections import Counter

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from training.integrity.behaviours import lockstep as module
from training.integrity.behaviours.lockstep import (
    FEWEST_SHARED,
    NEXT,
    SLOT_MINUTES,
    lockstep,
    together,
)

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
SLOT = SLOT_MINUTES * MINUTE

Deed = tuple[int, int, int]
"""Actor, thing, microseconds."""


def ordered(deeds: list[Deed]) -> pl.DataFrame:
    schema = {"actor": pl.UInt64, "thing": pl.UInt64, "at": pl.Int64}
    return pl.DataFrame(deeds, schema=schema, orient="row").sort("actor", "at")


def groups(deeds: list[Deed]) -> dict[int, tuple[float, float, float]]:
    """Account to the size of its group, the most moments shared, and the share of its deeds."""
    frame = ordered(deeds)
    given = frame.group_by(account="actor").agg(given=pl.len().cast(pl.Int64))
    found = lockstep(together(frame), given)
    assert found.columns == ["account", "lockstep_group", "lockstep_shared", "lockstep_share"]
    return {row[0]: row[1:] for row in found.rows()}


def meetings(deeds: list[Deed]) -> Counter[tuple[int, int]]:
    """Compare every two deeds: moments by pair."""
    found = {
        (a[0], b[0], a[1], a[2] // DAY)
        for a in deeds
        for b in deeds
        if a[0] < b[0] and a[1] == b[1] and a[2] // SLOT == b[2] // SLOT
    }
    return Counter(row[:2] for row in found)


@pytest.mark.parametrize("seed", range(20))
def test_of_few_at_a_time_all_pairs_are_compared(seed: int) -> None:
    rng = random.Random(seed)
    deeds = [
        (rng.randrange(9), thing, rng.randrange(20) * DAY // 20 + rng.randrange(7) * MINUTE)
        for thing in range(30)
        for _ in range(NEXT + 1)
    ]
    found = together(ordered(deeds)).unique()
    assert Counter(zip(found["one"], found["other"], strict=True)) == meetings(deeds)


def campaign(members: range, moments: int, rng: random.Random, first: int = 0) -> list[Deed]:
    """All members react to the same things within minutes."""
    slots = [rng.randrange(80 * DAY // SLOT) * SLOT for _ in range(moments)]
    return [
        (member, first + number, slot + rng.randrange(SLOT))
        for number, slot in enumerate(slots)
        for member in members
    ]


def crowd(people: range, deeds: int, things: int, rng: random.Random) -> list[Deed]:
    """People react to the same things, each at a time of its own."""
    return [
        (rng.choice(people), rng.randrange(things), rng.randrange(80 * DAY)) for _ in range(deeds)
    ]


def test_those_who_act_together_are_one_group() -> None:
    rng = random.Random(1)
    found = groups(campaign(range(5), 10, rng) + campaign(range(5, 9), 7, rng, first=100))
    assert found == dict.fromkeys(range(5), (5, 10, 1)) | dict.fromkeys(range(5, 9), (4, 7, 1))


def test_a_farm_too_large_to_be_compared_in_full_is_still_one_group() -> None:
    found = groups(campaign(range(200), 60, random.Random(2)))
    assert {account: group for account, (group, _, _) in found.items()} == dict.fromkeys(
        range(200), 200
    )


def test_people_who_meet_by_chance_are_in_no_group() -> None:
    rng = random.Random(3)
    assert groups(crowd(range(300), 20_000, 50, rng)) == {}


def test_a_farm_is_found_in_a_crowd_and_the_crowd_is_not_taken_for_it() -> None:
    rng = random.Random(4)
    farm = campaign(range(1000, 1012), 30, rng)
    found = groups(farm + crowd(range(300), 20_000, 30, rng))
    assert found.keys() == {*range(1000, 1012)}


def test_too_few_moments_shared_are_chance() -> None:
    rng = random.Random(5)
    assert groups(campaign(range(3), FEWEST_SHARED - 1, rng)) == {}
    assert groups(campaign(range(3), FEWEST_SHARED, rng)).keys() == {0, 1, 2}


def test_who_does_much_else_is_not_held_together_with_those_it_meets() -> None:
    rng = random.Random(6)
    shared = campaign(range(2), 10, rng)
    alone = [(actor, 10_000 * (actor + 1) + n, n * DAY) for actor in range(2) for n in range(41)]
    assert groups(shared + alone) == {}
    assert groups(shared + alone[:41]).keys() == {0, 1}, "the other does little else"


def test_meeting_twice_over_one_thing_on_one_day_is_one_moment() -> None:
    twice = [(actor, 1, n * MINUTE) for actor in range(2) for n in range(4 * FEWEST_SHARED)]
    assert groups(twice) == {}


def test_another_thing_and_another_time_are_no_moment() -> None:
    late = [(0, 8, 0), (1, 8, SLOT)]
    elsewhere = [(0, 1, 10 * DAY), (1, 2, 10 * DAY)]
    assert together(ordered(late + elsewhere)).is_empty()


def test_pairs_counted_in_buckets_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(7)
    frame = ordered(campaign(range(40), 30, rng) + crowd(range(100), 2_000, 20, rng))
    given = frame.group_by(account="actor").agg(given=pl.len().cast(pl.Int64))
    whole = lockstep(together(frame), given)
    monkeypatch.setattr(module, "BUCKET_ROWS", 100)
    assert_frame_equal(lockstep(together(frame), given), whole, check_row_order=False)


def test_a_crowd_of_any_size_takes_work_in_proportion() -> None:
    """One thing, everybody within minutes: n² pairs, of which at most NEXT * n are looked at."""
    deeds = [(actor, 1, actor * 1000) for actor in range(20_000)]
    assert len(together(ordered(deeds))) <= NEXT * len(deeds)
