"""The classifier learns what tells people from others, says so in probabilities, and is kept."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from features.errors import KloutError
from features.storage.folders import MARKER
from training.integrity.behaviours.behaviour import Behaviour
from training.integrity.boosted_trees import ClassifierParams
from training.integrity.classifier import NUMBERS, Classifier, fit
from training.trees.model_folder import TREES

BEHAVIOURS = (
    Behaviour("per_day", "interactions per day", "down"),
    Behaviour("variety", "kinds of what it does", "up"),
    Behaviour("night_share", "share at night", "free"),
    Behaviour("noise", "nothing", "free"),
)
NAMES = [behaviour.name for behaviour in BEHAVIOURS]
QUICK = ClassifierParams(num_trees=60, learning_rate=0.1)


def log_odds(table: pl.DataFrame) -> np.ndarray:
    """What the labels of `accounts` are drawn from."""
    per_day, variety, night, _ = table.select(NAMES).to_numpy().T
    return 1.0 + 2.0 * np.log(variety) - 1.5 * np.log(per_day) - 8.0 * (night - 0.5) ** 2


def accounts(number: int, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    """Accounts with columns in another order than declared, and labels drawn by `log_odds`."""
    rng = np.random.default_rng(seed)
    table = pl.DataFrame(
        {
            "account": [f"a{n}" for n in range(number)],
            "noise": rng.normal(size=number),
            "night_share": rng.uniform(size=number),
            "variety": rng.lognormal(0, 1, number),
            "per_day": rng.lognormal(0, 1, number),
        }
    )
    return table, rng.uniform(size=number) < expit(log_odds(table))


@pytest.fixture(scope="module")
def learned() -> Classifier:
    return fit(*accounts(1500), BEHAVIOURS, QUICK)


def test_what_is_said_is_what_is_found(learned: Classifier):
    table, authentic = accounts(4000, seed=1)
    said = learned.probability(table)
    for low in np.arange(0.0, 1.0, 0.2):
        bin_ = (said >= low) & (said < low + 0.2)
        assert authentic[bin_].mean() == pytest.approx(said[bin_].mean(), abs=0.06)
    assert np.abs(said - expit(log_odds(table))).mean() < 0.08


def test_trees_that_learned_by_heart_are_not_believed_wholly():
    by_heart = replace(QUICK, learning_rate=0.5, num_leaves=64, min_data_in_leaf=1, lambda_l2=0.0)
    boasting = fit(*accounts(400), BEHAVIOURS, by_heart)
    table, authentic = accounts(4000, seed=1)
    assert boasting.calibration.slope < 0.8
    sure = boasting.probability(table) > 0.9
    assert authentic[sure].mean() == pytest.approx(
        boasting.probability(table)[sure].mean(), abs=0.05
    )


@settings(max_examples=60)
@given(st.integers(0, 199), st.sampled_from(NAMES[:2]), st.floats(0, 1e6))
def test_more_of_a_signed_behaviour_never_says_what_its_sign_forbids(
    learned: Classifier, row: int, name: str, more: float
):
    account = accounts(200, seed=2)[0][row]
    raised = account.with_columns(pl.col(name) + more)
    before, after = learned.probability(account)[0], learned.probability(raised)[0]
    assert after <= before if name == "per_day" else after >= before


def test_the_same_data_makes_the_same_bytes(tmp_path: Path):
    for name in ("one", "two"):
        fit(*accounts(200), BEHAVIOURS, QUICK).save(tmp_path / name)
    for file in (TREES, NUMBERS):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    other = fit(*accounts(200, seed=5), BEHAVIOURS, QUICK)
    assert other.version != Classifier.load(tmp_path / "one").version


def test_what_was_saved_says_the_same_when_loaded(learned: Classifier, tmp_path: Path):
    learned.save(tmp_path / "kept")
    learned.save(tmp_path / "kept")
    loaded, table = Classifier.load(tmp_path / "kept"), accounts(300, seed=3)[0]
    assert (loaded, loaded.version) == (learned, learned.version)
    assert (loaded.probability(table) == learned.probability(table)).all()
    assert loaded.reasons(table) == learned.reasons(table)
    assert sorted(file.name for file in tmp_path.rglob("*.*")) == [NUMBERS, MARKER, TREES]


def lose(folder: Path) -> None:
    (folder / TREES).unlink()


def cut(folder: Path) -> None:
    (folder / NUMBERS).write_text((folder / NUMBERS).read_text()[:-20])


def change(folder: Path) -> None:
    (folder / TREES).write_text((folder / TREES).read_text().replace("threshold=", "threshold=1"))


def forget(folder: Path) -> None:
    numbers = json.loads((folder / NUMBERS).read_text())
    del numbers["calibration"]
    (folder / NUMBERS).write_text(json.dumps(numbers))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lose, "damaged classifier: trees.txt is missing"),
        (cut, "damaged classifier"),
        (change, "trees.txt is not as it was written"),
        (forget, "damaged classifier: classifier.json is not as it was written"),
    ],
)
def test_a_damaged_folder_is_refused(
    learned: Classifier, tmp_path: Path, harm: Callable[[Path], None], message: str
):
    learned.save(tmp_path / "kept")
    harm(tmp_path / "kept")
    with pytest.raises(KloutError, match=message):
        Classifier.load(tmp_path / "kept")


def test_the_planted_behaviour_is_the_first_reason(learned: Classifier):
    table, _ = accounts(3, seed=4)
    busy = table.with_columns(per_day=pl.lit(500.0), variety=pl.lit(1.0), night_share=pl.lit(0.5))
    for reasons in learned.reasons(busy):
        assert (reasons[0].behaviour, reasons[0].value) == ("per_day", 500.0)
        assert [reason.contribution for reason in reasons] == sorted(
            r.contribution for r in reasons
        )
        assert all(reason.contribution < 0 for reason in reasons)
    assert [len(reasons) for reasons in learned.reasons(busy, most=1)] == [1, 1, 1]


def test_contributions_add_up_to_the_log_odds(learned: Classifier):
    table, _ = accounts(50, seed=6)
    parts = learned.booster.predict(table.select(NAMES).to_numpy(), pred_contrib=True)
    total = learned.calibration.slope * parts.sum(axis=1) + learned.calibration.intercept
    assert expit(total) == pytest.approx(learned.probability(table))
    said = [{r.behaviour: r.contribution for r in one} for one in learned.reasons(table, most=4)]
    for column, name in enumerate(NAMES):
        expected = np.minimum(learned.calibration.slope * parts[:, column], 0.0)
        assert [one.get(name, 0.0) for one in said] == pytest.approx(list(expected))


def test_thirty_accounts_are_enough():
    table, authentic = accounts(30)
    said = fit(table, authentic, BEHAVIOURS).probability(accounts(500, seed=1)[0])
    truth = expit(log_odds(accounts(500, seed=1)[0]))
    assert ((said > 0) & (said < 1)).all()
    assert np.corrcoef(said, truth)[0, 1] > 0.4


def test_where_nothing_tells_them_apart_the_share_is_said():
    table, _ = accounts(200)
    authentic = np.arange(200) % 4 > 0
    said = fit(
        table.with_columns(pl.lit(1.0).alias(n) for n in NAMES), authentic, BEHAVIOURS, QUICK
    )
    assert said.probability(table) == pytest.approx(np.full(200, 0.75), abs=0.01)
    assert said.reasons(table) == [[]] * 200


def test_an_account_that_weighs_twice_is_as_good_as_two():
    table, _ = accounts(200)
    flat, authentic = table.with_columns(pl.lit(1.0).alias(n) for n in NAMES), np.arange(200) < 100
    weight = np.where(authentic, 3.0, 1.0)
    found = fit(flat, authentic, BEHAVIOURS, QUICK, weight=weight)
    assert found.probability(flat)[0] == pytest.approx(0.75, abs=0.01)


def test_a_group_is_never_in_two_folds():
    """Twenty copies of each account: alone, copies of the held out give the labels away."""
    table, _ = accounts(30)
    authentic = np.random.default_rng(0).uniform(size=30) < 0.5
    copies, truth, groups = (
        pl.concat([table] * 20),
        np.tile(authentic, 20),
        np.tile(np.arange(30), 20),
    )
    deceived = fit(copies, truth, BEHAVIOURS, QUICK).calibration.slope
    assert fit(copies, truth, BEHAVIOURS, QUICK, groups=groups).calibration.slope < deceived / 2


def test_an_empty_table_gives_nothing(learned: Classifier):
    empty = accounts(1)[0].clear()
    assert (learned.probability(empty).shape, learned.reasons(empty)) == ((0,), [])


def with_value(value: float | None) -> pl.DataFrame:
    seventh = pl.when(pl.int_range(pl.len()) == 7).then(pl.lit(value)).otherwise("variety")
    return accounts(50)[0].with_columns(variety=seventh)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (accounts(50)[0].drop("variety", "noise"), "column 'variety' is missing and 1 more"),
        (with_value(math.nan), "variety of row 7 is nan; expected a finite number"),
        (with_value(math.inf), "variety of row 7 is inf"),
        (with_value(None), "variety of row 7 is None"),
        (accounts(50)[0].with_columns(noise=pl.lit("x")), "noise must be a number, is String"),
    ],
)
def test_behaviours_that_are_not_numbers_are_refused(
    learned: Classifier, table: pl.DataFrame, message: str
):
    for use in (learned.probability, learned.reasons, lambda t: fit(t, np.ones(50), BEHAVIOURS)):
        with pytest.raises(KloutError, match=message):
            use(table)


@pytest.mark.parametrize(
    ("authentic", "given", "message"),
    [
        (np.full(50, True), {}, "50 authentic accounts and 0 others; expected at least 5 of each"),
        (np.arange(50) < 4, {}, "4 authentic accounts and 46 others"),
        (np.arange(49) < 20, {}, r"labels: of shape \(49,\); expected one per account, 50"),
        (np.arange(50) < 20, {"weight": np.ones(3)}, r"weights: of shape \(3,\)"),
        (np.arange(50) < 20, {"weight": np.zeros(50)}, "weights: expected finite numbers above 0"),
        (np.arange(50) < 20, {"groups": np.arange(50) % 2}, "groups: .* at least 5 of them"),
        (
            np.arange(50) < 20,
            {"groups": np.where(np.arange(50) < 20, 0, np.arange(50))},
            "groups: one holds all accounts of a label",
        ),
    ],
)
def test_labels_that_cannot_be_learned_from_are_refused(
    authentic: np.ndarray, given: dict[str, np.ndarray], message: str
):
    with pytest.raises(KloutError, match=message):
        fit(accounts(50)[0], authentic, BEHAVIOURS, QUICK, **given)


def test_no_behaviours_are_refused():
    with pytest.raises(KloutError, match="expected at least one"):
        fit(*accounts(50), ())
