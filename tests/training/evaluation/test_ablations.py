"""What is lost without a network or a measure, and what each signal is good for."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from benchmarks.ablations import document, figures
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import network_from_dict
from features.catalogue.measures import MEASURES
from tests.support.populations import QUICK, judged, population, quick_model
from tests.training.conftest import CATALOGUE
from training.evaluation import Resamples, accuracy
from training.evaluation.ablations import Trial, ablate, ablations, importance
from training.evaluation.evaluate_job import ablate_files
from training.influence.boosting import log_loss

# Free, so that evidence, which is no learned tree, says nothing of it.
ONE_COUNTER = {"counters": {"fame": {"unit": "points", "sign": "free", "meaning": "fame"}}}
TWO = Catalogue(tuple(network_from_dict(name, ONE_COUNTER, name) for name in ("loud", "mute")))


@pytest.fixture(scope="module")
def trial():
    """A world in which one network says all and the other nothing."""
    random = np.random.default_rng(1)
    influence = random.normal(0, 1.5, 300)
    signals = pl.DataFrame(
        {
            "person": [f"p{number}" for number in range(300)],
            "loud.fame": np.exp(influence),
            "loud.connected": np.ones(300),
            "mute.fame": random.exponential(size=300) * (np.arange(300) < 60),
            "mute.connected": np.ones(300),
        }
    )
    return Trial(signals, judged(influence, 2, 1500), judged(influence, 3, 400), TWO, QUICK)


@pytest.fixture(scope="module")
def rows(trial):
    whole = trial.model()
    return list(ablate(trial, whole, Resamples.of(trial.test, rounds=100))), whole


def test_all_networks_and_measures_are_ablated_once():
    found = ablations(CATALOGUE)
    networks = [each for each in found if each.kind == "network"]
    assert {each.name for each in networks} == {"twitter", "chess", "wikipedia"}
    assert sorted(name for each in networks for name in each.signals) == sorted(CATALOGUE.names)
    measures = {each.name: each.signals for each in found if each.kind == "measure"}
    assert set(measures) == {measure.name for measure in MEASURES}
    assert "chess.any.reactors.7d" in measures["reactors"]
    assert not any("per_content" in name for name in measures["reactors"])


def test_the_only_network_there_is_is_not_ablated():
    one = Catalogue((network_from_dict("x", ONE_COUNTER, "x"),))
    assert ablations(one) == []


def test_without_the_network_that_says_all_the_score_is_a_guess(rows):
    found = {row["without"]: row for row in rows[0]}
    assert found["loud"]["accuracy"] == 0.5
    assert found["loud"]["log_loss"] == pytest.approx(np.log(2))
    assert found["loud"]["accuracy_change_high"] < 0
    assert found["loud"]["log_loss_change_low"] > 0
    assert found["mute"]["accuracy_change_low"] <= 0.02
    assert abs(found["mute"]["accuracy_change"]) < 0.05


def test_changes_are_those_of_a_model_trained_on_zeros(rows, trial):
    row, whole = rows[0][1], rows[1]
    without = trial.population.with_columns(pl.lit(0.0).alias("mute.fame"))
    without = without.with_columns(pl.lit(0.0).alias("mute.connected"))
    blind = Trial(without, trial.training, trial.test, TWO, QUICK)
    reduced, complete = blind.difference(blind.model()), trial.difference(whole)
    preference, weight = trial.test["preference"].to_numpy(), np.ones(len(trial.test))
    after, before = (accuracy(each, preference, weight) for each in (reduced, complete))
    assert row["accuracy"] == pytest.approx(after)
    assert row["accuracy_change"] == pytest.approx(after - before)
    lost = [log_loss(each, preference, weight) for each in (reduced, complete)]
    assert row["log_loss_change"] == pytest.approx(lost[0] - lost[1])


def test_the_file_holds_what_was_found_when_a_run_was_stopped(trial, tmp_path):
    class StoppedError(Exception):
        pass

    def stop(row):
        raise StoppedError

    out, signals_out = tmp_path / "ablations.csv", tmp_path / "signals.csv"
    with pytest.raises(StoppedError):
        ablate_files(trial, out, signals_out, stop)
    assert pl.read_csv(out)["without"].to_list() == ["loud"]
    assert set(pl.read_csv(signals_out)["signal"]) == set(TWO.names)


def test_importance_says_what_the_trees_use_and_who_has_it(rows, trial):
    whole = rows[1]
    table = importance(whole, trial.population)
    assert table["signal"][0] == "loud.fame"
    by_name = {row["signal"]: row for row in table.iter_rows(named=True)}
    assert by_name["mute.fame"]["coverage"] == pytest.approx(0.2)
    assert by_name["loud.fame"]["coverage"] == 1
    assert by_name["mute.connected"]["splits"] == by_name["mute.connected"]["gain"] == 0
    assert sum(row["splits"] for row in by_name.values()) == sum(
        line.count(" ") + 1
        for line in whole.trees.splitlines()
        if line.startswith("split_feature=")
    )


def test_splits_that_were_not_learned_are_counted_too():
    """What evidence reads is missed by whoever leaves it out, though no split of it has a gain."""
    model, people = quick_model(CATALOGUE, seed=1), population(CATALOGUE, seed=1)[0]
    by_name = {row["signal"]: row for row in importance(model, people).iter_rows(named=True)}
    assert by_name["twitter.any.reactors.90d"]["splits"] > 50
    assert sum(row["splits"] for row in by_name.values()) == sum(
        len(line.split("=")[1].split())
        for line in model.trees.splitlines()
        if line.startswith("split_feature=")
    )


def test_the_documentation_has_a_line_per_ablation_and_the_figures_as_json(rows, trial):
    table, weighed = pl.DataFrame(rows[0]), importance(rows[1], trial.population)
    text = document(table, weighed)
    assert "| network loud | 2 | " in text
    assert "| `loud.fame` | " in text
    unused = weighed.filter(pl.col("splits") == 0)["signal"].to_list()
    assert f"{len(unused)} of 4 signals are never used" in text
    last = json.loads(json.dumps(figures(table, weighed)))
    assert set(last["log_loss_change"]) == {"network.loud", "network.mute"}
