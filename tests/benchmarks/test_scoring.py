"""The people that scoring is measured on."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.scoring import everywhere, repeated
from tests.support.populations import population, quick_model
from tests.training.conftest import CATALOGUE

WORLD, _ = population(CATALOGUE, seed=1)


def test_a_repeated_world_has_other_names_and_other_signals():
    people = repeated(WORLD, 1_000)
    assert len(people) == 1_000
    assert people["person"].n_unique() == 1_000
    there = pl.col("chess.any.count.90d") > 0
    first, second = people[:400].filter(there), people[400:800].filter(there)
    assert (second["chess.any.count.90d"] > first["chess.any.count.90d"]).all()


def test_everywhere_is_everybody_on_every_network():
    people = everywhere(quick_model(CATALOGUE, seed=1), WORLD)
    assert people.columns == WORLD.columns
    for columns in CATALOGUE.groups.values():
        names = [CATALOGUE.names[column] for column in columns]
        assert people.select(names).to_numpy().any(axis=1).all()
        assert not np.array_equal(people.select(names), WORLD.select(names))
