"""A model: exact parts, order, what it refuses, and that it stays itself."""

from __future__ import annotations

import dataclasses
import json
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import KloutError
from tests.support.populations import QUICK, judged, population
from tests.training.conftest import CATALOGUE
from training.audit import audit
from training.influence.fit import fit
from training.influence.model import Model, as_matrix
from training.influence.params import TrainingParams


def test_influence_is_the_sum_of_the_parts_to_the_last_bit(model, world):
    scores = model.score(world[0])
    parts = [name for name in scores.columns if name.startswith("part.")]
    for order in (parts, parts[::-1]):
        total = np.full(len(scores), model.base)
        for name in order:
            total = total + scores[name].to_numpy()
        assert np.array_equal(total, scores["influence"].to_numpy())


def test_a_batch_and_one_row_give_the_same_bits(model, world):
    whole = model.score(world[0])
    rows = pl.concat([model.score(world[0][row]) for row in range(50)])
    assert rows.equals(whole.head(50))


def test_threads_that_score_at_once_get_the_same_bits(model, world):
    signals = as_matrix(world[0], CATALOGUE)
    expected = model.parts(signals)
    with ThreadPoolExecutor(8) as pool:
        for parts in pool.map(model.parts, [signals] * 200):
            assert np.array_equal(parts, expected)


def test_the_order_of_scores_is_the_order_of_influence(model, world):
    scores = model.score(world[0]).sort("influence")
    assert scores["score"].is_sorted()
    assert scores["percentile"].is_sorted()
    assert scores["score"].is_between(1, 100, closed="none").all()


@given(st.integers(0, 399), st.data())
@settings(max_examples=60, deadline=None)
def test_more_of_an_up_signal_never_lowers_and_more_of_a_down_signal_never_raises(
    model, world, row, data
):
    person = world[0][row]
    signal = data.draw(st.sampled_from(CATALOGUE.signals))
    more = person.with_columns(pl.col(signal.name) + data.draw(st.floats(0, 1e6)))
    before, after = model.score(person)["score"][0], model.score(more)["score"][0]
    assert after >= before if signal.sign == "up" else after <= before


@given(st.integers(0, 399))
@settings(max_examples=40, deadline=None)
def test_no_network_takes_away(model, world, row):
    person = world[0][row]
    whole = model.score(person)["influence"][0]
    for network, columns in CATALOGUE.groups.items():
        names = [CATALOGUE.names[column] for column in columns]
        without = person.with_columns(pl.lit(0.0).alias(name) for name in names)
        scored = model.score(without)
        assert scored["influence"][0] <= whole
        assert scored[f"part.{network}"][0] == 0


def test_it_tells_the_more_influential_better_than_chance(model):
    signals, influence = population(CATALOGUE, seed=9)
    scores = model.score(signals)["influence"].to_numpy()
    assert np.corrcoef(scores, influence)[0, 1] > 0.7


def test_the_model_file_does_not_depend_on_threads(world):
    signals, _, judgements = world
    settings = [dataclasses.replace(QUICK, num_threads=threads) for threads in (1, 2, 4)]
    models = [fit(signals, judgements, CATALOGUE, each) for each in settings]
    assert len({each.trees for each in models}) == 1


def test_soft_preferences_and_weights_are_honoured(world):
    signals, influence, _ = world
    truth = judged(influence, seed=5)
    lies = truth.with_columns(preference=1 - pl.col("preference"), weight=pl.lit(0.01))
    unsure = truth.with_columns(preference=pl.lit(0.5))
    both = fit(signals, pl.concat([truth, lies, unsure]), CATALOGUE, QUICK)
    assert np.corrcoef(both.score(signals)["influence"].to_numpy(), influence)[0, 1] > 0.7


def test_a_saved_model_is_the_same_model(model, world, tmp_path):
    model.save(tmp_path / "m")
    again = Model.load(tmp_path / "m")
    assert again.version == model.version
    assert again.score(world[0]).equals(model.score(world[0]))


def test_a_damaged_model_is_refused(model, tmp_path):
    model.save(tmp_path / "m")
    numbers = json.loads((tmp_path / "m" / "model.json").read_text())
    numbers["scale"]["width_"] *= 2
    (tmp_path / "m" / "model.json").write_text(json.dumps(numbers))
    with pytest.raises(KloutError, match="damaged model"):
        Model.load(tmp_path / "m")
    with pytest.raises(KloutError, match="no model here"):
        Model.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.drop("twitter.followers"), "'twitter.followers' is missing"),
        (lambda f: f.with_columns(pl.lit(-1.0).alias("twitter.followers")), "twitter.followers"),
        (lambda f: f.with_columns(pl.lit(float("nan")).alias("twitter.tweets")), "twitter.tweets"),
        (lambda f: f.with_columns(pl.lit(float("inf")).alias("twitter.tweets")), "twitter.tweets"),
        (lambda f: f.with_columns(pl.lit(None, pl.Int64).alias("twitter.tweets")), "None"),
        (lambda f: f.with_columns(pl.lit("x").alias("twitter.tweets")), "must be a number"),
    ],
)
def test_bad_signals_are_refused_by_name(world, change, says):
    with pytest.raises(KloutError, match=says):
        as_matrix(change(world[0]), CATALOGUE)


def test_the_audit_passes_what_was_trained_with_constraints(model):
    assert audit(model) == []


def test_the_audit_finds_a_tree_that_is_not_monotone(model):
    head, tree = model.trees.split("Tree=0\n", 1)
    values = next(line for line in tree.splitlines() if line.startswith("leaf_value="))
    leaves = sorted(map(float, values.removeprefix("leaf_value=").split()), reverse=True)
    broken = f"leaf_value={' '.join(map(repr, leaves))}"
    bad = dataclasses.replace(model, trees=f"{head}Tree=0\n{tree.replace(values, broken, 1)}")
    upside_down = dataclasses.replace(
        model, trees=f"{head}Tree=0\n{tree.replace(values, _reversed(values), 1)}"
    )
    assert any("not monotone" in finding.what for finding in audit(bad) + audit(upside_down))


def _reversed(values: str) -> str:
    leaves = values.removeprefix("leaf_value=").split()
    return f"leaf_value={' '.join(leaves[::-1])}"


@pytest.mark.parametrize("name", ["linear_tree", "quant_train_renew_leaf", "path_smooth"])
def test_settings_that_break_monotonicity_are_refused(name):
    with pytest.raises(KloutError, match="monotone"):
        TrainingParams.checked({name: 1}, "params.yaml")
    with pytest.raises(KloutError, match=r"no parameter train\.leaves"):
        TrainingParams.checked({"leaves": 1}, "params.yaml")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"num_leaves": "x"}, "train.num_leaves is 'x'; expected a whole number"),
        ({"num_leaves": 8.5}, "train.num_leaves is 8.5; expected a whole number"),
        ({"few": "x"}, "train.few is 'x'; expected a number"),
        ({"extra_trees": 1}, "train.extra_trees is 1; expected true or false"),
        ({"measures": "reactors"}, "train.measures is 'reactors'; expected a list of"),
        ({"link_power": 1}, "train.link_power is 1; expected one of"),
    ],
)
def test_parameters_of_another_kind_are_refused_by_name(given, said):
    with pytest.raises(KloutError, match=re.escape(f"params.yaml: {said}")):
        TrainingParams.checked(given, "params.yaml")


def test_no_measure_may_be_wanted():
    assert TrainingParams.checked({"measures": []}, "params.yaml").measures == ()
