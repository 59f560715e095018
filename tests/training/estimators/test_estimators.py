"""Estimators learn what the commands learn, by scikit-learn's conventions."""

from __future__ import annotations

import pickle
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import yaml
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.utils.estimator_checks import check_estimator

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from tests.support.command_scene import klout
from tests.support.populations import judged, population
from training.estimators import KloutRanker, KloutRegressor
from training.influence.params import TrainingParams

PAGE = Path(__file__).parents[3] / "docs/python.md"
SMALL = {"num_trees": 6, "min_sum_hessian_in_leaf": 0.5, "feature_fraction": 0.1}
FEW_PEOPLE = {"num_trees": 5, "few": 0.0, "min_sum_hessian_in_leaf": 0.1}
CHECKS = re.findall(r"^\| `(check_\w+)` \| (.+) \| .+ \|$", PAGE.read_text(), re.MULTILINE)
"""What is skipped, and of which estimator."""


@pytest.fixture(scope="module")
def people():
    catalogue = Catalogue(load_networks())
    signals, influence = population(catalogue, seed=1, persons=150)
    judges = judged(influence, seed=2, pairs=900)
    numbered = judges.with_columns(judge=pl.format("judge {}", pl.int_range(pl.len()) % 7))
    return signals, influence, numbered


@pytest.fixture
def folder(people, tmp_path):
    signals, influence, judgements = people
    signals.write_parquet(tmp_path / "signals.parquet")
    judgements.write_parquet(tmp_path / "judgements.parquet")
    persons = signals["person"]
    pl.DataFrame({"person": persons, "label": scores(influence)}).write_parquet(
        tmp_path / "labels.parquet"
    )
    place = pl.DataFrame({"list": lists(persons), "person": persons, "rank": -influence})
    place.write_parquet(tmp_path / "lists.parquet")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"train": SMALL}))
    return tmp_path


def scores(influence):
    return 1 + 99 / (1 + np.exp(-influence / 2))


def lists(persons):
    return [f"list {number % 4}" for number in range(len(persons))]


def of_command(folder, *words):
    """What `klout train` makes of the same rows: the version, and everybody's score."""
    model, out = folder / "model", folder / "scores.parquet"
    given = ("--signals", folder / "signals.parquet", "--quiet")
    start = ("--from", "scratch", "--params", folder / "params.yaml", "--out", model)
    for command in (("train", *start, *words), ("score", "--model", model, "--out", out)):
        ended = klout(*command, *given)
        assert ended.code == 0, ended.err
    return yaml.safe_load((model / "model.json").read_text())["version"], pl.read_parquet(out)


def assert_as_of_the_command(estimator, signals, found):
    version, scored = found
    assert estimator.model_.version == version
    for given in (signals, signals.to_pandas()):
        np.testing.assert_array_equal(estimator.predict(given), scored["score"].to_numpy())


def test_a_ranker_of_pairs_is_the_command_s_model(people, folder):
    signals, _, judgements = people
    found = of_command(folder, "--judgements", folder / "judgements.parquet")
    assert_as_of_the_command(KloutRanker(**SMALL).fit(signals, pairs=judgements), signals, found)
    of_pandas = KloutRanker(**SMALL).fit(signals.to_pandas(), pairs=judgements.to_pandas())
    assert of_pandas.model_.version == found[0]


def test_a_ranker_of_lists_is_the_command_s_model(people, folder):
    signals, influence, _ = people
    found = of_command(folder, "--labels", folder / "lists.parquet")
    ranker = KloutRanker(**SMALL).fit(signals, influence, groups=lists(signals["person"]))
    assert_as_of_the_command(ranker, signals, found)


@pytest.mark.parametrize("label_scale", [False, True])
def test_a_regressor_is_the_command_s_model(people, folder, label_scale):
    signals, influence, _ = people
    more = ["--label-scale"] if label_scale else []
    found = of_command(folder, "--labels", folder / "labels.parquet", *more)
    regressor = KloutRegressor(label_scale=label_scale, **SMALL).fit(signals, scores(influence))
    assert_as_of_the_command(regressor, signals, found)


def test_it_starts_from_another_model_as_the_command_does(people, folder):
    signals, _, judgements = people
    words = ("--judgements", folder / "judgements.parquet")
    of_command(folder, *words)
    start, out = folder / "model", folder / "next"
    ended = klout("train", "--from", start, *words, "--signals", folder / "signals.parquet",
                  "--params", folder / "params.yaml", "--out", out)  # fmt: skip
    assert ended.code == 0, ended.err
    ranker = KloutRanker(start=start, **SMALL).fit(signals, pairs=judgements)
    assert f"model {ranker.model_.version}" in ended.out


