"""Who influences whom is what a loop over all interactions finds."""

import os
import tempfile
from collections import Counter
from datetime import UTC
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import KloutError
from serving.explain.person import person_of
from serving.explain.ties import UNIT, influencees, influencers
from serving.explain.why import signals_of
from tests.support.doubts import doubted_worlds
from tests.support.explain_scenes import ago, busy_world, identity, reaction, scene
from tests.support.naive import in_window, is_self_reaction
from tests.support.naive_people import MILLION, QUARTERS, Beliefs, Owners
from tests.support.naive_retractions import counting
from tests.support.retractions import retracted
from tests.support.worlds import ACCOUNTS, AS_OF, PERSONS, SMALL, lake_of

RAM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
EVERYBODY = [*PERSONS, *(f"{network.name}:{a}" for network in SMALL.networks for a in ACCOUNTS)]


def naive(world):
    """Say who gave whom how much: persons to quarters of millionths, as believed and in full."""
    owners = Owners(world["identities"], AS_OF, SMALL)
    beliefs = Beliefs(world, AS_OF, None)
    made, reached = Counter(), Counter()
    for row in world["interactions"]:
        if in_window(row["at"], AS_OF, 90) and not is_self_reaction(row, owners):
            network, actor, target = row["network"], row["actor"], row["target"]
            day = row["at"].astimezone(UTC).date()
            made[network, actor, day] += 1
            reached[network, actor, day, owners.receiver(network, target)] += 1
    believed, full = Counter(), Counter()
    for (network, actor, day, receiver), k in reached.items():
        share = MILLION * k // made[network, actor, day]
        pair = owners.of(network, actor), receiver
        believed[pair] += share * beliefs.quarters(network, actor)
        full[pair] += share * QUARTERS
    return believed, full


def ordered(given):
    """Put persons in order; accounts that belong to nobody are not among them."""
    there = [(who, much) for who, much in given.items() if who is not None and much]
    return sorted(there, key=lambda each: (-each[1], each[0]))


def assert_twins(lake, world, people):
    believed, full = naive(counting(world, AS_OF))
    for name in people:
        try:
            who = person_of(lake, AS_OF, name, SMALL)
        except KloutError:
            with pytest.raises(KloutError):
                influencees(lake, AS_OF, name, SMALL)
            continue
        received = {giver: much for (giver, to), much in believed.items() if to == who}
        gave = {to: much for (giver, to), much in full.items() if giver == who}
        assert influencees(lake, AS_OF, name, SMALL).rows() == ordered(received)
        assert influencers(lake, AS_OF, name, SMALL).rows() == ordered(gave)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    retracted(doubted_worlds(most=40)), st.sets(st.sampled_from(EVERYBODY), min_size=4, max_size=4)
)
def test_ties_are_those_of_a_loop_over_interactions(world, people):
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        assert_twins(lake_of(world, Path(folder)), world, people)


def test_they_are_so_too_where_everybody_reacts_to_everybody(tmp_path):
    world = busy_world(3, 800)
    people = ["p1", "p7", "twitter:u3", "wiki:u0", "googleplus:u1"]
    assert_twins(lake_of(world, tmp_path / "lake"), world, people)


def test_attention_of_all_who_gave_it_is_the_signal(tmp_path):
    world = busy_world(5, 800) | {"identities": []}
    lake = lake_of(world, tmp_path / "lake")
    signals = signals_of(lake, AS_OF, "twitter:u2", SMALL)
    given = influencees(lake, AS_OF, "twitter:u2", SMALL)["attention"]
    assert given.sum() / UNIT == signals["twitter.any.attention.90d"][0] > 0


def test_accounts_of_one_person_are_one_and_the_person_is_not_its_own_fan(tmp_path):
    lake = scene(
        tmp_path / "lake",
        identities=[
            identity("ann", "a2"),
            identity("fay", "f0"),
            identity("fay", "F", "googleplus"),
            identity("ann", "A", "googleplus"),
        ],
        interactions=[
            reaction("a2", 3),
            reaction("F", 3, target="A", network="googleplus", reaction="plus_one"),
            reaction("a", 2, target="elsewhere"),
        ],
    )
    found = influencees(lake, AS_OF, "ann", SMALL)
    fans = ["fay", *(f"twitter:f{n}" for n in range(1, 6))]
    assert found.rows() == [(who, (2 if who == "fay" else 1) * UNIT) for who in fans]
    assert influencers(lake, AS_OF, "ann", SMALL).rows() == [("twitter:elsewhere", UNIT)]
    assert influencers(lake, AS_OF, "fay", SMALL).rows() == [("ann", 2 * UNIT)]


def test_a_day_of_attention_is_split_and_days_out_of_the_window_count_for_nothing(tmp_path):
    split = [reaction("x", 5), reaction("x", 5, target="else"), reaction("x", 5, target="other")]
    out = [reaction("y", 91), reaction("y", 0), reaction("x", 91), reaction("z", 90)]
    lake = scene(tmp_path / "lake", interactions=[*split, *out])
    found = dict(influencees(lake, AS_OF, "ann", SMALL).rows())
    assert found["twitter:x"] == MILLION // 3 * QUARTERS
    assert found["twitter:z"] == UNIT
    assert "twitter:y" not in found


def test_whoever_is_not_believed_is_nobodys_influencee_and_has_influencers(tmp_path):
    doubts = [
        {"network": "twitter", "account": account, "authenticity": step, "reasons": None}
        | {"as_of": ago(10, 0)}
        for account, step in (("f0", 0.0), ("f1", 0.25))
    ]
    lake = scene(tmp_path / "lake", authenticity=doubts)
    found = influencees(lake, AS_OF, "ann", SMALL)
    assert found["person"].to_list() == [f"twitter:f{n}" for n in (2, 3, 4, 5, 1)]
    assert found["attention"][-1] == UNIT // 4
    assert influencers(lake, AS_OF, "twitter:f0", SMALL).rows() == [("ann", UNIT)]


def test_names_like_those_that_tell_givers_apart_are_no_trouble(tmp_path):
    names = ["a", "+", "+a", "++", "++a", "+++", "+++a", "😀"]
    everyone = [reaction(giver, 3, target=to) for giver in names for to in names]
    claims = [identity("ann", "a"), identity("bob", "+a"), identity("bob", "+++a")]
    world = {"interactions": everyone, "identities": claims}
    assert_twins(lake_of(world, tmp_path / "lake"), world, ["ann", "bob", "twitter:+"])


def test_of_who_received_nothing_there_is_an_empty_list(tmp_path):
    lake = scene(tmp_path / "lake")
    for found in (influencees, influencers):
        frame = found(lake, AS_OF, "twitter:never", SMALL)
        assert frame.schema == {"person": pl.String, "attention": pl.Int64}
        assert frame.is_empty()
