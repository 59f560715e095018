"""A judge of accounts that is learned in a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from training.integrity.behaviours.behaviour import BEHAVIOURS
from training.integrity.boosted_trees import ClassifierParams
from training.integrity.classifier import fit


def small_judge(folder: Path) -> Path:
    """Save a judge that has learned to doubt those who give much."""
    rng = np.random.default_rng(1)
    values = {each.name: rng.random(400) for each in BEHAVIOURS}
    given = rng.integers(1, 60, 400)
    table = pl.DataFrame(values | {"given": given, "per_day": given.astype(float)})
    fit(table, given < 20, BEHAVIOURS, ClassifierParams(num_trees=5)).save(folder)
    return folder
