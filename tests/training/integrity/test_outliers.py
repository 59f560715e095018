"""Without labels the strangest accounts are believed least, by a stated rule."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from features.errors import KloutError
from training.integrity.behaviours.behaviour import Behaviour
from training.integrity.outliers import DetectorParams, detect, strangeness

BEHAVIOURS = (
    Behaviour("per_day", "interactions per day", "down"),
    Behaviour("variety", "kinds of what it does", "up"),
    Behaviour("night_share", "share at night", "free"),
)


def crowd(accounts: int = 400, farm: int = 0, seed: int = 0) -> pl.DataFrame:
    """People with heavy tails, and first of all a farm that does a lot of one kind at night."""
    rng = np.random.default_rng(seed)
    made = {
        "per_day": rng.lognormal(0, 1.5, accounts),
        "variety": rng.lognormal(0, 1, accounts),
        "night_share": rng.beta(2, 8, accounts),
    }
    made["per_day"][:farm] = rng.lognormal(5, 0.3, farm)
    made["variety"][:farm] = 0.01
    made["night_share"][:farm] = 0.9
    return pl.DataFrame(made)


def test_a_farm_among_people_is_believed_least():
    believed = detect(crowd(farm=20), BEHAVIOURS, DetectorParams(contamination=0.1))
    assert believed[:20].max() < believed[20:].min()


def test_a_large_farm_hides_from_an_isolation_forest_but_not_from_ranks():
    table, people = crowd(farm=100), np.arange(400) >= 100
    matrix = table.to_numpy()
    forest = IsolationForest(random_state=0).fit(matrix).score_samples(matrix)
    found = roc_auc_score(people, -strangeness(matrix, BEHAVIOURS))
    assert found > 0.98 > 0.9 > roc_auc_score(people, forest)


def test_as_many_are_doubted_as_was_said_and_nobody_below_0():
    believed = detect(crowd(), BEHAVIOURS, DetectorParams(contamination=0.25))
    assert ((believed >= 0) & (believed <= 1)).all()
    assert (believed < 1).sum() == 100
    assert believed.min() == pytest.approx(0.5 / 400 / 0.25)


def test_an_account_is_judged_the_same_wherever_its_row_stands():
    table = crowd(farm=20)
    shuffled = np.random.default_rng(1).permutation(len(table))
    assert (detect(table[shuffled], BEHAVIOURS) == detect(table, BEHAVIOURS)[shuffled]).all()


def test_only_ranks_matter_so_a_heavier_tail_changes_nothing():
    table = crowd(farm=20)
    stretched = table.with_columns(pl.col("per_day") ** 3)
    assert (detect(table, BEHAVIOURS) == detect(stretched, BEHAVIOURS)).all()


@given(st.integers(0, 39), st.integers(0, 9), st.integers(0, 2**32 - 1))
def test_more_of_a_down_and_less_of_an_up_behaviour_is_never_believed_more(
    row: int, more: int, seed: int
):
    values = np.random.default_rng(seed).integers(0, 6, (40, 3)).astype(float)
    worse = values.copy()
    worse[row] += (more, -more, 0)
    params = DetectorParams(contamination=0.5)
    before, after = (
        detect(pl.DataFrame(made, schema=["per_day", "variety", "night_share"]), BEHAVIOURS, params)
        for made in (values, worse)
    )
    assert after[row] <= before[row]


def test_strangeness_is_what_counting_by_hand_gives():
    values = np.random.default_rng(0).integers(0, 6, (30, 3)).astype(float)
    expected = []
    for account in values:
        total = 0.0
        for behaviour, value, all_values in zip(BEHAVIOURS, account, values.T, strict=True):
            below = (sum(all_values < value) + sum(all_values == value) / 2) / 30
            share = {"up": below, "down": 1 - below, "free": 2 * min(below, 1 - below)}
            total -= math.log(share[behaviour.sign])
        expected.append(total)
    assert strangeness(values, BEHAVIOURS) == pytest.approx(expected)


def test_nobody_is_strange_among_equals_among_few_or_in_an_empty_table():
    alike = pl.concat([crowd(1)] * 50)
    for table in (alike, crowd(19, farm=2), crowd(0)):
        assert (detect(table, BEHAVIOURS) == np.ones(len(table))).all()


@pytest.mark.parametrize("contamination", [0.0, -0.1, 0.6, math.nan])
def test_a_share_that_cannot_be_is_refused(contamination: float):
    with pytest.raises(KloutError, match="contamination"):
        DetectorParams(contamination=contamination)


def test_a_value_that_is_not_finite_is_refused_by_name_and_row():
    infinite = pl.when(pl.int_range(pl.len()) == 7).then(math.inf).otherwise("per_day")
    with pytest.raises(KloutError, match=r"per_day of row 7 is inf"):
        detect(crowd().with_columns(per_day=infinite), BEHAVIOURS)
