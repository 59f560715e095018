"""Smooth trees: what the trees say on average of the same person with more and less engagement."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from tests.support.populations import judged, population
from tests.support.worlds import SMALL
from training.influence.boosting import Binned, Sample, boost
from training.influence.link import Link
from training.influence.smoothing import FACTORS, engagement_columns, smoothed
from training.trees.exact import numbers_of, split_text


@pytest.fixture(scope="module")
def signals() -> np.ndarray:
    frame, _ = population(SMALL, seed=3)
    return frame.select(SMALL.names).to_numpy()


@pytest.fixture(scope="module")
def booster() -> lgb.Booster:
    """Trees as LightGBM gives them: some look at engagement, some don't."""
    frame, influence = population(SMALL, seed=3)
    matrix = frame.select(SMALL.names).to_numpy()
    sample = Sample.of(matrix, frame["person"], judged(influence, seed=4))
    settings = {"num_leaves": 6, "feature_fraction": 0.1, "seed": 1, "verbosity": -1}
    return boost(Binned.of(sample, 63), settings, Link(0.25), 60)


def test_smooth_trees_say_the_mean_of_what_the_trees_say_of_more_and_less_engagement(
    booster, signals
):
    said = []
    for factor in FACTORS:
        other = signals.copy()
        other[:, engagement_columns(SMALL)] *= factor
        said.append(booster.predict(other, raw_score=True))
    smooth = lgb.Booster(model_str=smoothed(booster.model_to_string(), SMALL))
    np.testing.assert_allclose(
        smooth.predict(signals, raw_score=True), np.mean(said, axis=0), atol=1e-12
    )
    assert np.ptp(said, axis=0).max() > 0.1


def test_of_somebody_who_is_not_there_they_say_the_same(booster):
    nobody = np.zeros((1, len(SMALL.names)))
    smooth = lgb.Booster(model_str=smoothed(booster.model_to_string(), SMALL))
    before, after = (each.predict(nobody, raw_score=True)[0] for each in (booster, smooth))
    assert after == pytest.approx(before, abs=1e-12)


def features_of(tree: str) -> list[int]:
    return [int(feature) for feature in numbers_of(tree, "split_feature")]


def test_a_tree_that_looks_at_no_engagement_stays_as_it_was(booster):
    engagement = set(engagement_columns(SMALL))
    _, before = split_text(booster.model_to_string())
    _, after = split_text(smoothed(booster.model_to_string(), SMALL))
    others = [tree for tree in before if engagement.isdisjoint(features_of(tree))]
    assert 0 < len(others) < len(before)
    assert set(others) <= set(after)
    assert len(after) == len(others) + len(FACTORS) * (len(before) - len(others))
