"""Baselines that learn from judgements."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.optimize import nnls

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import network_from_dict
from tests.support.populations import QUICK, judged
from training.baselines import learned, least_squares, logistic, unconstrained
from training.baselines.linear import RIDGE, _non_negative
from training.evaluation import accuracy, differences


def counters_only(signs: dict[str, str]) -> Catalogue:
    """One network that is nothing but counters."""
    counters = {
        name: {"unit": "things", "sign": sign, "meaning": name} for name, sign in signs.items()
    }
    return Catalogue((network_from_dict("x", {"counters": counters}, "x"),))


def people(catalogue: Catalogue, values: dict[str, np.ndarray]) -> pl.DataFrame:
    size = len(next(iter(values.values())))
    table = pl.DataFrame({"person": [f"p{number}" for number in range(size)]})
    columns = {f"x.{name}": column for name, column in values.items()}
    return table.with_columns(
        pl.Series(name, columns.get(name, np.zeros(size)), pl.Float64) for name in catalogue.names
    )


@pytest.fixture
def fame():
    """200 persons: what counts for them, what counts against them, and what says nothing."""
    random = np.random.default_rng(1)
    influence = random.normal(0, 1.5, 200)
    catalogue = counters_only({"fans": "up", "spam": "down", "odd": "free", "luck": "up"})
    values = {
        "fans": np.expm1(np.maximum(0, 3 + influence + random.normal(0, 0.3, 200))),
        "spam": np.expm1(np.maximum(0, 3 - influence + random.normal(0, 0.3, 200))),
        "odd": np.expm1(np.maximum(0, 3 - influence + random.normal(0, 0.3, 200))),
        "luck": random.poisson(5, 200).astype(float),
    }
    return people(catalogue, values), judged(influence, 2, 1500), catalogue


def measured(values: pl.Series, signals: pl.DataFrame, judgements: pl.DataFrame) -> float:
    difference = differences(judgements, signals["person"], values, 0.0)
    return accuracy(difference, judgements["preference"].to_numpy(), np.ones(len(judgements)))


def test_least_squares_without_overlap_is_worked_out_by_hand():
    x = np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    found = _non_negative(x, np.array([0.5, -0.5]), np.array([0.5, 0.5]))
    assert found == pytest.approx([0.25 / (0.5 + RIDGE), 0.0, 0.0])


def test_least_squares_on_the_normal_equations_are_those_on_the_pairs():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(300, 8)), random.normal(size=300)
    share = random.dirichlet(np.ones(300))
    ridge = np.sqrt(RIDGE) * np.eye(8)
    rows = np.concatenate([x * np.sqrt(share)[:, None], ridge])
    slow, _ = nnls(rows, np.concatenate([y * np.sqrt(share), np.zeros(8)]))
    assert _non_negative(x, y, share) == pytest.approx(slow, abs=1e-9)
    assert 0 < (slow > 0).sum() < 8


def test_least_squares_weigh_signals_only_as_their_signs_allow(fame):
    signals, judgements, catalogue = fame
    one = signals.head(1).with_columns(pl.lit(10.0).alias(name) for name in catalogue.names)

    def with_more(name: str) -> float:
        more = pl.concat([one, one.with_columns(pl.lit(20.0).alias(name))])
        both = pl.concat([signals, more.with_columns(person=pl.Series(["low", "high"]))])
        values = least_squares(both, judgements, catalogue)
        return values[-1] - values[-2]

    assert with_more("x.fans") > 0
    assert with_more("x.spam") < 0
    assert with_more("x.odd") < 0
    assert with_more("x.luck") >= 0


def test_a_signal_that_speaks_against_its_sign_is_left_out_of_least_squares():
    random = np.random.default_rng(4)
    influence = random.normal(0, 1, 100)
    catalogue = counters_only({"fame": "up", "shame": "up"})
    values = {"fame": np.expm1(4 + influence), "shame": np.expm1(4 - influence)}
    signals = people(catalogue, values)
    found = least_squares(signals, judged(influence, 5, 800), catalogue).to_numpy()
    logs = np.log1p(values["fame"])
    assert np.corrcoef(found, logs)[0, 1] == pytest.approx(1)


def test_every_learned_baseline_tells_strangers_apart_better_than_chance(fame):
    signals, judgements, catalogue = fame
    train, test = judgements.head(1000), judgements.tail(500)
    for name, values in learned(signals, train, catalogue, QUICK).items():
        assert measured(values, signals, test) > 0.7, name


def test_learned_baselines_do_on_reactions_as_well(world):
    from tests.training.conftest import CATALOGUE

    signals, judgements = world[0], world[2].head(800)
    for name, values in learned(signals, judgements, CATALOGUE, QUICK).items():
        assert measured(values, signals, world[2].tail(2000)) > 0.65, name


def test_learned_baselines_do_not_depend_on_the_order_of_rows(fame):
    signals, judgements, catalogue = fame
    mixed = judgements.sample(fraction=1, shuffle=True, seed=6)
    one = learned(signals, judgements, catalogue, QUICK)
    other = learned(signals.reverse(), mixed, catalogue, QUICK)
    for name, values in one.items():
        assert other[name].reverse().to_numpy() == pytest.approx(values.to_numpy(), abs=1e-9), name


def test_signals_that_never_differ_change_nothing(fame):
    signals, judgements, catalogue = fame
    wider = counters_only(
        {"fans": "up", "spam": "down", "odd": "free", "luck": "up", "still": "up", "none": "up"}
    )
    same = signals.with_columns(pl.lit(7.0).alias("x.still"), pl.lit(0.0).alias("x.none"))
    for learn in (least_squares, lambda *given: logistic(*given, QUICK)):
        before, after = learn(signals, judgements, catalogue), learn(same, judgements, wider)
        assert after.to_numpy() - after[0] == pytest.approx(before.to_numpy() - before[0], abs=1e-4)


def test_logistic_weights_are_the_log_odds_that_made_the_judgements():
    random = np.random.default_rng(7)
    catalogue = counters_only({"fans": "up"})
    logs = random.uniform(0, 4, 300)
    signals = people(catalogue, {"fans": np.expm1(logs)})
    values = logistic(signals, judged(logs, 8, 6000), catalogue, QUICK).to_numpy()
    slope = np.polyfit(logs, values, 1)[0]
    assert slope == pytest.approx(1, abs=0.1)


def test_winners_always_named_first_teach_the_same(fame):
    signals, judgements, catalogue = fame
    won = pl.col("preference") == 1
    first = judgements.with_columns(
        a=pl.when(won).then("a").otherwise("b"),
        b=pl.when(won).then("b").otherwise("a"),
        preference=pl.lit(1.0),
    )
    expected = least_squares(signals, judgements, catalogue).to_numpy()
    assert least_squares(signals, first, catalogue).to_numpy() == pytest.approx(expected)
    assert measured(logistic(signals, first, catalogue, QUICK), signals, judgements) > 0.7


def test_trees_without_promises_learn_what_signs_forbid():
    random = np.random.default_rng(9)
    influence = random.normal(0, 1.5, 200)
    catalogue = counters_only({"shame": "up"})
    signals = people(catalogue, {"shame": np.expm1(6 - influence)})
    judgements = judged(influence, 10, 1500)
    assert measured(unconstrained(signals, judgements, catalogue, QUICK), signals, judgements) > 0.7
    assert measured(least_squares(signals, judgements, catalogue), signals, judgements) == 0.5
