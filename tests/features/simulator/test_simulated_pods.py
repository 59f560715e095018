"""Pods of people who were honest before, and circles of friends, in the simulated world."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import Lake
from features.simulator import LABELS, TRUTH, Policy, simulate
from features.simulator.events import Contents
from features.simulator.identities import DAY
from features.simulator.places import places, publishing
from features.simulator.pods import FRIEND, FRIENDS, MEMBERS, RECRUIT, Pod, likes, recruit
from features.simulator.population import people

CATALOGUE = Catalogue(load_networks())
ACCOUNT = ["network", "account"]
PERSONS, DAYS, PODS = 1_500, 30, 4


def world(out: Path, pods: int) -> pl.DataFrame:
    """Simulate it, and read its interactions."""
    simulate(out, PERSONS, DAYS, 2, CATALOGUE, date(2014, 10, 1), recruited_pods=pods)
    return Lake(out).scan("interactions").drop("id").collect()


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    root = tmp_path_factory.mktemp("worlds")
    return {pods: root / str(pods) for pods in (0, PODS)}


@pytest.fixture(scope="module")
def without(worlds: dict[int, Path]) -> pl.DataFrame:
    return world(worlds[0], 0)


@pytest.fixture(scope="module")
def interactions(worlds: dict[int, Path]) -> pl.DataFrame:
    return world(worlds[PODS], PODS)


@pytest.fixture(scope="module")
def labels(worlds: dict[int, Path], interactions: pl.DataFrame) -> pl.DataFrame:
    return pl.read_parquet(worlds[PODS] / LABELS)


def test_a_world_with_pods_is_the_world_without_and_what_members_give_one_another(
    without: pl.DataFrame, interactions: pl.DataFrame, labels: pl.DataFrame
) -> None:
    assert without.join(interactions, on=without.columns, how="anti", nulls_equal=True).is_empty()
    more = interactions.join(without, on=without.columns, how="anti", nulls_equal=True)
    members = labels.filter(pl.col("kind").is_in([RECRUIT, FRIEND])).select(*ACCOUNT, "group")
    giver, taker = (
        more.join(members, left_on=["network", end], right_on=ACCOUNT, how="left")["group"]
        for end in ("actor", "target")
    )
    assert len(more) > 500
    assert giver.null_count() == 0 and giver.equals(taker)
    assert (more["actor"] != more["target"]).all()


def test_accounts_alone_are_relabelled_and_friends_are_authentic(
    worlds: dict[int, Path], without: pl.DataFrame, labels: pl.DataFrame
) -> None:
    before = pl.read_parquet(worlds[0] / LABELS)
    both = labels.join(before, on=ACCOUNT, suffix="_before")
    assert len(both) == len(labels) == len(before)
    joined = both.filter(pl.col("kind") != pl.col("kind_before"))
    assert joined["authentic_before"].all()
    assert dict(joined.group_by("kind").agg(pl.col("authentic").mean()).iter_rows()) == {
        RECRUIT: 0.0,
        FRIEND: 1.0,
    }
    columns = before.columns
    rest = both.filter(pl.col("kind") == pl.col("kind_before")).select(columns)
    assert rest.join(before, on=columns, how="anti", nulls_equal=True).is_empty()
    one, other = (pl.read_parquet(worlds[pods] / TRUTH) for pods in worlds)
    assert one.equals(other)


def test_pods_are_large_circles_small_and_nobody_is_in_two(labels: pl.DataFrame) -> None:
    groups = labels.filter(pl.col("kind").is_in([RECRUIT, FRIEND])).group_by("kind", "group").len()
    assert groups["group"].is_unique().all()
    for kind, (fewest, most) in MEMBERS.items():
        assert groups.filter(kind=kind)["len"].is_between(fewest, most).all()
    counts = dict(groups.group_by("kind").len().iter_rows())
    assert 1 <= counts[RECRUIT] <= PODS
    assert PODS < counts[FRIEND] <= FRIENDS * PODS


def test_members_like_their_share_of_what_is_published_from_the_first_day_on() -> None:
    policy = Policy()
    folk = people(400, 1, policy, publishing(CATALOGUE))
    place = next(p for p in places(CATALOGUE, folk, 20, 1, policy) if p.network.name == "twitter")
    pod = Pod(RECRUIT, np.arange(20), number=0, since=5, share=0.5, minutes=10.0)
    author = np.repeat(np.arange(30), 10)
    # Who is in no pod publishes too.
    at = np.tile(np.arange(10), 30) * DAY + 1
    published = Contents(author, at, np.arange(300), np.zeros(300, np.int64))
    drawn = likes(place, [pod], published, 20, 1, policy)
    assert set(drawn.actor) | set(drawn.target) == set(range(20))
    assert drawn.at.min() > pod.since * DAY and (np.diff(drawn.at) >= 0).all()
    assert len(set(zip(drawn.actor, drawn.content, strict=True))) == len(drawn)
    possible = 20 * 19 * 5
    assert 0.45 < len(drawn) / possible < 0.55
    assert 5 < np.median(drawn.at - at[drawn.content]) / 60 < 20


@pytest.mark.parametrize("persons", [1, 30])
def test_where_there_are_too_few_people_there_is_no_pod(persons: int) -> None:
    policy = Policy()
    folk = people(persons, 3, policy, publishing(CATALOGUE))
    found = recruit(places(CATALOGUE, folk, 5, 3, policy), folk, 10, 5, 3, policy)
    assert found.keys() == {network.name for network in CATALOGUE.networks}
    assert all(len(pod.members) >= MEMBERS[pod.kind][0] for pods in found.values() for pod in pods)


def test_fewer_pods_than_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KloutError, match="recruited pods: -1 is less than 0"):
        simulate(tmp_path / "lake", 10, 2, 1, CATALOGUE, recruited_pods=-1)
