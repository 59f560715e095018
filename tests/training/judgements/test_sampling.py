"""Pairs are drawn hard and easy, near and far, none twice."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.judgements.sampling import MOST_PAIRS, People, default_pairs, sample

counts = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=9)


def crowd(persons: int, seed: int = 0) -> People:
    """Heavy-tailed outcomes that go with what was received before; half have none."""
    random = np.random.default_rng(seed)
    power = random.pareto(1.2, persons)
    return People(random.poisson(power), random.poisson(3 * power) * (random.random(persons) < 0.7))


@settings(deadline=None)
@given(counts, st.integers(1, 40), st.integers(0, 5))
def test_no_pair_comes_twice_and_none_is_of_equals(rows, wanted, seed):
    people = People(*(np.array(column) for column in zip(*rows, strict=True)))
    a, b = sample(people, wanted, seed)
    drawn = [frozenset(pair) for pair in zip(a.tolist(), b.tolist(), strict=True)]
    assert len(set(drawn)) == len(drawn) <= wanted
    assert (people.after[a] != people.after[b]).all()
    worth_it = sum(x != y for x, y in combinations(people.after.tolist(), 2))
    assert len(drawn) <= worth_it
    assert bool(drawn) == bool(worth_it)


def test_a_small_world_gives_all_pairs_it_has():
    a, _ = sample(People(np.zeros(6, int), np.arange(6)), 100, seed=1)
    assert len(a) == 15


def test_as_many_as_wanted_are_drawn_the_same_by_the_same_seed():
    people = crowd(3_000)
    first, again, other = (sample(people, 5_000, seed) for seed in (1, 1, 2))
    assert len(first[0]) == 5_000
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_who_is_a_is_by_chance():
    people = crowd(3_000)
    a, b = sample(people, 5_000, seed=1)
    assert (people.after[a] > people.after[b]).mean() == pytest.approx(0.5, abs=0.03)
    assert (a < b).mean() == pytest.approx(0.5, abs=0.03)


def test_the_mixture_holds_near_and_far_with_and_without_outcome():
    people = crowd(3_000)
    a, b = sample(people, 4_000, seed=1)
    high = np.maximum(people.after[a], people.after[b])
    low = np.minimum(people.after[a], people.after[b])
    assert 0.25 < (low == 0).mean() < 0.75
    assert ((low > 0) & (high <= 2 * low)).mean() > 0.1
    assert (high > 10 * np.maximum(low, 1)).mean() > 0.1
    alike = people.before[a] == people.before[b]
    by_chance = sum(np.mean(people.before == value) ** 2 for value in np.unique(people.before))
    assert alike.mean() > by_chance + 0.05
    smaller_won = np.sign(people.after[a] - people.after[b]) == np.sign(
        people.before[b] - people.before[a]
    )
    assert smaller_won[~alike].mean() > 0.1


def test_everybody_with_an_outcome_may_be_drawn():
    people = crowd(400)
    drawn = np.concatenate(sample(people, 4_000, seed=1))
    assert set(np.flatnonzero(people.after > 0)) <= set(drawn)


def test_by_default_two_pairs_for_each_with_an_outcome_and_never_too_many():
    assert default_pairs(People(np.zeros(4, int), np.array([0, 1, 0, 9]))) == 4
    assert default_pairs(People(np.zeros(150_000, int), np.ones(150_000, int))) == MOST_PAIRS


def test_without_outcomes_there_is_no_pair():
    a, b = sample(People(np.arange(5), np.zeros(5, int)), 10, seed=1)
    assert len(a) == len(b) == 0
