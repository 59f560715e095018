"""The public scale: anchors, order, concavity, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from features.errors import KloutError
from training.influence.scale import Scale

FAR = 1e300


def gammas(seed: int, size: int, shape: float) -> np.ndarray:
    return np.random.default_rng(seed).gamma(shape, 1.0, size)


def lognormals(seed: int, size: int, sigma: float) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, sigma, size))


def normals(seed: int, size: int, deviation: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(-3, deviation, size)


sizes, numbers = st.integers(200, 2_000), st.integers(0, 10_000)
populations = (
    st.builds(gammas, numbers, sizes, st.floats(0.3, 5))
    | st.builds(lognormals, numbers, sizes, st.floats(0.3, 2))
    | st.builds(normals, numbers, sizes, st.floats(0.01, 100))
)
examples = settings(max_examples=50, deadline=None)


@given(populations)
@examples
def test_the_mean_is_40_and_the_top_5_percent_start_at_63(influence):
    scores = Scale().fit(influence).transform(influence)
    assert scores.mean() == pytest.approx(40, abs=1e-6)
    assert np.count_nonzero(scores >= 63) == np.ceil(0.05 * len(scores) - 1e-9)


@given(populations, st.floats(37, 43), st.floats(0.03, 0.07), st.floats(60, 68))
@examples
def test_the_anchors_are_parameters(influence, mean, share, top):
    scale = Scale(mean, share, top).fit(influence)
    scores = scale.transform(influence)
    assert scores.mean() == pytest.approx(mean, abs=1e-6)
    assert np.count_nonzero(scores >= top) == np.ceil(share * len(scores) - 1e-9)


@given(populations, st.lists(st.floats(-50, 100), min_size=2, max_size=50, unique=True))
@examples
def test_more_worth_is_always_a_higher_score_inside_1_and_100(influence, probes):
    scale = Scale().fit(influence)
    widths = np.sort(np.array(probes))
    assume(np.diff(widths).min() > 1e-6)
    scores = scale.transform(scale.median_ + scale.width_ * widths)
    assert (np.diff(scores) > 0).all()
    assert scores.min() > 1
    assert scores.max() < 100


@given(populations, st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2))
@example(gammas(0, 200, 1.0), [-1.7e308, -FAR, FAR, 1.7e308])
@examples
def test_huge_influences_keep_weakly_in_order_and_never_reach_1_or_100(influence, probes):
    scores = Scale().fit(influence).transform(np.sort(np.array(probes)))
    assert (np.diff(scores) >= 0).all()
    assert scores.min() > 1
    assert scores.max() < 100


def test_at_1e300_the_scores_are_the_nearest_that_float64_has():
    scores = Scale().fit(gammas(0, 200, 1.0)).transform(np.array([-FAR, FAR]))
    assert scores.tolist() == [np.nextafter(1, 2), np.nextafter(100, 99)]


@given(populations)
@examples
def test_above_the_median_each_point_costs_more_than_the_one_before(influence):
    scale = Scale().fit(influence)
    points = np.arange(np.ceil(scale.middle_), 95)
    costs = np.diff(scale.inverse_transform(points))
    assert (np.diff(costs) > 0).all()


@given(populations, st.floats(0.001, 1), st.integers(3, 60))
@examples
def test_above_the_median_equal_steps_of_influence_gain_ever_less(influence, share, steps):
    scale = Scale().fit(influence)
    step = share * scale.width_
    gains = np.diff(scale.transform(scale.median_ + step * np.arange(steps)))
    assert (np.diff(gains) < 0).all()


@given(populations, st.floats(1.01, 99.99))
@examples
def test_the_inverse_leads_back(influence, score):
    scale = Scale().fit(influence)
    back = scale.transform(scale.inverse_transform(np.array([score])))
    assert back[0] == pytest.approx(score, abs=1e-9)


@given(populations)
@examples
def test_the_inverse_finds_the_influence_of_everybody(influence):
    scale = Scale().fit(influence)
    found = scale.inverse_transform(scale.transform(influence))
    # A score has 15 digits, so the flatter the scale, the fewer of them say where one was.
    exactness = 1e-9 * np.std(influence) + 1e-12 / scale.slope(influence)
    assert (np.abs(found - influence) <= exactness).all()


@given(populations)
@examples
def test_the_slope_is_the_derivative(influence):
    scale = Scale().fit(influence)
    at = np.linspace(scale.median_ - 3 * influence.std(), scale.median_ + 5 * influence.std(), 50)
    step = 1e-7 * influence.std()
    difference = (scale.transform(at + step) - scale.transform(at - step)) / (2 * step)
    np.testing.assert_allclose(scale.slope(at), difference, rtol=1e-3)


@given(populations, st.floats(0.01, 100), st.floats(-100, 100))
@examples
def test_the_unit_and_the_origin_of_influence_do_not_matter(influence, unit, origin):
    scores = Scale().fit(influence).transform(influence)
    other = unit * influence + origin
    np.testing.assert_allclose(Scale().fit(other).transform(other), scores, atol=1e-5)


@given(populations.map(lambda values: values[:100]), st.data())
@examples
def test_an_integer_weight_is_as_many_equal_persons(influence, data):
    weights = data.draw(st.lists(st.integers(0, 5), min_size=100, max_size=100))
    assume(np.count_nonzero(weights) >= 20)
    weighted = Scale().fit(influence, sample_weight=weights)
    repeated = Scale().fit(np.repeat(influence, weights))
    probe = np.sort(influence)
    np.testing.assert_allclose(weighted.transform(probe), repeated.transform(probe), rtol=1e-9)


@given(populations, st.floats(0.001, 1000))
@examples
def test_only_the_proportions_of_weights_matter(influence, factor):
    weight = np.random.default_rng(0).uniform(0.5, 2, len(influence))
    one, other = (Scale().fit(influence, sample_weight=w) for w in (weight, factor * weight))
    assert np.average(one.transform(influence), weights=weight) == pytest.approx(40)
    assert list(one.to_dict().values()) == pytest.approx(list(other.to_dict().values()))


@pytest.mark.parametrize("seed", range(3))
def test_people_are_spread_over_the_scale_without_a_step_at_the_median(seed):
    log_worth = normals(seed, 20_000, 2.0)
    scores = Scale().fit(log_worth).transform(log_worth)
    low, quarter, three, top = np.quantile(scores, [0.05, 0.25, 0.75, 1])
    assert 12 < low < 22
    assert 28 < quarter < 34
    assert 46 < three < 52
    assert 80 < top < 99
    just_below, just_above = np.histogram(scores, [36, 38, 40, 42, 44])[0][[0, 3]]
    assert just_below == pytest.approx(just_above, rel=0.2)


@given(st.floats(0.01, 0.94), st.integers(200, 2000), numbers)
@examples
def test_ties_at_the_bottom_are_fine(share, size, seed):
    influence = np.concatenate([np.zeros(round(share * size)), gammas(seed, size, 1.0)])
    influence = influence[:size]
    scores = Scale().fit(influence).transform(influence)
    assert scores.mean() == pytest.approx(40, abs=1e-6)
    assert (scores >= 63).mean() == pytest.approx(0.05, abs=1 / size)


def test_ties_at_the_top_are_all_in_the_top():
    influence = np.concatenate([np.linspace(0, 1, 160), np.full(40, 2.0)])
    scores = Scale().fit(influence).transform(influence)
    assert scores.mean() == pytest.approx(40, abs=1e-6)
    assert scores[-40:] == pytest.approx([63] * 40)


def test_where_only_2_percent_are_above_the_median_the_upper_half_of_them_starts_at_63():
    influence = np.concatenate([np.zeros(490), np.arange(1.0, 11.0)])
    scores = Scale().fit(influence).transform(influence)
    assert scores.mean() == pytest.approx(40, abs=1e-6)
    assert np.count_nonzero(scores >= 63) == 5
    assert scores.max() < 80


@pytest.mark.parametrize(
    ("influence", "says"),
    [
        (np.ones(500), "nobody is above"),
        (np.concatenate([np.arange(90.0), np.full(110, 90.0)]), "nobody is above"),
        (np.arange(5.0), "at least 20 persons"),
        (np.array([]), "at least 20 persons"),
        (np.array([1.0, np.nan] * 50), "finite"),
        (np.ones((50, 2)), "one value a person"),
        (1.7e308 * np.linspace(-1, 1, 100), "too far apart"),
    ],
)
def test_a_population_without_a_top_is_refused(influence, says):
    with pytest.raises(KloutError, match=says):
        Scale().fit(influence)


@pytest.mark.parametrize(
    ("weight", "says"),
    [
        (np.ones(99), "one for each of 100 persons"),
        (np.full(100, -1.0), "at least 0"),
        (np.full(100, np.inf), "finite"),
        (np.zeros(100), "at least 20 persons"),
    ],
)
def test_weights_that_are_none_are_refused(weight, says):
    with pytest.raises(KloutError, match=says):
        Scale().fit(np.arange(100.0), sample_weight=weight)


@pytest.mark.parametrize(
    "anchors",
    [
        {"mean": 1.0},
        {"mean": 63.0},
        {"top_score": 100.0},
        {"top_share": 0.0},
        {"top_share": 0.5},
        {"mean": float("nan")},
    ],
)
def test_anchors_out_of_order_are_refused(anchors):
    with pytest.raises(KloutError, match="the scale needs"):
        Scale(**anchors).fit(np.arange(100.0))


def test_a_mean_that_nobody_can_reach_is_refused():
    with pytest.raises(KloutError, match="no scale has mean 10"):
        Scale(mean=10.0, top_share=0.4, top_score=90.0).fit(np.arange(100.0))


@pytest.mark.parametrize("score", [1.0, 100.0, 0.0, 101.0])
def test_only_scores_between_1_and_100_have_an_influence(score):
    with pytest.raises(KloutError, match="between 1 and 100"):
        Scale().fit(np.arange(100.0)).inverse_transform(np.array([50.0, score]))


@pytest.mark.parametrize("method", ["transform", "inverse_transform", "slope"])
def test_it_must_be_fitted_first(method):
    with pytest.raises(NotFittedError):
        getattr(Scale(), method)(np.array([50.0]))


def test_it_keeps_the_conventions_of_scikit_learn():
    scale = Scale(mean=45.0)
    influence = gammas(3, 300, 1.0)
    assert clone(scale).get_params() == scale.get_params()
    assert scale.set_params(mean=41.0).mean == 41.0
    assert scale.fit(influence, None) is scale
    np.testing.assert_array_equal(
        clone(scale).fit_transform(influence), scale.transform(influence.tolist())
    )
    with pytest.raises(NotFittedError):
        clone(scale).transform(influence)


def test_it_is_kept_as_numbers():
    scale = Scale(mean=41.0).fit(gammas(0, 500, 1.0))
    again = Scale.from_dict(scale.to_dict())
    probe = np.linspace(-3, 9, 100)
    assert np.array_equal(scale.transform(probe), again.transform(probe))
    assert again.get_params() == scale.get_params()
