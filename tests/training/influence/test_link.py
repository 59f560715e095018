from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import KloutError
from training.influence.boosting import Pairs, log_loss, logistic_objective
from training.influence.link import POWERS, Link

powers = st.sampled_from(POWERS)
influences = st.lists(st.floats(-50, 1e4), min_size=2, max_size=20).map(np.array)


@given(powers, influences)
def test_more_influence_is_never_less_worth(power, influence):
    worth = Link(power, slope=2.0).log_worth(np.sort(influence))
    assert (np.diff(worth) >= 0).all()


@given(powers, st.floats(-5, 100))
def test_the_derivative_is_that_of_the_log_worth(power, influence):
    link, step = Link(power, slope=1.7), 1e-6
    ends = link.log_worth(np.array([influence - step, influence + step]))
    slope = (ends[1] - ends[0]) / (2 * step)
    assert link.derivative(np.array([influence]))[0] == pytest.approx(slope, rel=1e-4)


def test_the_smaller_the_power_the_more_it_is_worth_that_adds_up():
    influence = np.array([0.0, 1.0, 3.0])
    off = [np.abs(Link(power).log_worth(influence) - np.log1p(influence)).max() for power in POWERS]
    assert off == sorted(off, reverse=True)
    assert off[-1] < 0.15


@given(influences, st.floats(0.01, 10))
def test_neighbours_in_float64_keep_their_order(influence, slope):
    for power in POWERS:
        link, more = Link(power, slope), np.nextafter(influence, np.inf)
        assert (link.log_worth(more) >= link.log_worth(influence)).all()


def test_another_power_is_refused():
    with pytest.raises(KloutError, match=r"link_power is 0.3; expected one of \(1.0, 0.5"):
        Link(power=0.3)


def test_with_power_1_log_odds_add_up():
    influence = np.array([-2.0, 0.0, 5.0])
    assert np.array_equal(Link(power=1.0, slope=0.5).log_worth(influence), influence / 2)


@pytest.mark.parametrize("power", [0.125, 0.25, 1.0])
def test_the_objective_is_the_gradient_of_the_loss(power):
    random = np.random.default_rng(3)
    a, b = np.array([0, 1, 2, 0]), np.array([1, 2, 3, 3])
    pairs = Pairs(a, b, np.array([1.0, 0.0, 0.75, 0.5]), np.array([1.0, 2.0, 0.5, 1.0]))
    link, influence = Link(power), random.normal(1, 2, 4)
    gradient, hessian = logistic_objective(pairs, link)(influence, None)

    def loss(moved):
        difference = pairs.difference(link.log_worth(moved))
        return log_loss(difference, pairs.preference, pairs.weight) * pairs.weight.sum()

    for person in range(4):
        step = np.where(np.arange(4) == person, 1e-6, 0.0)
        slope = (loss(influence + step) - loss(influence - step)) / 2e-6
        assert gradient[person] == pytest.approx(slope, abs=1e-5)
    assert (hessian > 0).all()
