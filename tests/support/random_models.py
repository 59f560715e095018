"""Small models of many kinds, each trained on a random world of its own from the lake on."""

from __future__ import annotations

import random
import tempfile
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from features.catalogue.measures import MEASURES
from features.lake import Lake
from features.lake.times import midnight
from features.signals.materialize import materialize
from features.simulator import Policy, simulate
from tests.support.worlds import AS_OF, SMALL, Row, World, big_world, lake_of
from training.influence.adapting import adapt
from training.influence.fit import fit
from training.influence.link import POWERS
from training.influence.model import Model
from training.influence.params import TrainingParams
from training.judgements import lake_judgements
from training.judgements.outcomes import judge_outcomes

SEEDS = range(1, 9)
"""Two of each kind of world, and more."""
ADAPTED = range(7, 9)
"""Seeds of models that started from one of the others."""
HORIZON = 20
"""Days of outcomes, and how long before the world's end its persons are judged by them."""

Trained = tuple[pl.DataFrame, pl.DataFrame]
"""The signals and the judgements that a model is trained on."""


@cache
def random_models() -> tuple[Model, ...]:
    """Train one model for each of `SEEDS`: a second each."""
    return tuple(random_model(seed) for seed in SEEDS)


@cache
def random_model(seed: int) -> Model:
    """Train a model on a random world with random settings."""
    signals, judgements = random_training(seed)
    weighed = judgements.with_columns(weight=pl.lit(1.0))
    if seed in ADAPTED:
        parent, unlike = random_model(seed - len(ADAPTED)), _on_days(signals, seed)
        return adapt(parent, signals, unlike, random_params(seed))
    return fit(signals, weighed, SMALL, random_params(seed))


@cache
def random_training(seed: int) -> Trained:
    """Make a world, and what a model is trained on there."""
    kind = (_on_outcomes, _on_counts, _on_simulated_judges)[seed % 3]
    with tempfile.TemporaryDirectory() as folder:
        return kind(Path(folder), seed)


def random_params(seed: int) -> TrainingParams:
    """Draw what shapes a model: how deep, how greedy, how many signals at a look, which link."""
    draw = random.Random(seed).choice
    return TrainingParams(
        num_trees=120,
        patience=40,
        measures=draw((("reactors", "days"), tuple(measure.name for measure in MEASURES))),
        link_power=draw(POWERS[1:]),
        learning_rate=draw((0.05, 0.1, 0.3)),
        num_leaves=draw((3, 6, 8, 16)),
        min_sum_hessian_in_leaf=draw((0.1, 0.5, 2.0)),
        lambda_l2=draw((0.0, 1.0)),
        feature_fraction=draw((0.05, 0.3, 1.0)),
        max_bin=draw((15, 127)),
        seed=seed,
    )


def training_world(seed: int) -> World:
    """Make a world of sixty accounts with a past, some of them known for their scores."""
    rng = random.Random(seed)
    days = [AS_OF - timedelta(100), AS_OF - timedelta(50)]
    known = [f"{n.name}:u{number}" for n in SMALL.networks for number in range(60)]
    return big_world(seed, 1_500) | {
        "scores": [score(person, day, rng.uniform(1, 90)) for person in known for day in days]
    }


def score(person: str, day: date, value: float) -> Row:
    """Make a row of the lake's history of scores."""
    return {"person": person, "score": value, "as_of": midnight(day)}


def _on_outcomes(root: Path, seed: int) -> Trained:
    """Judge by what came after."""
    lake, day = lake_of(training_world(seed), root), AS_OF - timedelta(HORIZON)
    judged = judge_outcomes(lake, day, HORIZON, SMALL, pairs=1_500, seed=seed)
    return materialize(lake, day, SMALL).collect(), judged


def _on_counts(root: Path, seed: int) -> Trained:
    """Judge by the distinct people who reacted, with noise, and half the time without certainty."""
    signals = materialize(lake_of(training_world(seed), root), AS_OF, SMALL).collect()
    rng = np.random.default_rng(seed)
    drawn = [name for name in SMALL.names if name.endswith("any.reactors.90d")]
    worth = np.log1p(signals.select(drawn).to_numpy()).sum(axis=1)
    a, b = rng.integers(0, len(signals), (2, 1_500))
    chance = 1 / (1 + np.exp(worth[b] - worth[a]))
    said = np.where(rng.random(len(a)) < 0.5, chance, rng.random(len(a)) < chance)
    persons = signals["person"]
    judged = pl.DataFrame({"a": persons.gather(a), "b": persons.gather(b), "preference": said})
    return signals, judged.filter(pl.col("a") != pl.col("b"))


def _on_days(signals: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Judge by days and lists, of which evidence says little: there is something to be learned."""
    told = [name for name in SMALL.names if name.endswith("any.days.90d")]
    worth = signals.select(*told, "twitter.lists").to_numpy().sum(axis=1)
    a, b = np.random.default_rng(seed).integers(0, len(signals), (2, 2_000))
    a, b = (side[worth[a] != worth[b]] for side in (a, b))
    persons, said = signals["person"], (worth[a] > worth[b]).astype(float)
    sides = {"a": persons.gather(a), "b": persons.gather(b)}
    return pl.DataFrame(sides | {"preference": said, "weight": 1.0})


def _on_simulated_judges(root: Path, seed: int) -> Trained:
    """Judge as the simulator's judges do, who know the hidden influence."""
    simulate(root, 150, 30, seed, SMALL, AS_OF, policy=Policy(judgements=8.0))
    lake = Lake(root)
    return materialize(lake, AS_OF, SMALL).collect(), lake_judgements(lake)
