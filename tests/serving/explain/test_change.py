"""Why a score moved: the causes add up to the change, and each is charged with what it did."""

import random
import tempfile
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import KloutError
from features.lake import Lake
from features.people.forgetting import forget
from features.people.optouts import opt_out
from features.signals.materialize import materialize
from serving.daily.run import daily
from serving.explain.attribution import shapley
from serving.explain.change import explain_change
from serving.explain.records import StandInTables
from tests.support.doubts import belief_frame, beliefs, doubted_worlds
from tests.support.explain_scenes import (
    SINCE,
    ago,
    busy_world,
    followers,
    identity,
    model,
    post,
    reaction,
    scene,
    score_of,
)
from tests.support.histories import arrive
from tests.support.retractions import retracted
from tests.support.worlds import AS_OF, SMALL, frame, lake_of, standings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

NOBODY = 1e-9
"""Points that are rounding errors."""


def assert_adds_up(found):
    assert abs(sum(cause.points for cause in found.causes) - found.change) < NOBODY
    assert found.score_now - found.score_then == found.change
    for cause in found.causes:
        by_network = cause.networks or {"": cause.points}
        assert abs(sum(by_network.values()) - cause.points) < NOBODY
        assert cause.words


def moves(lake, count, seed):
    """Random people and days of a world, and why their scores moved."""
    rng = random.Random(seed)
    people = materialize(lake, AS_OF, SMALL).collect()["person"].to_list()
    for _ in range(count):
        as_of = AS_OF - timedelta(rng.choice((0, 0, 1, 5)))
        since = as_of - timedelta(rng.choice((1, 2, 7, 10, 31, 60, 95)))
        person = rng.choice(people)
        try:
            yield (
                person,
                since,
                as_of,
                explain_change(lake, since, as_of, person, model(1), model(2)),
            )
        except KloutError as refused:
            assert "is nobody on" in str(refused) or "belongs to nobody" in str(refused)


def test_causes_add_up_to_the_change_of_the_scores_that_everybody_would_have(tmp_path):
    lake = lake_of(busy_world(1), tmp_path / "lake")
    for person, since, as_of, found in moves(lake, 5, 1):
        assert_adds_up(found)
        assert found.score_then == score_of(lake, since, person, model(1))
        assert found.score_now == score_of(lake, as_of, person, model(2))


@settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
@given(retracted(doubted_worlds()), st.sampled_from((1, 8, 30, 90)), standings(), beliefs())
def test_both_ends_are_what_everybody_would_have_whatever_the_world(world, days, scores, belief):
    since, known = AS_OF - timedelta(days), StandInTables(frame(scores), belief_frame(belief))
    with tempfile.TemporaryDirectory() as folder:
        lake = lake_of(world, Path(folder))
        ends = [
            model().score(
                materialize(lake, day, SMALL, known.standing, known.authenticity).collect()
            )
            for day in (since, AS_OF)
        ]
        for person in ends[1]["person"]:
            found = explain_change(lake, since, AS_OF, person, model(), None, known)
            assert_adds_up(found)
            then, now = (end.filter(person=person)["score"].to_list() for end in ends)
            assert now == [found.score_now]
            assert then in ([], [found.score_then])


@pytest.mark.slow
def test_causes_add_up_for_500_people_and_days(tmp_path):
    seen = 0
    for seed in range(10):
        lake = lake_of(busy_world(seed), tmp_path / str(seed))
        for *_, found in moves(lake, 60, seed):
            assert_adds_up(found)
            seen += 1
    assert seen >= 500


ONLY = {
    "activity": {"interactions": [reaction("n1", 4), reaction("n2", 5)]},
    "window": {"interactions": [reaction("o1", 95), reaction("o2", 95), reaction("o3", 93)]},
    "posts": {"contents": [post(3, "9"), post(3, "8"), post(3, "7")]},
    "counters": {"counters": [followers(2, 600.0) | {"counter": "lists"}]},
    "integrity": {
        "overrides": [
            {"network": "twitter", "account": who, "authenticity": 0.0, "why": "bots"}
            | {"decided_at": ago(4)}
            for who in ("f1", "f2", "f3")
        ]
    },
}
"""What happens between the dates, by the only cause that it is."""


@pytest.mark.parametrize("cause", ONLY)
def test_where_one_thing_happened_it_is_charged_with_the_whole_change(cause, tmp_path):
    lake = scene(tmp_path / "lake", **ONLY[cause])
    by = model(11) if cause == "counters" else model()  # of the others none has learned from lists
    found = explain_change(lake, SINCE, AS_OF, "ann", by)
    assert [each.name for each in found.causes] == [cause]
    assert found.causes[0].points == pytest.approx(found.change, abs=NOBODY)
    assert abs(found.change) > 0.01
    assert found.score_now == score_of(lake, AS_OF, "ann", by)


def test_nothing_happened_and_nothing_is_to_blame(tmp_path):
    found = explain_change(scene(tmp_path / "lake"), SINCE, AS_OF, "ann", model())
    assert (found.change, found.causes) == (0.0, ())


def test_what_an_audience_leaps_by_is_taken_back_since_it_is_not_plausible(tmp_path):
    leap = {"counters": [followers(2, 1e6)]}
    found = explain_change(scene(tmp_path / "lake", **leap), SINCE, AS_OF, "ann", model())
    assert [each.name for each in found.causes] == ["counters", "integrity"]
    assert 0 <= found.change < 0.01
    assert_adds_up(found)


