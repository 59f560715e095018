"""Judges weigh as much as they can be relied upon."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from training.judgements import judge_weights
from training.judgements.judge_reliability import FLOOR, by_judge, trials

SKILLS = [0.95, 0.8, 0.8, 0.7, 0.6, 0.5, 0.1]


def of_judges(frame, weights):
    return frame.with_columns(w=weights).group_by("judge").agg(pl.col("w").first()).sort("judge")


@pytest.mark.parametrize("with_model", [True, False])
def test_the_better_judge_weighs_more_and_all_weigh_one_on_average(panel, with_model):
    frame, difference = panel(SKILLS, size=8_000)
    weights = judge_weights(frame, difference if with_model else None)
    assert len(weights) == len(frame)
    assert weights.mean() == pytest.approx(1)
    each = of_judges(frame, weights)["w"].to_list()
    assert each[0] > each[1] > each[3] > each[4] > each[5]
    assert each[6] == FLOOR
    assert min(each) >= FLOOR


def test_a_weight_is_the_log_odds_of_being_right_in_units_of_the_mean(panel):
    frame, difference = panel([0.9, 0.7], size=40_000)
    strong, weak = of_judges(frame, judge_weights(frame, difference))["w"]
    assert strong / weak == pytest.approx(np.log(9) / np.log(7 / 3), rel=0.05)


def test_judges_who_do_not_differ_weigh_the_same_however_lucky(panel):
    frame, difference = panel([0.7] * 200, size=2_000)
    assert judge_weights(frame, difference).std() < 0.15


def test_one_lucky_verdict_says_little(judged, panel):
    frame, difference = panel([0.9, 0.6, 0.75, 0.8], size=4_000)
    one = judged("p02 > p01 by new")
    weights = judge_weights(pl.concat([frame, one]), np.append(difference, 1.0))
    each = of_judges(frame, weights.head(len(frame)))["w"]
    assert each[1] < weights[-1] < each[0]


def test_without_judges_all_weigh_one(panel):
    frame, difference = panel(SKILLS)
    nobody = frame.with_columns(judge=pl.lit(None, pl.String))
    survey = frame.with_columns(judge=pl.lit("survey"))
    for anonymous in (nobody, survey):
        assert judge_weights(anonymous, difference).to_list() == [1.0] * len(frame)
    assert judge_weights(frame.head(0)).to_list() == []


def test_a_verdict_without_a_judge_weighs_as_the_mean_judge_does(panel):
    frame, difference = panel([0.95, 0.95, 0.55, 0.55], size=4_000)
    some = frame.with_columns(judge=pl.when(pl.int_range(pl.len()) % 2 == 0).then("judge"))
    weights = judge_weights(some, difference).to_numpy()
    unknown = weights[some["judge"].is_null().to_numpy()]
    assert len(set(unknown)) == 1
    assert weights.min() < unknown[0] < weights.max()


def test_judges_all_worse_than_chance_are_all_heard(judged):
    frame = judged(*["a > b by x", "a < b by y"] * 5)
    assert judge_weights(frame).to_list() == [1.0] * 10


def test_undecided_verdicts_and_undecided_models_are_no_trial(judged):
    frame = judged("a > b by x", "a = b by x", "a > b by y", "c > d by y", "e > f by x")
    counted = by_judge(trials(frame, np.array([1.0, 1.0, np.nan, 0.0, -2.0])))
    assert counted.rows() == [("x", 3, 2, 1), ("y", 2, 0, 0)]
    assert by_judge(trials(frame)).rows() == [("x", 3, 1, 1), ("y", 2, 1, 1)]