def test_its_parameters_are_those_of_training():
    asked = KloutRanker().get_params()
    assert {each.name for each in fields(TrainingParams)} <= asked.keys()
    assert TrainingParams(**{f.name: asked[f.name] for f in fields(TrainingParams)}) == (
        TrainingParams()
    )
    copy = clone(KloutRegressor(label_scale=True).set_params(num_leaves=4))
    assert (copy.num_leaves, copy.label_scale) == (4, True)


def test_folds_of_people_are_tested_on_whom_was_not_learned_from(people):
    signals, _, judgements = people
    found = cross_val_score(KloutRanker(**SMALL), signals, cv=2, params={"pairs": judgements})
    assert len(found) == 2
    assert min(found) > 0.6
    search = GridSearchCV(KloutRanker(**SMALL), {"num_leaves": [3, 6]}, cv=2)
    search.fit(signals, pairs=judgements)
    assert search.best_score_ > 0.6
    names = search.best_estimator_.feature_names_in_
    assert names.tolist() == signals.columns[1:]


def test_labels_are_cross_validated_too(people):
    signals, influence, _ = people
    label = scores(influence)
    r2 = cross_val_score(KloutRegressor(label_scale=True, **SMALL), signals, label, cv=2)
    assert min(r2) > 0.3
    with config_context(enable_metadata_routing=True):
        ranker = KloutRanker(**SMALL).set_fit_request(groups=True).set_score_request(groups=True)
        given = {"groups": lists(signals["person"])}
        agrees = cross_val_score(ranker, signals, influence, cv=GroupKFold(2), params=given)
    assert min(agrees) > 0.6


def test_a_score_is_the_share_of_pairs_that_are_ordered_as_judged():
    rows = np.random.default_rng(0).integers(0, 60, (300, 1)).astype(float)
    people = pd.DataFrame(rows, columns=["x"])
    people.insert(0, "person", [f"p{number}" for number in range(len(rows))])
    ranker = KloutRanker(**FEW_PEOPLE).fit(people, rows[:, 0])
    low, high = int(rows.argmin()), int(rows.argmax())
    ends = {"a": [f"p{low}", f"p{high}", f"p{high}"], "b": [f"p{high}", f"p{low}", "elsewhere"]}
    pairs = pl.DataFrame({**ends, "preference": [1.0, 1.0, 0.0], "weight": [1.0, 3.0, 9.0]})
    assert ranker.score(people, pairs=pairs) == 0.75


def test_pickled_it_predicts_the_same(people):
    signals, _, judgements = people
    ranker = KloutRanker(**SMALL).fit(signals, pairs=judgements)
    again = pickle.loads(pickle.dumps(ranker))
    np.testing.assert_array_equal(again.predict(signals), ranker.predict(signals))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda s, j: {"X": s}, "expected one of them"),
        (lambda s, j: {"X": s, "y": np.ones(len(s)), "pairs": j}, "expected one of them"),
        (lambda s, j: {"X": s.drop("person"), "pairs": j}, "'person' is missing"),
        (lambda s, j: {"X": s.head(2), "pairs": j.head(0)}, "holds no judgements"),
        (lambda s, j: {"X": s, "pairs": j.with_columns(a=pl.lit("no"))}, "none is about two"),
        (lambda s, j: {"X": pl.concat([s, s.head(1)]), "pairs": j}, "'p0' is twice"),
        (lambda s, j: {"X": s.drop("twitter.lists"), "pairs": j}, "'twitter.lists' is missing"),
        (lambda s, j: {"X": s, "y": np.ones(len(s))}, "nobody is told apart"),
        (lambda s, j: {"X": s, "y": np.arange(len(s)), "groups": [1]}, "groups has 1 rows"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_value_error(people, given, said):
    signals, _, judgements = people
    with pytest.raises(ValueError, match=said):
        KloutRanker(**SMALL).fit(**given(signals, judgements))


def test_labels_that_are_no_scores_have_no_scale_of_their_own(people):
    signals, influence, _ = people
    with pytest.raises(ValueError, match="a scale is fitted to scores from 1 to 100 alone"):
        KloutRegressor(label_scale=True, **SMALL).fit(signals, influence * 1000)


@pytest.mark.parametrize("kind", [KloutRegressor, KloutRanker])
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::sklearn.exceptions.SkipTestWarning")
def test_the_checks_of_scikit_learn_pass_but_for_those_of_the_page(kind):
    found = check_estimator(kind(**FEW_PEOPLE), on_fail=None, on_skip=None)
    passed = {each["check_name"] for each in found if each["status"] == "passed"}
    others = {each["check_name"] for each in found} - passed
    assert others == {name for name, of in CHECKS if of in ("both", f"`{kind.__name__}`")}
    assert len(passed) > 20
