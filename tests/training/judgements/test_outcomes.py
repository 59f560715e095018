"""Judgements from what came after."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import TABLES, Lake
from features.lake.times import midnight
from features.signals.materialize import materialize
from features.sources.ingest import ingest
from features.sources.reader import Options
from tests.features.conftest import SHARED
from tests.features.signals.test_materialize import RAM
from tests.support.naive import Owners, is_self_reaction
from tests.support.worlds import AS_OF as END
from tests.support.worlds import FILLED, SMALL, World, big_world, lake_of, worlds
from training.judgements.candidates import candidates
from training.judgements.outcomes import judge_outcomes, preference

AS_OF = END - timedelta(20)
HORIZON_DAYS = 14
UNTIL = AS_OF + timedelta(HORIZON_DAYS)
WORLDS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEW = settings(WORLDS, max_examples=8)
MORE = big_world(1, 40)["interactions"]


def reactors(world: World, since: date, until: date) -> dict[str, int]:
    """Slow and obvious: distinct persons who reacted to each person."""
    owners = Owners(world["identities"], AS_OF, SMALL)
    found = defaultdict(set)
    for row in world["interactions"]:
        network, actor = row["network"], row["actor"]
        person = owners.receiver(network, row["target"])
        if not since <= row["at"].date() < until or is_self_reaction(row, owners) or not person:
            continue
        found[person].add(owners.of(network, actor) or ("nobody's", network, actor))
    return {person: len(actors) for person, actors in found.items()}


def only(interactions: Iterable[dict[str, object]]) -> World:
    """A world of interactions and nothing else."""
    return {table: [] for table in FILLED} | {"interactions": list(interactions)}


def counted(world: World) -> pl.DataFrame:
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        return candidates(lake_of(world, Path(folder)), AS_OF, HORIZON_DAYS, SMALL)


def judged(world: World, **options) -> pl.DataFrame:
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        lake = lake_of(world, Path(folder), parts=options.pop("parts", 1))
        return judge_outcomes(lake, AS_OF, HORIZON_DAYS, SMALL, **options)


def assert_equals_the_twin(world: World) -> None:
    before = reactors(world, AS_OF - timedelta(HORIZON), AS_OF)
    after = reactors(world, AS_OF, UNTIL)
    table = counted(world)
    assert table["person"].is_sorted()
    for person, drawn_before, drawn_after in table.rows():
        assert drawn_before == before.get(person, 0), person
        assert drawn_after == after.get(person, 0), person
    assert set(before) <= set(table["person"])


@WORLDS
@given(worlds())
def test_outcomes_equal_the_naive_twin(world):
    assert_equals_the_twin(world)


def test_outcomes_equal_the_naive_twin_on_a_busy_world():
    assert_equals_the_twin(big_world(3, 1_000))


@FEW
@given(worlds())
def test_the_candidates_are_those_who_have_signals(world):
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        lake = lake_of(world, Path(folder))
        known = candidates(lake, AS_OF, HORIZON_DAYS, SMALL)["person"]
        signals = materialize(lake, AS_OF, SMALL).select("person").collect()["person"]
    assert known.to_list() == signals.to_list()


def interaction(actor: str, target: str, day: date, network: str = "twitter") -> dict[str, object]:
    reaction = {"twitter": "like", "googleplus": "plus_one"}[network]
    at = datetime.combine(day, time(12), UTC)
    return {"network": network, "reaction": reaction, "actor": actor, "target": target,
            "content": None, "at": at, "id": None}  # fmt: skip


def claim(person: str, account: str, network: str, kind: str = "personal", ended: bool = False):
    connected = midnight(AS_OF - timedelta(9))
    return {"person": person, "network": network, "account": account, "kind": kind,
            "connected_at": connected, "disconnected_at": connected if ended else None}  # fmt: skip


def test_who_came_later_is_no_candidate_and_who_was_silent_counts_0():
    yesterday, last = AS_OF - timedelta(1), UNTIL - timedelta(1)
    world = only(
        interaction(actor, target, day)
        for actor, target, day in [
            ("x", "old", yesterday), ("x", "silent", yesterday),
            ("x", "old", AS_OF), ("x", "old", last), ("y", "old", AS_OF),
            ("z", "old", UNTIL), ("old", "old", AS_OF), ("y", "new", AS_OF),
        ]
    )  # fmt: skip
    assert counted(world).rows() == [("twitter:old", 1, 2), ("twitter:silent", 1, 0)]
    (row,) = judged(world).to_dicts()
    assert {row["a"], row["b"]} == {"twitter:old", "twitter:silent"}
    over = row["preference"] if row["a"] == "twitter:old" else 1 - row["preference"]
    assert over == pytest.approx(0.9244, abs=1e-4)
    assert (row["judged_at"], row["judge"]) == (midnight(UNTIL), "outcome")


def test_a_page_gives_as_its_person_and_receives_nothing_where_only_persons_count():
    made = [("page", "own"), ("page", "fan"), ("fan", "page")]
    world = only(interaction(*pair, AS_OF, "googleplus") for pair in made) | {
        "identities": [
            claim("p", "page", "googleplus", "page"), claim("p", "own", "googleplus"),
            claim("q", "fan", "googleplus"),
        ]
    }  # fmt: skip
    assert counted(world).rows() == [("p", 0, 0), ("q", 0, 1)]


def test_a_disconnected_account_is_not_taken_for_the_person_of_that_name():
    world = only([interaction("a", "b", AS_OF)]) | {
        "identities": [
            claim("twitter:a", "a", "twitter", ended=True), claim("twitter:a", "b", "twitter")
        ]
    }  # fmt: skip
    assert counted(world).rows() == [("twitter:a", 0, 1)]


@FEW
@given(worlds(), st.randoms(use_true_random=False))
def test_the_same_judgements_whatever_the_order_of_rows_and_files(world, random):
    world = world | {"interactions": [*world["interactions"], *MORE]}
    shuffled = {table: random.sample(rows, len(rows)) for table, rows in world.items()}
    assert judged(world).equals(judged(shuffled, parts=3))


@FEW
@given(worlds())
def test_nothing_from_after_the_horizon_and_no_later_identity_changes_anything(world):
    world = world | {"interactions": [*world["interactions"], *MORE]}
    known = {
        "interactions": [r for r in world["interactions"] if r["at"] < midnight(UNTIL)],
        "counters": [row for row in world["counters"] if row["at"] < midnight(AS_OF)],
        "contents": [],
        "scores": [],
        "identities": [r for r in world["identities"] if r["connected_at"] < midnight(AS_OF)],
    }
    assert judged(world).equals(judged(world | known))


def test_no_pair_is_judged_twice_and_the_preference_is_by_the_counts():
    world = big_world(5, 1_000)
    after = dict(counted(world).select("person", "after").rows())
    table = judged(world, pairs=300, seed=3)
    assert len(table) == 300
    assert table.schema == TABLES["judgements"].columns
    assert len({frozenset(pair) for pair in table.select("a", "b").rows()}) == 300
    for a, b, said in table.select("a", "b", "preference").rows():
        assert a != b
        assert (said > 0.5) == (after[a] > after[b])
        assert said != 0.5
    assert not table.equals(judged(world, pairs=300, seed=4))


def test_preference_of_small_counts_by_the_integral():
    """P(x > y) of Gamma(n + 1/2) variables, by the density of y/(x + y) on a fine grid."""
    for a, b in [(1, 0), (2, 1), (5, 9), (3, 3)]:
        share = (np.arange(2_000_000) + 0.5) / 2_000_000
        density = share ** (b - 0.5) * (1 - share) ** (a - 0.5)
        expected = density[:1_000_000].sum() / density.sum()
        assert preference(np.array([a]), np.array([b]))[0] == pytest.approx(expected, abs=1e-3)


def test_preference_by_hand():
    # 1 against 0: B(1/2, 3/2) = pi/2 and the integral over [0, 1/2] is pi/4 + 1/2.
    assert preference(np.array([1]), np.array([0]))[0] == pytest.approx(0.5 + 1 / np.pi)
    assert preference(np.array([7]), np.array([7]))[0] == pytest.approx(0.5)
    assert preference(np.array([100]), np.array([50]))[0] > 0.9999
    both = preference(np.array([4, 9]), np.array([9, 4]))
    assert both.sum() == pytest.approx(1)


def test_where_nothing_came_after_the_last_day_is_named(tmp_path):
    lake = lake_of(big_world(2, 200), tmp_path)
    with pytest.raises(KloutError, match="the last day with interactions is 2014-03-03"):
        judge_outcomes(lake, date(2014, 4, 1), 7, SMALL)


def test_where_all_drew_as_many_there_is_nothing_to_judge(tmp_path):
    days = (AS_OF - timedelta(1), AS_OF + timedelta(1))
    rows = [interaction(*pair, day) for pair in ("ab", "ba") for day in days]
    lake = lake_of(only(rows), tmp_path)
    with pytest.raises(KloutError, match="all 2 persons"):
        judge_outcomes(lake, AS_OF, 7, SMALL)


@pytest.fixture(scope="module")
def higgs(tmp_path_factory):
    file = SHARED / "higgs-twitter" / "higgs-activity_time.txt.gz"
    if not file.is_file():
        pytest.skip(f"needs the real data in {SHARED}")
    root = tmp_path_factory.mktemp("higgs")
    ingest(root, "higgs", file, Catalogue(load_networks()), Options())
    return Lake(root)


def test_of_a_real_log_who_drew_more_before_draws_more_after_but_not_always(higgs):
    catalogue, day = Catalogue(load_networks()), date(2012, 7, 4)
    table = judge_outcomes(higgs, day, 3, catalogue)
    known = candidates(higgs, day, 3, catalogue)
    assert len(table) == 2 * (known["after"] > 0).sum()
    before = dict(known.select("person", "before").rows())
    right = [
        (before[a] > before[b]) == (said > 0.5)
        for a, b, said in table.select("a", "b", "preference").rows()
        if before[a] != before[b]
    ]
    assert 0.6 < np.mean(right) < 0.9
    assert table["preference"].is_between(0.2, 0.8).mean() > 0.15
    assert ((table["preference"] - 0.5).abs() > 0.49).mean() > 0.15