def test_a_removed_network_is_said_as_removed(tmp_path):
    """What came in meanwhile, and what left, is of no account: there is no account."""
    left = identity("ann", "a") | {"disconnected_at": ago(3)}
    other = identity("ann", "z", "googleplus")
    rows = {"identities": [left, other], "interactions": [reaction("n1", 4), reaction("o", 95)]}
    found = explain_change(scene(tmp_path / "lake", **rows), SINCE, AS_OF, "ann", model())
    assert [(each.name, each.words) for each in found.causes] == [
        ("networks", "network removed: twitter")
    ]
    assert found.change < 0
    assert "lost" not in str(found)


def test_a_connected_network_is_said_as_connected(tmp_path):
    new = identity("ann", "b", "googleplus", connected_at=ago(4))
    plus = {"network": "googleplus", "reaction": "plus_one", "target": "b"}
    rows = [reaction(f"n{n}", 2 * n, **plus) for n in range(1, 6)]
    found = explain_change(
        scene(tmp_path / "lake", identities=[new], interactions=rows), SINCE, AS_OF, "ann", model()
    )
    assert [(each.name, each.words) for each in found.causes] == [
        ("networks", "network connected: googleplus")
    ]
    assert found.change > 0


def test_another_model_is_charged_with_what_it_says_otherwise(tmp_path):
    found = explain_change(scene(tmp_path / "lake"), SINCE, AS_OF, "ann", model(1), model(2))
    assert [each.name for each in found.causes] == ["model"]
    assert found.causes[0].points == pytest.approx(found.change, abs=NOBODY)
    assert found.change != 0


def test_late_data_are_a_correction_of_the_record(tmp_path):
    """The score published at the first date did not know of them."""
    root = tmp_path / "lake"
    scene(root)
    daily(root, SINCE, model())
    late = [reaction("late1", 45), reaction("late2", 45), reaction("late3", 45)]
    lake = arrive(root, {"interactions": late}, 7)
    found = explain_change(lake, SINCE, AS_OF, "ann", model())
    assert [each.name for each in found.causes] == ["record"]
    assert found.causes[0].points == pytest.approx(found.change, abs=NOBODY)
    assert found.change > 0


def test_actors_who_turn_out_to_be_somebody_with_a_standing_are_a_cause_of_their_own(tmp_path):
    """Standing may only be given where the lake has none; a history of it then takes its place."""
    famous = frame({"twitter:f1": 90.0, "twitter:f2": 90.0})
    claimed = [
        identity("fan", "f1", connected_at=ago(4)),
        identity("fan2", "f2", connected_at=ago(4)),
    ]
    found = explain_change(
        scene(tmp_path / "lake", identities=claimed),
        SINCE,
        AS_OF,
        "ann",
        model(3),
        None,
        StandInTables(famous),
    )
    assert [each.name for each in found.causes] == ["actors"]
    assert found.change < 0
    assert_adds_up(found)


def test_what_was_taken_back_is_a_cause_of_its_own(tmp_path):
    named = [reaction(f"g{n}", 45, id=f"g{n}") for n in range(20)]
    row = {"network": "twitter", "actor": None, "at": ago(4)}
    rows = [row | {"id": f"g{n}"} for n in range(18)]
    rows.append(rows[0] | {"id": "1", "at": ago(3)})  # one of ann's tweets
    retractions = [row | {"restored": None} for row in rows]
    lake = scene(tmp_path / "lake", interactions=named, retractions=retractions)
    found = explain_change(lake, SINCE, AS_OF, "ann", model())
    assert [each.name for each in found.causes] == ["retractions"]
    assert "18 reactions and 1 post taken back or restored" in found.causes[0].words
    assert_adds_up(found)
    assert found.score_now == score_of(lake, AS_OF, "ann", model())


def test_who_is_forgotten_has_opted_out_or_is_unknown_is_told_so(tmp_path):
    root = tmp_path / "lake"
    scene(root, identities=[identity("bob", "b"), identity("cy", "c")])
    opt_out(root, "bob", ago(5), SMALL)
    forget(root, "cy")
    for person, said in (("bob", "opted out"), ("cy", "forgotten"), ("zoe", "is nobody on")):
        with pytest.raises(KloutError, match=said):
            explain_change(Lake(root), SINCE, AS_OF, person, model())
    with pytest.raises(KloutError, match="is nobody on"):
        explain_change(Lake(root), SINCE, AS_OF, "twitter:zoe", model())
    with pytest.raises(KloutError, match="before"):
        explain_change(Lake(root), AS_OF, AS_OF, "ann", model())


def test_an_account_stands_for_its_owner(tmp_path):
    lake = scene(tmp_path / "lake")
    assert {
        explain_change(lake, SINCE, AS_OF, name, model()).person for name in ("a", "twitter:a")
    } == {"ann"}


def test_shares_are_what_each_adds_on_average_over_all_orders():
    for players in range(5):
        values = np.random.default_rng(players).normal(size=2**players)
        orders = list(permutations(range(players)))
        naive = np.zeros(players)
        for order in orders:
            for place, player in enumerate(order):
                before = sum(1 << other for other in order[:place])
                naive[player] += values[before | 1 << player] - values[before]
        assert np.allclose(shapley(values), naive / len(orders), atol=1e-12)
