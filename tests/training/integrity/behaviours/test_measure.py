"""Behaviours equal their naive twin, and days add up to the same bits in any order."""

from __future__ import annotations

import os
import random
import tempfile
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from polars.testing import assert_frame_equal

from features.lake import TABLES
from features.signals.owners import Owners, claims
from tests.support.busy import ago, busy_world, deed, said, world_of
from tests.support.naive_behaviours import all_meetings, naive_behaviours
from tests.support.worlds import AS_OF, SMALL, World, lake_of, worlds
from training.integrity.behaviours.behaviour import BEHAVIOURS
from training.integrity.behaviours.day_tiles import BehaviourTiles, fold_behaviour
from training.integrity.behaviours.measure import behaviours

RAM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
TWINS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TWITTER = SMALL.networks[0]
TILES = ("acts", "deeds", "together")


def found(world: World, parts: int = 1) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        frame = behaviours(lake_of(world, Path(folder) / "lake", parts=parts), AS_OF, TWITTER)
    assert frame.columns == ["account", "given", *(each.name for each in BEHAVIOURS)]
    return {row.pop("account"): row for row in frame.to_dicts()}


def assert_twins(world: World) -> None:
    fast, slow = found(world), naive_behaviours(world, AS_OF, TWITTER)
    assert fast.keys() == slow.keys()
    for account, values in slow.items():
        assert fast[account] == pytest.approx(values, rel=1e-9, abs=1e-9), account


@pytest.mark.parametrize("seed", range(4))
def test_behaviours_are_what_the_naive_twin_says(seed: int) -> None:
    assert_twins(busy_world(seed))


@TWINS
@given(worlds())
def test_behaviours_are_what_the_naive_twin_says_in_worlds_of_borders(world: World) -> None:
    # More than five at once on one thing are compared by chance.
    mine = [row for row in world["interactions"] if row["network"] == "twitter"]
    assume(all(len(moments) < 5 for moments in all_meetings(mine).values()))
    assert_twins(world)


def test_every_behaviour_is_seen_to_move() -> None:
    """Else equality with the twin would say nothing."""
    values = [one for seed in range(4) for one in found(busy_world(seed)).values()]
    for each in BEHAVIOURS:
        assert len({row[each.name] for row in values}) > 1, each.name


def test_what_comes_later_or_too_early_changes_nothing() -> None:
    world = busy_world(1)
    within = {
        table: [row for row in rows if table == "identities" or ago(90) <= row["at"] < ago(0)]
        for table, rows in world.items()
    }
    older = [row for row in world["counters"] if row["at"] < ago(90)]
    assert found(world) == found(within | {"counters": within["counters"] + older})


def test_the_order_and_partition_of_the_rows_change_nothing() -> None:
    world = busy_world(2)
    shuffled = {table: random.Random(1).sample(rows, len(rows)) for table, rows in world.items()}
    assert found(world) == found(shuffled, parts=3)


@pytest.mark.parametrize("seed", range(3))
def test_days_folded_one_by_one_add_up_to_days_folded_together(seed: int) -> None:
    world = busy_world(seed)
    days = sorted({row["at"].date() for row in world["interactions"]})
    random.Random(seed).shuffle(days)
    owners = owners_of(world)
    one_by_one = BehaviourTiles.concat([fold(world, [day], owners) for day in days])
    whole = fold(world, days, owners)
    for name in TILES:
        parts, at_once = getattr(one_by_one, name), getattr(whole, name)
        assert_frame_equal(parts, at_once, check_row_order=False)


def owners_of(world: World) -> Owners:
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        return Owners.of(TWITTER, claims(lake_of(world, Path(folder) / "lake"), AS_OF))


def fold(world: World, days: list[date], owners: Owners) -> BehaviourTiles:
    deeds = [row for row in world["interactions"] if row["at"].date() in days]
    tables = {"interactions": deeds, "contents": world["contents"]}
    frames = [
        pl.LazyFrame(rows, schema=dict(TABLES[table].columns)) for table, rows in tables.items()
    ]
    return fold_behaviour(frames[0], frames[1], owners)


def test_reactions_to_oneself_count_for_nothing_even_from_a_second_account() -> None:
    claim = {"person": "p", "network": "twitter", "kind": "personal", "connected_at": ago(100)}
    same = [claim | {"account": account, "disconnected_at": None} for account in ("a", "b")]
    rows = [deed("a", "b", ago(3)), deed("a", "a", ago(3)), deed("c", "a", ago(2))]
    table = found(world_of(rows, identities=same))
    assert table.keys() == {"a", "c"}
    assert table["a"]["given"] == 0
    assert table["a"]["received"] == 1


def test_throw_away_accounts_stand_out_though_each_has_one_interaction() -> None:
    moment = ago(4.5)
    new = [deed(f"n{i}", "buyer", moment + timedelta(seconds=i)) for i in range(1000)]
    table = found(world_of(new))
    assert all(table[row["actor"]]["in_crowds"] == 1 for row in new)


def test_bots_that_like_one_account_for_weeks_stand_out() -> None:
    days = [day - 0.5 for day in range(1, 31)]
    likes = [deed(f"bot{i}", "buyer", ago(day + i / 100)) for i in range(20) for day in days]
    fans = [deed(f"fan{i}", who, ago(day)) for i in range(15) for day, who in enumerate("xyz", 40)]
    known = [deed(f"fan{i}", "buyer", ago(5.0)) for i in range(15)]
    table = found(world_of(likes + fans + known))
    assert all(table[f"bot{i}"]["in_crowds"] == 1 for i in range(20))
    assert all(table[f"fan{i}"]["in_crowds"] == 0 for i in range(15))


def test_an_honest_burst_does_not_stand_out() -> None:
    """A hundred people react at once, of whom a third was never seen elsewhere."""
    moment = ago(4.5)
    burst = [deed(f"u{i}", "star", moment + timedelta(seconds=i)) for i in range(100)]
    before = [deed(f"u{i}", f"u{i + j}", ago(20 + i / 10)) for i in range(67) for j in (1, 2)]
    table = found(world_of(burst + before))
    assert all(row["in_crowds"] == 0 for row in table.values())


def test_who_only_publishes_has_a_row_of_nothing_given() -> None:
    table = found(world_of([], [said("a", "1", ago(9.5)), said("a", "2", ago(1))]))
    assert table["a"] | {"given": 0, "silent_share": 1.0, "age": 10.0} == table["a"]
    assert table["a"]["same_target"] == table["a"]["haste"] == 0


def test_an_empty_lake_has_no_rows() -> None:
    assert found(world_of([deed("a", "b", ago(300))])) == {}
