"""A day's run equals a computation from the lake alone, bit for bit, whatever came before."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.catalogue.catalogue import Catalogue
from features.incremental.cache import held
from features.signals.materialize import materialize
from tests.support.histories import History, Tables, arrive, histories, moved_on
from tests.support.naive import midnight
from tests.support.tallies import TALLYING
from tests.support.undoing import undoing
from tests.support.worlds import AS_OF, SMALL, World

RAM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def assert_exact(history: History, shards: int = 1, catalogue: Catalogue = SMALL) -> None:
    """Every run of a history gives what `materialize` gives."""
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        kept: Tables = {}
        for number, (as_of, rows) in enumerate(zip(history.runs, history.arrivals, strict=True)):
            lake = arrive(Path(folder) / "lake", rows, number, catalogue)
            found = moved_on(lake, as_of, kept, catalogue, shards)
            wanted = materialize(lake, as_of, catalogue).collect()
            assert_frame_equal(found, wanted, check_exact=True)


@settings(max_examples=6, deadline=None, suppress_health_check=SLOW)
@given(histories())
def test_every_run_equals_a_computation_from_the_lake_alone(history: History) -> None:
    assert_exact(history)


@settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
@given(histories(tallies=True), st.sampled_from((1, 3)))
def test_so_does_every_run_of_a_lake_with_tallies(history: History, shards: int) -> None:
    assert_exact(history, shards, TALLYING)


@settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
@given(histories(), st.integers(2, 5), st.integers(1, 20))
def test_so_does_every_run_of_people_and_days_divided(
    history: History, shards: int, rows: int
) -> None:
    assert_exact_divided(history, shards, rows)


def assert_exact_divided(history: History, shards: int, rows: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("features.incremental.folding.FOLD_ROWS", rows)
        patched.setattr("features.incremental.backfill.PAST_ROWS", rows)
        assert_exact(history, shards)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(histories(most=60))
def test_every_run_of_many_histories_equals_a_computation_from_the_lake_alone(
    history: History,
) -> None:
    assert_exact(history)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(histories(most=60, tallies=True), st.sampled_from((1, 3)))
def test_so_does_every_run_of_many_histories_with_tallies(history: History, shards: int) -> None:
    assert_exact(history, shards, TALLYING)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(histories(most=60), st.integers(2, 5), st.integers(1, 20))
def test_so_does_every_run_of_many_histories_divided(
    history: History, shards: int, rows: int
) -> None:
    assert_exact_divided(history, shards, rows)


def test_who_stands_for_several_accounts_need_not_take_part() -> None:
    """p owns a and b; c likes b, and what b receives is kept under a, which never did anything."""
    at = midnight(AS_OF - timedelta(3))
    claim = {"person": "p", "network": "twitter", "kind": "personal", "connected_at": at}
    claims = [claim | {"account": name, "disconnected_at": None} for name in "ab"]
    like = {"network": "twitter", "reaction": "like", "actor": "c", "target": "b"}
    liked = [like | {"content": None, "at": at, "id": None}]
    before: World = {"identities": claims, "interactions": []}
    after: World = {"identities": [], "interactions": liked}
    assert_exact(History([AS_OF - timedelta(2), AS_OF], [before, after]))


def test_a_day_on_which_nothing_counted_may_come_to_count_and_cease_to() -> None:
    """c likes b, which belongs to nobody; p, who owns a, connects it, and disconnects it again."""
    at = [midnight(AS_OF - timedelta(days)) for days in (9, 6, 4, 2)]
    like = {"network": "twitter", "reaction": "like", "actor": "c", "target": "b"}
    liked = [like | {"content": "1", "at": at[1], "id": None}]
    claim = {"person": "p", "network": "twitter", "kind": "personal", "connected_at": at[0]}
    first = claim | {"account": "a", "disconnected_at": None}
    gone = claim | {"account": "b", "disconnected_at": at[0]}
    back = gone | {"connected_at": at[2], "disconnected_at": None}
    before: World = {"identities": [first, gone], "interactions": liked}
    arrivals: list[World] = [before, {"identities": [back]}]
    arrivals.append({"identities": [back | {"disconnected_at": at[3]}]})
    runs = [AS_OF - timedelta(days) for days in (5, 3, 1)]
    for shards in (1, 3):
        assert_exact(History(runs, arrivals), shards)


def test_a_cache_with_keys_of_another_scheme_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    like = {"network": "twitter", "reaction": "like", "content": "1", "id": None}
    likes = [
        like | {"actor": actor, "target": target, "at": midnight(AS_OF - timedelta(days))}
        for actor, target, days in (("a", "b", 9), ("c", "b", 8), ("a", "b", 2), ("b", "a", 2))
    ]
    lake, kept = arrive(tmp_path / "lake", {"interactions": likes}, 0), Tables()
    with monkeypatch.context() as then:
        then.setattr("features.storage.hashing.KEY_SEED", 7)
        then.setattr("features.storage.hashing.KEY_SCHEME", "xxh3-64/7")
        moved_on(lake, AS_OF - timedelta(5), kept)
    found = moved_on(lake, AS_OF, kept)
    assert_frame_equal(found, materialize(lake, AS_OF, SMALL).collect(), check_exact=True)


@pytest.mark.parametrize("shards", [1, 3])
def test_days_on_which_much_is_taken_back_equal_a_computation_from_the_lake_alone(
    shards: int,
) -> None:
    assert_exact(undoing(7), shards)


def test_what_is_taken_back_and_restored_before_it_came_is_known_of_each_run() -> None:
    """Undone late, restored late, there before what it undoes, and accounts that leave."""
    at = [midnight(AS_OF - timedelta(days)) for days in (9, 6, 4, 2)]
    like = {"network": "twitter", "reaction": "like", "target": "star", "content": "1"}
    likes = [like | {"actor": f"a{n}", "at": at[0], "id": f"{n}"} for n in range(4)]
    post = {"network": "twitter", "author": "star", "content": "1", "kind": "tweet", "at": at[0]}
    undo = {"network": "twitter", "actor": None, "restored": None}
    before: World = {
        "interactions": likes[:3],
        "contents": [post],
        "retractions": [undo | {"id": "0", "at": at[1]}, undo | {"id": "3", "at": at[0]}],
    }
    middle: World = {
        "interactions": likes[3:],
        "retractions": [
            undo | {"id": "1", "at": at[1]},
            undo | {"id": None, "actor": "a2", "at": at[2]},
        ],
    }
    after: World = {
        "retractions": [
            undo | {"id": "0", "at": at[3], "restored": True},
            undo | {"id": "1", "at": at[0], "restored": True},
            undo | {"id": None, "actor": "star", "at": at[3]},
        ]
    }
    runs = [AS_OF - timedelta(days) for days in (5, 3, 1)]
    for shards in (1, 3):
        assert_exact(History(runs, [before, middle, after]), shards)


def test_tallies_that_come_late_or_fall_out_of_the_windows_are_known_of_each_run() -> None:
    """Readings of a day that was counted, before all others, and of somebody nobody knew."""
    tally = {"network": "twitter", "account": "star", "content": "1", "reaction": "like"}

    def read(days: int, value: float, **other: str | None) -> dict[str, object]:
        return tally | {"at": midnight(AS_OF - timedelta(days)), "value": value} | other

    like = {"network": "twitter", "reaction": "like", "target": "star", "content": "1", "id": None}
    likes = [like | {"actor": f"a{n}", "at": midnight(AS_OF - timedelta(20))} for n in range(4)]
    claim = {"person": "p", "network": "twitter", "kind": "personal", "disconnected_at": None}
    own = claim | {"account": "star", "connected_at": midnight(AS_OF - timedelta(9))}
    arrivals: list[World] = [
        {"tallies": [read(30, 2), read(12, 9)], "interactions": likes[:2]},
        {"tallies": [read(12, 8), read(100, 1), read(8, 5, account="b", content=None)]},
        {"interactions": likes[2:], "identities": [own, own | {"account": "b"}]},
        {"tallies": [read(1, 3_000)]},
    ]
    runs = [AS_OF - timedelta(days) for days in (10, 7, 3, 0)]
    for shards in (1, 3):
        assert_exact(History([*runs, AS_OF + timedelta(80)], [*arrivals, {}]), shards, TALLYING)


def test_no_file_stays_in_the_cache_that_no_run_uses_any_more(tmp_path: Path) -> None:
    """The ids of a day that came late are kept anew, and those of before are removed."""
    undo = {"network": "twitter", "id": "0", "actor": None, "restored": None}
    like = {"network": "twitter", "reaction": "like", "target": "b", "content": None}
    at = midnight(AS_OF - timedelta(9))
    likes = [like | {"actor": f"{n}", "at": at, "id": f"{n}"} for n in range(3)]
    kept: Tables = {}
    rows: list[World] = [{"interactions": likes[:2], "retractions": [undo | {"at": at}]}]
    rows += [{"interactions": likes[2:]}, {}]
    for number, (of_run, days) in enumerate(zip(rows, (5, 3, 1), strict=True)):
        lake = arrive(tmp_path, of_run, number)
        moved_on(lake, AS_OF - timedelta(days), kept)
    with held(tmp_path) as cache:
        assert cache.manifest is not None
        used = {cache.root / name for name in cache.manifest.sizes}
        there = {path for path in cache.root.rglob("*-*.*") if path.is_file()}
        assert any(path.name.startswith("ids-") for path in used)
        assert there == used


def test_a_few_rows_that_are_undone_are_kept_beside_the_days_until_these_are_old(
    tmp_path: Path,
) -> None:
    undo = {"network": "twitter", "actor": None, "restored": None}
    like = {"network": "twitter", "reaction": "like", "target": "star", "content": "1"}
    first, days = AS_OF - timedelta(25), range(1, 9)
    kept: Tables = {}
    likes = [
        like | {"actor": f"a{day}", "at": midnight(first - timedelta(day)), "id": f"{day}"}
        for day in days
    ]
    rows: list[World] = [
        {"interactions": likes, "retractions": [undo | {"id": "0", "at": midnight(first)}]}
    ]
    rows += [{"retractions": [undo | {"id": f"{day}", "at": midnight(first)} for day in days[:4]]}]
    written = []
    for number, of_run in enumerate([*rows, {}]):
        as_of = first + timedelta((0, 1, 24)[number])
        found = moved_on(lake := arrive(tmp_path, of_run, number), as_of, kept)
        assert_frame_equal(found, materialize(lake, as_of, SMALL).collect(), check_exact=True)
        with held(tmp_path) as cache:
            assert cache.manifest is not None
            written.append(set(cache.manifest.sizes))
    tiles = [{name for name in names if "/pairs-" in name} for names in written]
    patches = [sum("/patch-pairs-" in name for name in names) for names in written]
    assert patches == [0, 1, 0]
    assert (len(tiles[0]), tiles[0] == tiles[1]) == (8, True)
    assert len(tiles[2] - tiles[1]) == 4


def test_the_last_of_several_reactions_is_taken_back_again_and_again_while_days_go_by() -> None:
    """What is kept of pairs is put together every ten days; each like here has an earlier one."""
    undo = {"network": "twitter", "actor": None, "restored": None}
    like = {"network": "twitter", "reaction": "like", "target": "star", "content": "1"}
    runs = [AS_OF - timedelta(days) for days in range(22, -1, -2)]
    arrivals: list[World] = []
    for number, run in enumerate(runs):
        at = midnight(run - timedelta(1))
        likes = [like | {"actor": f"a{n}", "at": at, "id": f"{n}-{number}"} for n in range(4)]
        back = (number + 1, number, number - 3, number - 7)
        gone = [undo | {"at": at, "id": f"{n}-{of}"} for n, of in enumerate(back)]
        again = [undo | {"at": at, "id": f"3-{number - 9}", "restored": True}]
        arrivals.append({"interactions": likes, "retractions": gone + again})
    assert_exact(History(runs, arrivals))


def test_a_content_that_was_withdrawn_does_not_leave_a_window_a_second_time() -> None:
    """It is among those of 90 days no longer when it leaves them."""
    first, undo = AS_OF - timedelta(95), {"network": "twitter", "actor": None, "restored": None}
    post = {"network": "twitter", "author": "star", "kind": "tweet"}
    like = {"network": "twitter", "reaction": "like", "actor": "a", "target": "star"}
    liked = [like | {"content": None, "id": None, "at": midnight(AS_OF - timedelta(40))}]
    days = (first, first, AS_OF - timedelta(20))
    posts = [post | {"content": f"{n}", "at": midnight(day)} for n, day in enumerate(days)]
    gone = undo | {"id": "0", "at": midnight(first + timedelta(1))}
    arrivals: list[World] = [
        {"contents": posts[:2], "retractions": [gone]},
        {"interactions": liked},
        {"contents": posts[2:]},
    ]
    assert_exact(History([first + timedelta(3), first + timedelta(60), AS_OF], arrivals))
