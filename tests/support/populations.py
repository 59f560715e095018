"""Populations whose influence is known, judges of them, and quick models."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from features.catalogue.catalogue import Catalogue
from training.influence.fit import fit
from training.influence.model import Model
from training.influence.params import TrainingParams

QUICK = TrainingParams(num_trees=60, min_sum_hessian_in_leaf=0.5, feature_fraction=0.3)


def population(
    catalogue: Catalogue, seed: int, persons: int = 400
) -> tuple[pl.DataFrame, np.ndarray]:
    """Signals that grow with a hidden influence, on some of the networks, and that influence."""
    random = np.random.default_rng(seed)
    influence = random.gumbel(0, 1.2, persons)
    signals = np.zeros((persons, len(catalogue.names)))
    for columns in catalogue.groups.values():
        there = random.random(persons) < 0.7
        rate = 8 * np.exp(0.7 * influence[:, None] + random.normal(0, 0.6, (persons, len(columns))))
        signals[:, columns] = there[:, None] * random.poisson(rate)
    names = pl.DataFrame({"person": [f"p{number}" for number in range(persons)]})
    return names.hstack(pl.DataFrame(signals, schema=catalogue.names)), influence


def judged(influence: np.ndarray, seed: int, pairs: int = 3_000) -> pl.DataFrame:
    """Judgements of noisy judges."""
    random = np.random.default_rng(seed)
    a, b = random.integers(0, len(influence), (2, pairs))
    a, b = a[a != b], b[a != b]
    chance = 1 / (1 + np.exp(influence[b] - influence[a]))
    return pl.DataFrame(
        {
            "a": [f"p{number}" for number in a],
            "b": [f"p{number}" for number in b],
            "preference": (random.random(len(a)) < chance).astype(float),
            "weight": np.ones(len(a)),
        }
    )


@cache
def quick_model(catalogue: Catalogue, seed: int) -> Model:
    """A model of a random population."""
    signals, influence = population(catalogue, seed)
    return fit(signals, judged(influence, seed + 1), catalogue, QUICK)
