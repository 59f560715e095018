"""How well any ranking can agree with noisy judges."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.features.conftest import SHARED
from training.judgements import noise_ceiling


def twice(chance: np.ndarray, seed: int) -> pl.DataFrame:
    """Each pair judged by two; chance of "a over b" by pair."""
    random = np.random.default_rng(seed)
    parts = [
        pl.DataFrame(
            {
                "a": [f"a{n}" for n in range(len(chance))],
                "b": [f"b{n}" for n in range(len(chance))],
                "preference": (random.random(len(chance)) < chance).astype(float),
                "judge": judge,
            }
        )
        for judge in ("x", "y")
    ]
    return pl.concat(parts)


def test_three_of_four_agreeing_is_an_accuracy_of_85_percent(judged):
    frame = judged(
        "a > b by x", "a > b by y", "c > d by x", "d < c by y",
        "e > f by x", "e > f by y", "g > h by x", "g < h by y", "i > j by x",
    )  # fmt: skip
    ceiling = noise_ceiling(frame, seed=1)
    assert (ceiling.agreement, ceiling.repeats) == (0.75, 4)
    assert ceiling.accuracy == pytest.approx((1 + np.sqrt(0.5)) / 2)
    assert ceiling.low <= ceiling.accuracy <= ceiling.high


@pytest.mark.parametrize("right", [0.55, 0.7, 0.85, 1.0])
def test_equally_hard_pairs_give_how_often_a_verdict_is_right(right):
    ceiling = noise_ceiling(twice(np.full(40_000, right), seed=2), seed=1, rounds=50)
    assert ceiling.accuracy == pytest.approx(right, abs=0.02)
    assert ceiling.low - 0.01 <= right <= ceiling.high + 0.01


def test_the_truth_lies_between_agreement_and_the_estimate_when_pairs_differ():
    chance = np.random.default_rng(3).uniform(0, 1, 40_000)
    best = np.maximum(chance, 1 - chance).mean()
    ceiling = noise_ceiling(twice(chance, seed=4), seed=1, rounds=20)
    assert ceiling.agreement < best < ceiling.accuracy


def test_the_interval_holds_the_truth_in_about_95_of_100_worlds():
    ceilings = [noise_ceiling(twice(np.full(300, 0.8), seed), seed=2) for seed in range(100)]
    inside = [ceiling.low <= 0.8 <= ceiling.high for ceiling in ceilings]
    assert 90 <= sum(inside) <= 99


def test_there_is_none_without_pairs_judged_by_several(judged):
    assert noise_ceiling(judged("a > b", "b > c"), seed=1) is None
    assert noise_ceiling(judged("a > b by x", "a > b by x", "a > c by y"), seed=1) is None
    assert noise_ceiling(judged("a > b by x", "a = b by y"), seed=1) is None


def test_verdicts_of_one_survey_are_different_judges(judged):
    for name in ("", " by survey"):
        ceiling = noise_ceiling(judged(f"a > b{name}", f"b < a{name}"), seed=1)
        assert (ceiling.agreement, ceiling.accuracy) == (1.0, 1.0)


def test_judges_who_always_disagree_leave_a_coin():
    frame = twice(np.ones(20), 0).with_columns(
        preference=pl.when(pl.col("judge") == "x").then(0.0).otherwise(1.0)
    )
    ceiling = noise_ceiling(frame, seed=1)
    assert (ceiling.agreement, ceiling.accuracy, ceiling.high) == (0.0, 0.5, 0.5)


def test_the_same_seed_gives_the_same_interval_whatever_the_order():
    frame = twice(np.full(200, 0.7), 5)
    assert noise_ceiling(frame, 7) == noise_ceiling(frame.reverse(), 7)
    assert noise_ceiling(frame, 7) != noise_ceiling(frame, 8)


def test_of_real_judges_any_ranking_can_agree_with_some_five_in_six():
    file = SHARED / "peerindex" / "judgements.csv"
    if not file.is_file():
        pytest.skip(f"needs the real data in {SHARED}")
    table = pl.read_csv(file, infer_schema=False)
    figures = {side: [c for c in table.columns if c.startswith(side)] for side in ("A_", "B_")}
    frame = table.select(
        a=pl.concat_str(figures["A_"], separator=" "),
        b=pl.concat_str(figures["B_"], separator=" "),
        preference=pl.col("Choice").cast(pl.Float64),
    )
    ceiling = noise_ceiling(frame, seed=1)
    assert ceiling.repeats > 100
    assert 0.7 < ceiling.agreement < 0.82
    assert 0.8 < ceiling.low < ceiling.accuracy < ceiling.high < 0.95
