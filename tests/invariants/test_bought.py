"""Invariant 9: a thousand bought followers who never react gain less than one point."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import timedelta

import lightgbm as lgb
import numpy as np
import polars as pl
import pytest

from features.lake.times import midnight
from tests.support.populations import judged, population
from tests.support.random_models import random_model, random_models, random_params, training_world
from tests.support.steps import compared, signals_of
from tests.support.worlds import AS_OF, SMALL, Row, World
from training.audit import audit
from training.baselines.free_trees import unconstrained
from training.influence.params import TrainingParams

CLAIMED, PLAUSIBLE = "twitter.followers", "twitter.followers.plausible"
BOUGHT = 1000.0
SIZES = (0, 1, 10, 50, 120, 300, 800, 2_000, 10_000, 100_000)
"""Followers that persons have before they buy more."""
PEOPLE = [f"u{number}" for number in range(60)]
PERSONS = [f"twitter:{account}" for account in PEOPLE]


def reading(account: str, value: float, days_ago: int) -> Row:
    """A row of the lake's counters."""
    row = {"network": "twitter", "account": account, "counter": "followers", "value": value}
    return row | {"at": midnight(AS_OF) - timedelta(days_ago, hours=-12)}


def unread(seed: int) -> World:
    """A busy world of which no counter was ever read, and where everybody is one account."""
    return training_world(seed) | {"identities": [], "counters": []}


def silent(world: World) -> World:
    """The world in which nobody reacts on Twitter: all that is left is what people claim."""
    rest = [row for row in world["interactions"] if row["network"] != "twitter"]
    return world | {"interactions": rest}


def sizes(seed: int) -> dict[str, float]:
    """The followers that everybody has."""
    draw = random.Random(seed).choice
    return {account: float(draw(SIZES)) for account in PEOPLE}


def assert_less_than_a_point(world: World, before: list[Row], after: list[Row]) -> None:
    """Nobody gains a point by other readings, and nobody loses, whichever model is asked."""
    one, two = (signals_of(world | {"counters": rows}) for rows in (before, after))
    for _, old, new in compared(PERSONS, one, two):
        gains = (new["score"] - old["score"]).to_numpy()
        assert (gains >= 0).all()
        assert gains.max() < 1


@pytest.mark.parametrize("seed", [11, 12])
def test_9_a_thousand_more_in_a_day_gain_less_than_a_point(seed: int) -> None:
    known = [reading(account, size, 2) for account, size in sizes(seed).items()]
    bought = [reading(row["account"], row["value"] + BOUGHT, 1) for row in known]
    assert_less_than_a_point(unread(seed), known, known + bought)


@pytest.mark.parametrize("seed", [11, 12])
def test_9_a_thousand_at_the_first_reading_gain_who_draws_nothing_less_than_a_point(
    seed: int,
) -> None:
    world, honest = silent(unread(seed)), sizes(seed)
    first = [reading(account, size, 1) for account, size in honest.items()]
    bought = [reading(account, size + BOUGHT, 1) for account, size in honest.items()]
    assert_less_than_a_point(world, first, bought)
    # Who has no account yet gains by opening one; the thousand add nothing to that.
    opened = [reading(account, 0, 1) for account in PEOPLE]
    assert_less_than_a_point(world, opened, [reading(account, BOUGHT, 1) for account in PEOPLE])


def test_9_what_is_claimed_moves_no_score() -> None:
    signals = signals_of(training_world(5))
    claimed = signals.with_columns(pl.lit(1e6).alias(CLAIMED))
    for model in random_models():
        assert model.score(claimed).equals(model.score(signals))


# --- nothing learns from what is only shown --------------------------------------------------


def shouting() -> tuple[pl.DataFrame, pl.DataFrame]:
    """A population in which what people claim says everything, and judgements of them."""
    signals, influence = population(SMALL, seed=3, persons=300)
    telling = pl.Series(CLAIMED, np.exp(influence))
    return signals.with_columns(telling), judged(influence, seed=4, pairs=2_000)


def used(settings: dict[str, object], columns: int, telling: int) -> set[int]:
    """The columns that LightGBM splits on where one of them is the answer itself."""
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(500, columns))
    data = lgb.Dataset(matrix, matrix[:, telling])
    booster = lgb.train(settings | {"objective": "l2", "num_threads": 1}, data, 20)
    return set(np.flatnonzero(booster.feature_importance()))


@pytest.mark.parametrize("seed", range(1, 7))
def test_lightgbm_never_splits_on_a_column_in_no_group(seed: int) -> None:
    columns = len(SMALL.names)
    params = replace(random_params(seed), feature_fraction=1.0)  # else by luck
    free = {"interaction_constraints": [range(columns)]}
    for hidden in map(SMALL.names.index, (CLAIMED, PLAUSIBLE)):
        assert hidden not in used(params.lightgbm(SMALL), columns, hidden)
        assert hidden in used(params.lightgbm(SMALL) | free, columns, hidden)


def test_freer_trees_do_not_read_it_either() -> None:
    signals, judgements = shouting()
    quick = TrainingParams(num_trees=30, feature_fraction=0.3, num_threads=1)
    one = unconstrained(signals, judgements, SMALL, quick)
    other = signals.with_columns(pl.col(CLAIMED).reverse())
    assert unconstrained(other, judgements, SMALL, quick).equals(one)


def test_the_audit_finds_a_tree_that_reads_it() -> None:
    model = random_model(1)
    shown = str(SMALL.names.index(CLAIMED))
    text = re.sub(
        r"^split_feature=\d+", f"split_feature={shown}", model.trees, count=1, flags=re.MULTILINE
    )
    said = [str(finding) for finding in audit(replace(model, trees=text))]
    assert f"tree 0: splits on {CLAIMED}, which is only shown" in said
