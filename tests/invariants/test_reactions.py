"""Invariants 1 and 2: more reactions, and reactions of higher-scored actors, never give less."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue.catalogue import HORIZON
from tests.support.random_models import random_models, score
from tests.support.steps import (
    EVERYBODY,
    assert_never_less,
    examples,
    matrix,
    owners,
    people_of,
    rows_of,
    signals_of,
)
from tests.support.worlds import AS_OF, PERSONS, SMALL, World, interactions, standings, worlds

ATTENTION = [name for name in SMALL.names if ".attention." in name]
STANDING = [name.replace(".attention.", ".standing.") for name in ATTENTION]

raises = st.dictionaries(st.sampled_from(EVERYBODY), st.floats(0, 60))
"""By how many points some people's scores are raised."""
given_scores = st.fixed_dictionaries(dict.fromkeys(EVERYBODY, st.floats(1, 90)))


def with_history(world: World, scores: dict[str, float], day_before: int) -> World:
    """The world, with everybody's scores of one day in the lake."""
    day = AS_OF - timedelta(day_before)
    return world | {"scores": [score(person, day, value) for person, value in scores.items()]}


def never_disconnected(world: World) -> World:
    """The world with all its connections lasting: an account that is nobody's has no standing."""
    lasting = [row | {"disconnected_at": None} for row in world["identities"]]
    return world | {"identities": lasting}


@given(worlds(), interactions(SMALL), standings())
@examples(15)
def test_1_one_more_received_interaction_never_lowers_the_receivers_score(world, more, standing):
    before = signals_of(world, standing)
    after = signals_of(world | {"interactions": [*world["interactions"], more]}, standing)
    assert_never_less(owners(world, more) & people_of(before), before, after)


@given(worlds(), raises)
@examples(8)
def test_2_higher_scores_in_the_lakes_history_never_give_less(world, up):
    raised = [
        row | {"score": min(100, row["score"] + up.get(row["person"], 0))}
        for row in world["scores"]
    ]
    before, after = signals_of(world), signals_of(world | {"scores": raised})
    assert_never_less(people_of(before), before, after)


@given(worlds(), standings(), raises)
@examples(8)
def test_2_higher_scores_given_never_give_less(world, scores, up):
    higher = {person: value + up.get(person, 0) for person, value in (scores or {}).items()}
    world = world | {"scores": []}
    before, after = signals_of(world, scores), signals_of(world, up | higher)
    assert_never_less(people_of(before), before, after)


@given(worlds(), given_scores, st.floats(0.1, 10), st.booleans())
@examples(8)
def test_2_everybody_scored_higher_gives_strictly_more_standing(world, scores, more, from_lake):
    raised = {person: value + more for person, value in scores.items()}
    world = never_disconnected(world) | {"scores": []}
    if from_lake:
        worlds_ = (with_history(world, each, HORIZON + 1) for each in (scores, raised))
        before, after = (signals_of(each) for each in worlds_)
    else:
        before, after = (signals_of(world, each) for each in (scores, raised))
    drawing = matrix(before, ATTENTION) > 0
    assert (matrix(after, STANDING)[drawing] > matrix(before, STANDING)[drawing]).all()
    assert (matrix(after, ATTENTION) == matrix(before, ATTENTION)).all()


@given(worlds(), interactions(SMALL).filter(lambda row: row["actor"] != row["target"]))
@examples(8)
def test_2_one_actor_scored_higher_gives_its_receiver_strictly_more_standing(world, one):
    at = {"at": one["at"].replace(year=2014, month=2, day=20)}
    world = world | {"interactions": [*world["interactions"], one | at], "identities": []}
    actor, receiver = (f"{one['network']}:{one[side]}" for side in ("actor", "target"))
    before, after = (signals_of(world | {"scores": []}, {actor: value}) for value in (40, 41))
    name = f"{one['network']}.{one['reaction']}.standing.30d"
    low, high = (rows_of([receiver], signals)[name][0] for signals in (before, after))
    assert high > low > 0
    assert_never_less([receiver], before, after)


def test_the_models_are_many_and_tell_people_apart():
    people = pl.DataFrame({"person": PERSONS[:2], **{name: [1.0, 30.0] for name in SMALL.names}})
    assert len({model.version for model in random_models()}) == len(random_models())
    for model in random_models():
        assert len(model.booster.feature_importance().nonzero()[0]) > 4
        assert model.score(people)["influence"].n_unique() == 2
