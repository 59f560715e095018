"""The public scale: anchors, order, concavity, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from features.errors import KloutError
from training.scale import Scale

populations = st.builds(
    lambda seed, size, shape: np.random.default_rng(seed).gamma(shape, 1.0, size),
    st.integers(0, 10_000),
    st.integers(200, 2_000),
    st.floats(0.3, 5),
)


@given(populations)
@settings(max_examples=50, deadline=None)
def test_the_mean_is_40_and_the_top_5_percent_start_at_63(influence):
    scores = Scale().fit(influence).transform(influence)
    assert scores.mean() == pytest.approx(40, abs=1e-6)
    assert (scores >= 63).mean() == pytest.approx(0.05, abs=0.003)


@given(populations, st.lists(st.floats(-50, 200), min_size=2, max_size=50, unique=True))
@settings(max_examples=50, deadline=None)
def test_more_influence_is_always_a_higher_score_inside_1_and_100(influence, probes):
    scale = Scale().fit(influence)
    ordered = np.sort(np.array(probes))
    assume(np.diff(ordered).min() > 1e-6)
    scores = scale.transform(ordered)
    assert (np.diff(scores) > 0).all()
    assert scores.min() > 1
    assert scores.max() < 100


@given(populations)
@settings(max_examples=30, deadline=None)
def test_above_the_median_each_point_costs_more_than_the_one_before(influence):
    scale = Scale().fit(influence)
    points = np.arange(np.ceil(scale.middle_), 95)
    costs = np.diff(scale.inverse_transform(points))
    assert (np.diff(costs) > 0).all()


@given(populations, st.floats(2, 98))
@settings(max_examples=50, deadline=None)
def test_the_inverse_leads_back(influence, score):
    scale = Scale().fit(influence)
    back = scale.transform(scale.inverse_transform(np.array([score])))
    assert back[0] == pytest.approx(score, abs=1e-9)


def test_the_slope_is_the_derivative():
    scale = Scale().fit(np.random.default_rng(0).gamma(1, 1, 500))
    at = np.linspace(scale.median_ - 2, scale.median_ + 4, 50)
    step = 1e-6
    difference = (scale.transform(at + step) - scale.transform(at - step)) / (2 * step)
    np.testing.assert_allclose(scale.slope(at), difference, rtol=1e-4)


def test_heavy_ties_at_the_bottom_are_fine():
    influence = np.concatenate([np.zeros(900), np.linspace(0.1, 3, 600)])
    scores = Scale().fit(influence).transform(influence)
    assert scores.mean() == pytest.approx(40, abs=1e-6)
    assert (scores >= 63).mean() == pytest.approx(0.05, abs=0.003)


@pytest.mark.parametrize(
    ("influence", "says"),
    [
        (np.ones(500), "top"),
        (np.arange(5.0), "at least 20 persons"),
        (np.array([1.0, np.nan] * 50), "finite"),
    ],
)
def test_a_population_without_a_top_is_refused(influence, says):
    with pytest.raises(KloutError, match=says):
        Scale().fit(influence)


def test_it_is_kept_as_numbers():
    scale = Scale().fit(np.random.default_rng(0).gamma(1, 1, 500))
    again = Scale.from_dict(scale.to_dict())
    probe = np.linspace(-3, 9, 100)
    assert np.array_equal(scale.transform(probe), again.transform(probe))
