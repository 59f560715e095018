"""A smaller lake says the same."""

import json
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import Lake
from features.lake.compacting import compact, latest
from features.lake.contracts import EVERY_TABLE
from features.signals.materialize import materialize
from serving.cli.app import app
from tests.support.doubts import doubted_worlds
from tests.support.killing import contents, kills, strays
from tests.support.worlds import AS_OF, SMALL, big_world, lake_of

WORLD = big_world(1, 200)


def signals(root, as_of=AS_OF):
    return materialize(Lake(root), as_of, SMALL).collect()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(doubted_worlds(), st.sampled_from((90, 120)))
def test_signals_stay_as_they_were_bit_for_bit(world, keep_days):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "lake"
        lake_of(world, root, parts=3)
        days = [AS_OF, AS_OF + timedelta(3)]
        before = [signals(root, day) for day in days]
        until, _ = latest(Lake(root))
        compact(root, min(AS_OF, until), keep_days)
        for day, wanted in zip(days, before, strict=True):
            assert_frame_equal(signals(root, day), wanted, check_exact=True)


@pytest.mark.slow
def test_signals_of_a_larger_world_stay_as_they_were(root):
    lake_of(big_world(2), root, parts=4)
    before = signals(root)
    done = compact(root, AS_OF, 90)
    assert sum(done.dropped.values()) > 0
    assert_frame_equal(signals(root), before, check_exact=True)


def test_only_raw_data_of_days_before_those_kept_are_dropped(root):
    lake_of(WORLD, root)
    before = contents(root)
    first = AS_OF - timedelta(90)
    for _ in range(2):  # what is put aside by the first may come back until the second
        compact(root, AS_OF, 90)
    after = contents(root)
    for table, rows in before.items():
        time = {"interactions": 5, "contents": 4}.get(table)
        wanted = [row for row in rows if time is None or row[time].date() >= first]
        if table == "keys":
            wanted = [row for row in rows if row[1] >= first]
        assert after[table] == wanted
    assert len(after["interactions"]) < len(before["interactions"])


def test_each_partition_is_one_file_and_the_second_time_nothing_is_left_to_do(root):
    lake_of(WORLD, root, parts=3)
    done = compact(root, AS_OF)
    folders = [Path(file.path).parent for file in Lake(root).every_file()]
    assert len(folders) == len(set(folders)) == done.files_after < done.files_before
    assert not strays(root)
    again = compact(root, AS_OF)
    assert (again.freed, again.dropped) == (0, {})
    assert len(Lake(root).entries) == 4


def test_large_files_are_left_alone(root, monkeypatch):
    lake_of(WORLD, root, parts=3)
    before = set(Lake(root).every_file())
    monkeypatch.setattr("features.lake.compacting.SMALL_ROWS", 1)
    compact(root, AS_OF, 10_000)
    assert set(Lake(root).every_file()) == before


def test_fewer_days_than_the_longest_window_are_refused(root):
    lake_of(WORLD, root)
    with pytest.raises(KloutError, match="keep-days is 89; the longest window is 90 days"):
        compact(root, AS_OF, 89)


def test_bytes_are_those_on_the_disk(root):
    lake_of(WORLD, root, parts=3)

    def on_disk():
        files = (path for table in EVERY_TABLE for path in (root / table).rglob("*.*"))
        return sum(path.stat().st_size for path in files)

    before = on_disk()
    done = compact(root, AS_OF)
    assert done.freed == before - on_disk()
    assert sum(done.bytes_after.values()) == on_disk()
    assert done.per_million["links"] == done.bytes_after["links"] / (done.interactions / 1e6)


def test_a_kill_between_any_two_operations_leaves_a_lake_that_says_the_same(
    root, tmp_path, monkeypatch
):
    recent = [row for row in WORLD["interactions"] if row["at"].date() > AS_OF - timedelta(3)]
    world = {"interactions": recent, "links": WORLD["links"], "contents": WORLD["contents"][:1]}
    first = tmp_path / "first"
    lake_of(world, first, parts=2)
    before = contents(first)
    wanted = signals(first)

    def fresh():
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(first, root)
        return lambda: compact(root, AS_OF)

    states = []
    for _ in kills(monkeypatch, fresh):
        states.append(contents(root))
        compact(root, AS_OF)
        assert not strays(root)
    assert_frame_equal(signals(root), wanted, check_exact=True)
    assert all(state in (before, contents(root)) for state in states)


def test_the_command_says_what_it_freed(root):
    lake_of(WORLD, root, parts=2)
    words = ["compact", "--lake", str(root), "--as-of", f"{AS_OF}"]
    figures = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert figures["freed_bytes"] > 0
    assert figures["bytes_per_million_interactions"].keys() == figures["bytes"].keys()
    said = CliRunner().invoke(app, words).stdout
    assert said.startswith("taking out no rows\nfreed 0 bytes: took out no rows; ")
    assert "\ncounters: " in said
