"""Accuracy by kinds of pairs, and whether P(a over b) means what it says."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from tests.support.populations import judged
from training.evaluation import Resamples, accuracy, differences
from training.evaluation.bands import breakdowns
from training.evaluation.reliability import calibration_error, reliability

BANDS = ("accuracy_by_gap", "accuracy_by_networks", "accuracy_by_activity")


@pytest.fixture(scope="module")
def pairs(model, world):
    signals, influence, _ = world
    judgements = judged(influence, seed=9, pairs=800)
    return signals, model.score(signals), judgements


@pytest.fixture(scope="module")
def tables(model, pairs):
    signals, scores, judgements = pairs
    return breakdowns(model, signals, scores, judgements, Resamples.of(judgements, rounds=50))


@pytest.mark.parametrize("name", BANDS)
def test_bands_part_the_judgements_and_their_accuracies_make_up_the_whole(
    name, tables, pairs, model
):
    _, scores, judgements = pairs
    table = tables[name]
    assert table.columns[1:] == ["accuracy", "low", "high", "judgements"]
    assert table["judgements"].sum() == len(judgements)
    whole = (table["accuracy"] * table["judgements"]).sum() / len(judgements)
    influence = differences(judgements, scores["person"], scores["influence"], model.base)
    preference = judgements["preference"].to_numpy()
    expected = accuracy(influence, preference, np.ones(len(judgements)))
    assert whole == pytest.approx(expected)
    assert (table["low"] <= table["accuracy"]).all()
    assert (table["accuracy"] <= table["high"]).all()


def test_the_further_apart_the_scores_the_more_accurate_they_are(tables):
    found = tables["accuracy_by_gap"]["accuracy"].to_list()
    assert found[-1] > found[0]


def test_the_person_on_fewer_networks_puts_the_pair_in_its_band(tables, pairs, model):
    signals, _, judgements = pairs
    names = [f"{network.name}.connected" for network in model.catalogue.networks]
    on = {row[0]: sum(flag > 0 for flag in row[1:])
          for row in signals.select("person", *names).iter_rows()}  # fmt: skip
    fewer = [min(on[a], on[b]) for a, b in judgements.select("a", "b").iter_rows()]
    found = dict(tables["accuracy_by_networks"].select("networks", "judgements").iter_rows())
    assert found == {str(count): fewer.count(count) for count in set(fewer)}


def test_bands_of_activity_hold_about_equally_many_judgements(model, pairs):
    signals, scores, judgements = pairs
    busy = signals.with_columns(
        pl.int_range(pl.len()).cast(pl.Float64).alias("twitter.any.count.90d")
    )
    found = breakdowns(model, busy, scores, judgements, Resamples.of(judgements, rounds=5))
    table = found["accuracy_by_activity"]
    assert len(table) == 5
    assert table["reactions"][0].startswith("0-")
    assert table["judgements"].max() < 1.2 * table["judgements"].min()


def test_in_a_world_without_reactions_there_is_one_band_of_activity(model, pairs):
    signals, scores, judgements = pairs
    still = signals.with_columns(pl.lit(0.0).alias(name) for name in model.catalogue.names)
    resamples = Resamples.of(judgements, rounds=5)
    found = breakdowns(model, still, scores, judgements, resamples)
    assert found["accuracy_by_activity"]["reactions"].to_list() == ["0+"]
    assert found["accuracy_by_networks"]["networks"].to_list() == ["0"]


def judged_with_chance(difference, seed):
    return (np.random.default_rng(seed).random(len(difference)) < expit(difference)).astype(float)


def test_honest_chances_are_calibrated_and_boastful_ones_are_not():
    difference = np.random.default_rng(1).normal(0, 2, 20_000)
    preference, weight = judged_with_chance(difference, 2), np.ones(20_000)
    honest = calibration_error(reliability(difference, preference, weight))
    boastful = calibration_error(reliability(3 * difference, preference, weight))
    assert honest < 0.02 < 0.1 < boastful


def test_calibration_does_not_depend_on_who_was_called_a():
    difference = np.random.default_rng(3).normal(0, 2, 500)
    preference, weight = judged_with_chance(difference, 4), np.ones(500)
    one = reliability(difference, preference, weight)
    side = np.where(preference == 1, 1.0, -1.0)
    winners_first = reliability(side * difference, np.ones(500), weight)
    assert one["judgements"].to_list() == winners_first["judgements"].to_list()
    assert one["observed"].to_numpy() == pytest.approx(winners_first["observed"].to_numpy())


def test_bins_hold_equally_many_and_their_means_are_those_of_what_is_in_them():
    difference = np.random.default_rng(5).normal(0, 2, 100)
    preference = np.tile([0.0, 1.0, 0.5, 0.25], 25)
    table = reliability(difference, preference, np.ones(100))
    assert table["judgements"].to_list() == [20] * 10
    chance = np.concatenate([expit(difference), expit(-difference)])
    lowest = np.argsort(chance)[:20]
    both = np.concatenate([preference, 1 - preference])
    assert table["predicted"][0] == pytest.approx(chance[lowest].mean())
    assert table["observed"][0] == pytest.approx(both[lowest].mean())
    distance = np.abs(table["predicted"] - table["observed"])
    assert calibration_error(table) == pytest.approx(distance.mean())


def test_a_model_that_says_nothing_has_one_bin_and_is_calibrated():
    table = reliability(np.zeros(40), np.tile([0.0, 1.0], 20), np.ones(40))
    assert len(table) == 1
    assert calibration_error(table) == 0
