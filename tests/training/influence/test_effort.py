"""Effort: the smallest factor that gives a point more, and that it grows with the score."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from tests.support.populations import population
from training.influence.effort import CURVE, MOST, STEP, effort
from training.influence.model import as_matrix
from training.influence.smoothing import engagement_columns

POINTS = range(30, 61, 10)
ENGAGEMENT = {
    "count",
    "reactors",
    "attention",
    "standing",
    "peak",
    "per_content",
    "reactors_per_content",
}


def slow_factor(model, row: pl.DataFrame, score: float) -> float:
    """Try one factor after another."""
    names = [name for name in model.catalogue.names if set(name.split(".")) & ENGAGEMENT]
    power = 0
    while STEP**power <= MOST:
        grown = row.with_columns(pl.col(names) * STEP**power)
        if model.score(grown)["score"][0] >= score + 1:
            return STEP**power
        power += 1
    return np.inf


def test_it_is_what_trying_one_factor_after_another_finds(model, world):
    signals, _, _ = world
    scores = model.score(signals)["score"].to_numpy()
    reactors = [n for n in model.catalogue.names if n.endswith("any.reactors.90d")]
    drawn = signals.select(reactors).sum_horizontal().to_numpy()
    for score, persons, factor, people, more in effort(model, signals, POINTS, persons=3).rows():
        near = [n for n in np.argsort(np.abs(scores - score), kind="stable") if drawn[n] > 0][:3]
        near = [number for number in near if abs(scores[number] - score) <= 1]
        found = [slow_factor(model, signals[int(n)], scores[n]) for n in near]
        assert persons == len(near)
        middle = len(near) // 2
        assert people == sorted(drawn[near])[middle]
        grown = sorted((f - 1) * drawn[n] for f, n in zip(found, near, strict=True))[middle]
        assert (factor or np.inf) == pytest.approx(sorted(found)[middle])
        assert (np.inf if more is None else more) == pytest.approx(grown)


def test_it_grows_with_the_score(model, world):
    signals, _, _ = world
    curve = effort(model, signals, (40, 50, 60)).drop_nulls()
    assert len(curve) >= 2
    assert curve["reactors"].is_sorted()
    assert curve["more"].is_sorted()


def test_the_curve_has_a_row_for_each_score_in_the_order_asked_for(model, world):
    signals, _, _ = world
    assert effort(model, signals, persons=1)["score"].to_list() == list(CURVE)
    assert effort(model, signals, (50, 30), persons=1)["score"].to_list() == [50, 30]
    assert effort(model, signals, ()).schema == effort(model, signals, (50,)).schema


def test_where_nobody_is_the_effort_is_unknown(model, world):
    signals, _, _ = world
    assert effort(model, signals, (99,)).rows() == [(99, 0, None, None, None)]


def test_who_draws_no_reactions_stands_for_nobody(model, world):
    signals, _, _ = world
    zeros = signals.with_columns(pl.lit(0.0).alias(name) for name in model.catalogue.names)
    assert effort(model, zeros)["persons"].sum() == 0


def test_no_factor_up_to_16_lifts_who_is_at_the_top_of_every_tree(model, world):
    signals, _, _ = world
    rows = as_matrix(signals, model.catalogue)
    rows[:, engagement_columns(model.catalogue)] = 1e9
    giants = pl.DataFrame(rows, schema=model.catalogue.names)
    giants = giants.with_columns(person=signals["person"])
    score = round(float(np.median(model.score(giants)["score"])))
    ((_, persons, factor, _, more),) = effort(model, giants, (score,)).rows()
    assert persons > 0
    assert factor is None
    assert more is None


def test_engagement_is_seven_measures_of_every_reaction_and_window(model):
    catalogue: Catalogue = model.catalogue
    kinds = sum(len(n.reactions) + 1 for n in catalogue.networks if n.reactions)
    assert len(engagement_columns(catalogue)) == kinds * len(ENGAGEMENT) * 3
    assert all(catalogue.monotone[column] == 1 for column in engagement_columns(catalogue))


def test_the_signals_are_left_as_they_were(model, world):
    signals, _, _ = world
    before, _ = population(model.catalogue, seed=1)
    effort(model, signals, (50,))
    assert signals.equals(before)
