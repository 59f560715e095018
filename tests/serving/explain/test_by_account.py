"""Rows found by account are those of the lake's files, whatever became of the segments."""

import dataclasses
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from polars.testing import assert_frame_equal

from features.catalogue.catalogue import HORIZON
from features.lake import Lake, Source, write
from features.lake.by_account import complete
from features.lake.computed import BY_ACCOUNT, drop
from features.lake.retractions import Undone
from serving.daily.run import daily
from serving.explain import received as reading
from serving.explain.change import explain_change
from serving.explain.counterfactual import next_point
from serving.explain.records import Records, read
from serving.explain.why import why
from tests.support import days
from tests.support.doubts import doubted_worlds
from tests.support.explain_scenes import SINCE, busy_world, model
from tests.support.retractions import retracted
from tests.support.worlds import AS_OF, FILLED, NOW, SMALL, World, _piece, lake_of

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
NAMES = [network.name for network in SMALL.networks]
FIRST = SINCE - timedelta(HORIZON)


def made(root: Path) -> Lake:
    lake = Lake(root)
    assert complete(lake, NAMES, FIRST, AS_OF)
    return Lake(root)


def assert_same(found: list[Records], wanted: list[Records]) -> None:
    assert [each.network.name for each in found] == [each.network.name for each in wanted]
    for one, other in zip(found, wanted, strict=True):
        for field in dataclasses.fields(Records):
            ours, theirs = getattr(one, field.name), getattr(other, field.name)
            if field.name in ("interactions", "contents"):
                assert_frame_equal(ours, theirs, check_row_order=False)
            elif field.name == "standing":
                for mine, slow in zip(ours, theirs, strict=True):
                    assert (mine is None) == (slow is None)
                    if mine is not None:
                        assert_frame_equal(mine, slow, check_row_order=False)


def people_of(world: World) -> list[str]:
    accounts = {row["target"] for row in world["interactions"]}
    owners = {row["person"] for row in world["identities"]}
    return sorted({*owners, *(f"twitter:{name}" for name in accounts)})


@settings(max_examples=8, deadline=None, suppress_health_check=SLOW)
@given(retracted(doubted_worlds()))
def test_what_is_read_by_account_is_what_is_read_of_all(world):
    with tempfile.TemporaryDirectory() as folder:
        slow = lake_of(world, Path(folder))
        people = people_of(world)
        wanted = [read(slow, SINCE, AS_OF, who, SMALL.networks) for who in people]
        complete(Lake(folder), NAMES, FIRST, AS_OF)
        for who, each in zip(people, wanted, strict=True):
            assert_same(read(Lake(folder), SINCE, AS_OF, who, SMALL.networks), each)


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    return lake_of(busy_world(5, 900), tmp_path_factory.mktemp("busy") / "lake")


def test_no_file_of_the_lake_is_read_and_answers_are_the_same(busy, monkeypatch):
    who = "twitter:u9"
    slow = (
        why(busy, AS_OF, who, model()),
        explain_change(busy, SINCE, AS_OF, who, model()),
        next_point(busy, AS_OF, who, model()),
    )
    lake = made(busy.root)
    monkeypatch.setattr(reading, "received_by", None)
    assert slow == (
        why(lake, AS_OF, who, model()),
        explain_change(lake, SINCE, AS_OF, who, model()),
        next_point(lake, AS_OF, who, model()),
    )


def test_rows_that_came_late_are_read_of_the_files_until_segments_are_made_of_them(tmp_path):
    world = busy_world(6, 600)
    first = {table: rows[::2] for table, rows in world.items()}
    lake_of(first, tmp_path / "lake")
    made(tmp_path / "lake")
    slow = lake_of(world, tmp_path / "all")
    late = tmp_path / "lake"
    pieces = [_piece(table, world[table][1::2]) for table in FILLED if world.get(table)]
    write(late, pieces, Source("late", "test", "f" * 12), SMALL, NOW)
    for again in (False, True):
        if again:
            complete(Lake(late), NAMES, FIRST, AS_OF)
        for who in people_of(world)[:12]:
            assert_same(
                read(Lake(late), SINCE, AS_OF, who, SMALL.networks),
                read(slow, SINCE, AS_OF, who, SMALL.networks),
            )


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "gone"])
def test_a_segment_that_is_damaged_counts_for_nothing(tmp_path, damage):
    world = busy_world(7, 400)
    slow = lake_of(world, tmp_path / "slow")
    lake_of(world, tmp_path / "lake")
    made(tmp_path / "lake")
    for file in sorted((tmp_path / "lake" / BY_ACCOUNT).glob("*/*"))[::2]:
        content = file.read_bytes()
        file.unlink()
        if damage != "gone":
            spoilt = {"empty": b"", "cut": content[:-8], "text": b"x" * len(content)}
            file.write_bytes(spoilt[damage])
    for who in people_of(world)[:10]:
        assert_same(
            read(Lake(tmp_path / "lake"), SINCE, AS_OF, who, SMALL.networks),
            read(slow, SINCE, AS_OF, who, SMALL.networks),
        )


def test_what_rewrites_the_lake_removes_them_and_the_next_run_those_of_days_gone_by(tmp_path):
    lake = lake_of(busy_world(8, 300), tmp_path / "lake")
    folder = lake.root / BY_ACCOUNT
    made(lake.root)
    before = set(folder.glob("*/*"))
    complete(Lake(lake.root), NAMES, FIRST + timedelta(60), AS_OF)
    assert set(folder.glob("*/*")) < before
    assert complete(Lake(lake.root), NAMES, FIRST + timedelta(60), AS_OF) == 0
    drop(lake.root)
    assert not folder.exists() or not list(folder.glob("*/*"))


def test_an_account_between_two_others_is_not_taken_for_one_of_them(tmp_path):
    lake = lake_of(busy_world(9, 300), tmp_path / "lake")
    made(lake.root)
    network, nothing = SMALL.network("twitter"), Undone.nothing()
    for wanted in (["nobody"], ["nobody", "u1"], [f"none{n}" for n in range(50)]):
        fast = reading.received(Lake(lake.root), network, FIRST, AS_OF, wanted, nothing)
        drop(lake.root)
        slow = reading.received(Lake(lake.root), network, FIRST, AS_OF, wanted, nothing)
        assert_frame_equal(fast, slow, check_row_order=False)
        complete(Lake(lake.root), NAMES, FIRST, AS_OF)


def test_a_day_that_a_store_gets_is_kept_by_account_and_another_is_not(tmp_path, monkeypatch):
    told = {}
    for place in ("alone", "served"):
        root = tmp_path / place
        days.came(root, 0, days.likes(days.ago(3), 20))
        store = f"sqlite:///{tmp_path}/store.db" if place == "served" else None
        assert daily(root, AS_OF, days.model(), store=store) is not None
        assert bool(list(root.glob(f"{BY_ACCOUNT}/*/*"))) == (place == "served")
        if place == "served":
            monkeypatch.setattr(reading, "received_by", None)
        told[place] = why(Lake(root), AS_OF, "twitter:star0", days.model())
    assert told["served"] == told["alone"]
