"""The benchmark of attacks on a small simulated world: who is attacked, by whom, what is said."""

from __future__ import annotations

import re
from datetime import date
from itertools import product

import numpy as np
import polars as pl
import pytest

from benchmarks.bystanders import concerned, in_pods, largest_fall
from benchmarks.cases import ATTACKS, BOUGHT, HONEST, ONCE, POD, POD_MEMBERS, Case, cases
from benchmarks.integrity import Judged, Outcome, attacked, check_no_victim_falls, document
from benchmarks.victims import FEWEST_CONTENTS, LIKES, People
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import Lake
from features.simulator import simulate
from features.simulator.truth import TRUTH

AS_OF = date(2014, 10, 1)
LEVELS = (20, 60)
NOBODY = pl.DataFrame(
    schema={"network": pl.String, "account": pl.String, "authenticity": pl.Float64}
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The networks that are attacked."""
    return Catalogue(tuple(each for each in load_networks() if each.name in LIKES))


@pytest.fixture(scope="module")
def people(catalogue, tmp_path_factory) -> People:
    """A small world, whose persons' scores are drawn by chance."""
    root = tmp_path_factory.mktemp("world") / "lake"
    simulate(root, 800, 40, 3, catalogue, AS_OF)
    truth = pl.read_parquet(root / TRUTH)
    score = np.random.default_rng(1).uniform(1, 90, len(truth))
    scores = truth.select("person", score=pl.Series(score))
    return People(Lake(root), AS_OF, catalogue, truth, scores)


@pytest.fixture(scope="module")
def dealt(people) -> list[Case]:
    return list(cases(people, LEVELS, 1, seed=1))


def only(dealt: list[Case], attack: str) -> list[Case]:
    return [case for case in dealt if case.attack == attack]


def judged(people: People, more: dict[str, float]) -> Judged:
    """The world's scores, but for some persons' that have so much more."""
    schema = {"person": pl.String, "more": pl.Float64}
    added = pl.DataFrame(list(more.items()), schema, orient="row")
    scores = people.scores.join(added, on="person", how="left").select(
        "person", plain="score", score=pl.col("score") + pl.col("more").fill_null(0.0)
    )
    return Judged(NOBODY, scores)


def test_each_victim_is_an_honest_person_of_about_that_score_attacked_once_in_one_way(
    people, dealt
):
    assert sorted((case.attack, case.level) for case in dealt) == sorted(product(ATTACKS, LEVELS))
    victims = pl.DataFrame(
        [(case.victim.person, case.level) for case in dealt], ["person", "level"], orient="row"
    )
    assert victims["person"].n_unique() == len(victims)
    assert len(victims.join(people.honest, on="person")) == len(victims)
    known = victims.join(people.scores, on="person")
    assert (known["score"] - known["level"]).abs().max() < 15
    assert min(len(case.victim.contents) for case in dealt) >= FEWEST_CONTENTS


def test_the_contents_reactions_and_followers_of_a_victim_are_its_own(people, dealt):
    for victim in (case.victim for case in dealt):
        assert set(victim.contents["author"]) == {victim.account}
        own = people.claimed.filter(pl.col("person") == victim.person)
        assert len(victim.audience.join(own, on=["network", "account"], how="anti")) == 0


def test_a_pod_is_of_honest_people_who_are_in_no_other_and_were_in_no_victims_audience(
    people, dealt
):
    persons = [case.victim.person for case in dealt]
    members = pl.concat(case.actors for case in only(dealt, POD))
    assert len(members) == len(members.unique()) == len(LEVELS) * POD_MEMBERS
    for network in members["network"].unique():
        mine = members.filter(pl.col("network") == network)
        owned = people.owners(network).persons.join(mine, on="account")
        assert len(owned.join(people.honest, on="person")) == len(mine)
        drawn = people.lake.scan("interactions", [network]).collect()
        attacked = people.accounts(network, persons)
        fans = drawn.filter(pl.col("target").is_in(attacked))["actor"]
        assert not mine["account"].is_in(fans.implode()).any()


def test_the_control_is_as_many_reactions_as_the_attack_by_people_who_react_anyway(people, dealt):
    for case in (case for case in dealt if case.attack in HONEST):
        deeds = case.rows["interactions"]
        if HONEST[case.attack] == ONCE:
            assert len(deeds) == 1000
        known = people.lake.scan("interactions", [case.victim.network]).collect()["actor"]
        assert deeds["actor"].is_in(known.implode()).all()
        assert (deeds["target"] == case.victim.account).all()


def test_all_attacks_go_into_a_copy_of_the_lake_and_nothing_into_the_lake(
    people, dealt, catalogue, tmp_path
):
    before = people.lake.scan("interactions").select(pl.len()).collect().item()
    copy = attacked(people.lake, tmp_path / "lake", dealt, catalogue)
    more = sum(len(case.rows["interactions"]) for case in dealt if case.attack != BOUGHT)
    assert copy.scan("interactions").select(pl.len()).collect().item() == before + more
    assert Lake(people.lake.root).scan("interactions").select(pl.len()).collect().item() == before


def test_the_table_has_the_median_gain_of_each_attack_at_each_level(people, dealt):
    gains = {case.victim.person: 0.5 for case in only(dealt, POD)}
    outcome = Outcome(dealt, judged(people, {}), judged(people, gains))
    text = document(outcome, "Nobody fell.")
    assert f"| {POD} | 0.50 | 0.00 | 0.50 | 0.00 |" in text
    assert f"| {ONCE} | 0 | 0 | 0 | 0 | 2,000 |" in text
    check_no_victim_falls(outcome.gains)


def test_a_victim_that_falls_is_refused_by_name(people, dealt):
    victim = dealt[0].victim.person
    outcome = Outcome(dealt, judged(people, {}), judged(people, {victim: -0.5}))
    with pytest.raises(KloutError, match=rf"{victim} of .* falls by 0\.50"):
        check_no_victim_falls(outcome.gains)


def test_the_largest_fall_is_of_a_bystander_and_counts_who_is_no_longer_believed(people, dealt):
    (pod, *_) = only(dealt, POD)
    network = pod.victim.network
    fans = pod.actors["account"]
    drawn = people.lake.scan("interactions", [network]).collect()
    served = drawn.filter(pl.col("actor").is_in(fans.implode()))
    persons = people.owners(network).persons.join(concerned(people, dealt), on="person", how="anti")
    target = served.join(persons, left_on="target", right_on="account").filter(
        pl.col("person").is_in(people.honest["person"].implode())
    )["person"][0]
    falls = {target: -3.0, pod.victim.person: -9.0}
    outcome = Outcome(dealt, judged(people, {}), judged(people, falls))
    said = largest_fall(people, dealt, outcome.moves, in_pods(dealt))
    assert "1 fall by more than 0.5" in said
    assert "by 3.00, and by 0.00 where every account is believed" in said
    assert re.search(r"[1-9]\d* are by accounts now believed less", said)
