"""Figures of the whole population, beside the slow and obvious way to get them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.http.population import FARTHEST, Moves, Population, places

SCORES = st.lists(st.integers(1_000_000, 99_999_999), min_size=1, max_size=40)
MAYBE = st.lists(st.integers(0, 5), min_size=1, max_size=30)


def population(millionths: list[int]) -> Population:
    return Population(np.sort(np.array(millionths)) / 1_000_000, None)


@given(SCORES, st.integers(1, 99))
def test_a_percentile_s_score_is_the_lowest_with_so_many_at_or_below(scores, percent):
    everybody = population(scores)
    ordered = sorted(each / 1_000_000 for each in scores)
    enough = [
        each
        for each in ordered
        if 100 * sum(one <= each for one in ordered) >= percent * len(ordered)
    ]
    assert everybody.score_at(percent) == enough[0]


@given(SCORES, st.integers(1, 99))
def test_from_a_percentile_to_its_score_and_back_is_no_less(scores, percent):
    everybody = population(scores)
    assert everybody.percent_at(everybody.score_at(percent)) >= percent - 1e-9


@given(SCORES)
def test_every_person_is_in_one_bar(scores):
    counts = population(scores).counts
    assert len(counts) == 50
    for bar, count in enumerate(counts):
        assert count == sum(2 * bar <= each / 1_000_000 < 2 * bar + 2 for each in scores)


@given(MAYBE)
def test_places_are_by_score_then_key_and_nobody_without_a_score_has_one(scores):
    expected = [0] * len(scores)
    order = sorted((-score, key) for key, score in enumerate(scores) if score)
    for place, (_, key) in enumerate(order, 1):
        expected[key] = place
    assert places(np.array(scores, np.int32)).tolist() == expected


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=40))
def test_every_move_is_told_once(points):
    moves = Moves(date(2014, 1, 1), np.sort(np.array(points)))
    assert sum(moves.counts) == len(points)
    assert moves.counts[FARTHEST] == sum(-0.5 <= each < 0.5 for each in points)
    rose, still = moves.share(0.5, np.inf), moves.share(-0.5, 0.5)
    assert rose == pytest.approx(sum(each >= 0.5 for each in points) / len(points))
    assert still == pytest.approx(moves.counts[FARTHEST] / len(points))
