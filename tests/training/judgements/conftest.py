"""Judgements in a line."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest


@pytest.fixture(scope="session")
def judged():
    """Make judgements from lines as "a > b by ann" (and "=" for undecided)."""

    def make(*lines: str) -> pl.DataFrame:
        rows = []
        for line in lines:
            said, _, judge = line.partition(" by ")
            a, sign, b = said.split()
            preference = {">": 1.0, "<": 0.0, "=": 0.5}[sign]
            rows.append((a, b, preference, 1.0, judge or None))
        columns = ("a", "b", "preference", "weight", "judge")
        schema = [(name, pl.String) for name in columns]
        schema[2:4] = [("preference", pl.Float64), ("weight", pl.Float64)]
        return pl.DataFrame(rows, schema=schema, orient="row")

    return make


@pytest.fixture(scope="session")
def panel():
    """A world of one-coin judges: verdicts on random pairs, and the true difference of each."""

    def make(right: list[float], size: int = 4_000, persons: int = 40, seed: int = 0):
        random = np.random.default_rng(seed)
        a = random.integers(0, persons, size)
        b = (a + random.integers(1, persons, size)) % persons
        judge = random.integers(0, len(right), size)
        correct = random.random(size) < np.asarray(right)[judge]
        frame = pl.DataFrame(
            {
                "a": [f"p{n:02}" for n in a],
                "b": [f"p{n:02}" for n in b],
                "preference": ((a > b) == correct).astype(float),
                "weight": np.ones(size),
                "judge": [f"j{n:02}" for n in judge],
            }
        )
        return frame, (a - b).astype(float)

    return make
