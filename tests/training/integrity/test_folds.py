"""Folds are those of scikit-learn, which takes its time to find them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from training.integrity.folds import grouped_folds


@pytest.mark.parametrize("folds", [2, 5])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("together", [0.0, 0.3, 1.0])
def test_they_are_those_of_scikit_learn(folds, seed, together):
    random, rows = np.random.default_rng(seed), 60 + 90 * seed
    alone = random.permutation(rows) + rows
    groups = np.where(random.random(rows) < together, random.integers(0, 12, rows), alone)
    truth = random.random(rows) < random.choice((0.2, 0.5, 0.9))
    named = groups.astype(str).astype(object)
    twin = StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(truth, truth, named)
    for mine, theirs in zip(grouped_folds(truth, named, folds, seed), twin, strict=True):
        assert [side.tolist() for side in mine] == [side.tolist() for side in theirs]
