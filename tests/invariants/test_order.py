"""Invariants 7 and 8: the order of scores, and the ever smaller gains of ever more of the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests.support.random_models import (
    SEEDS,
    random_model,
    random_models,
    random_training,
    training_world,
)
from tests.support.steps import examples, signals_of
from tests.support.worlds import SMALL, World, standings, worlds
from training.influence.model import Model
from training.influence.smoothing import engagement_columns

DOUBLINGS = 6
BEYOND_TREES = 2.0**16
"""More engagement than any tree asks for: from there on evidence alone tells people apart."""


@given(worlds(), standings())
@examples(8)
def test_7_scores_lie_between_1_and_100_in_the_order_of_influence(world, standing):
    signals = signals_of(world, standing)
    for model in random_models():
        table = model.score(signals).sort("influence")
        influence, score = table["influence"].to_numpy(), table["score"].to_numpy()
        assert ((score > 1) & (score < 100)).all()
        assert (np.sign(np.diff(score)) == np.sign(np.diff(influence))).all()
        assert (np.diff(table["percentile"].to_numpy()) >= 0).all()


def crowded(world: World, factor: int) -> World:
    """The world in which each actor has twins, who do all that it does and are worth as much."""
    interactions, scores = list(world["interactions"]), list(world["scores"])
    for twin in range(1, factor):
        interactions += [row | {"actor": f"{row['actor']}+{twin}"} for row in world["interactions"]]
        scores += [row | {"person": f"{row['person']}+{twin}"} for row in world["scores"]]
    return world | {"interactions": interactions, "scores": scores}


@pytest.mark.parametrize("seed", [1, 2])
def test_8_twins_of_all_who_react_multiply_engagement_and_nothing_else(seed):
    world = training_world(seed) | {"identities": [], "counters": []}
    others = [row for row in world["interactions"] if row["actor"] != row["target"]]
    world = world | {"interactions": others}
    before, after = signals_of(world), signals_of(crowded(world, 4))
    engagement = engagement_columns(SMALL)
    expected = before.drop("person").to_numpy()
    expected[:, engagement] *= 4
    np.testing.assert_allclose(after.drop("person").to_numpy(), expected, rtol=1e-9)
    assert after["person"].equals(before["person"])


def doubled(model: Model, rows: np.ndarray, times: int) -> tuple[np.ndarray, np.ndarray]:
    """What each doubling of engagement gives people: their scores before it, and the points.

    Both are of shape (doublings, persons).
    """
    scores = []
    for doubling in range(times + 1):
        more = rows.copy()
        more[:, engagement_columns(SMALL)] *= 2.0**doubling
        scores.append(model.points(model.influence(more)))
    return np.array(scores[:-1]), np.diff(scores, axis=0)


def above_50(seed: int) -> np.ndarray:
    """The points that each doubling gives a person above 50: shape (doublings, persons)."""
    signals, _ = random_training(seed)
    scores, points = doubled(random_model(seed), signals.select(SMALL.names).to_numpy(), DOUBLINGS)
    assert (points >= 0).all()
    return points[:, scores[0] > 50]


@pytest.mark.parametrize("seed", SEEDS)
def test_8_above_50_a_doubling_gives_a_person_no_more_than_the_one_before(seed):
    points = above_50(seed)
    rise = np.diff(points, axis=0)
    assert points.shape[1] >= 20
    # The models are small and greedy on purpose; the steps of their trees show now and then.
    assert (rise <= 1e-9).mean() > 0.9
    assert rise.max() < 2.5


@pytest.mark.parametrize("seed", SEEDS)
def test_8_beyond_the_trees_every_doubling_gains_less_than_the_one_before(seed):
    signals, _ = random_training(seed)
    rows = signals.select(SMALL.names).to_numpy()
    rows[:, engagement_columns(SMALL)] *= BEYOND_TREES
    _, points = doubled(random_model(seed), rows, 20)  # up to 2⁴⁰ and more
    reacted_to = points[0] > 0
    assert reacted_to.sum() >= 20
    assert (points[:, reacted_to] > 0).all()
    assert (np.diff(points[:, reacted_to], axis=0) < 0).all()


def test_8_above_50_that_hardly_ever_fails_and_on_average_never():
    points = np.concatenate([above_50(seed) for seed in SEEDS], axis=1)
    rise, average = np.diff(points, axis=0), points.mean(axis=1)
    assert (rise <= 1e-9).mean() > 0.97
    assert (np.diff(average) < 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_8_what_influence_doubling_adds_is_worth_fewer_points_to_who_has_more(seed):
    model = random_model(seed)
    influence = np.linspace(0, 100, 200)
    above = influence[model.points(influence) > 50]
    worth = model.points(above + 0.5) - model.points(above)
    assert len(above) > 50
    assert (np.diff(worth) < 0).all()
