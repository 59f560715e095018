"""Boosted trees of behaviours, as text that depends on nothing but the data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.integrity.behaviours.behaviour import Behaviour
from training.trees.tree_checks import DIRECTIONS, not_a_tree, not_by_threshold, not_monotone
from training.trees.tree_text import trees_of

Vector = NDArray[np.float64]

_END = "end of trees\n"
_FEW_ACCOUNTS = 1000
"""Fewer accounts than this are predicted in one thread: waking others costs more."""


@dataclass(frozen=True)
class ClassifierParams:
    """How the classifier is learned; field names are LightGBM's where it has the setting.

    Chosen among some 30 by repeated cross-validation on real labelled accounts, see
    `evaluations.accounts`, where the optimum is flat: 4 to 12 leaves and 750 to 1,200 trees differ
    by 0.001 of AUC. An average over three seeds gains no more. `linear_tree`,
    `quant_train_renew_leaf` and `path_smooth` are not offered: they break LightGBM's monotone
    constraints.

    Attributes
    ----------
    min_data_in_leaf
        At most a tenth of the accounts is asked for, so that some dozens can be learned from.
    bagging_fraction
        Share of the accounts that a tree is grown from, drawn anew for each.
    extra_trees
        Whether thresholds are drawn by chance instead of searched (Geurts and others, 2006).
    folds
        To calibrate on what trees say of accounts they did not learn from.
    """

    num_trees: int = 750
    learning_rate: float = 0.02
    num_leaves: int = 8
    min_data_in_leaf: int = 10
    feature_fraction: float = 0.4
    bagging_fraction: float = 0.7
    lambda_l2: float = 5.0
    extra_trees: bool = True
    max_bin: int = 255
    folds: int = 5
    seed: int = 1

    def lightgbm(self, behaviours: Sequence[Behaviour], accounts: int) -> dict[str, Any]:
        """Parameters for ``lightgbm.train``."""
        own = {"num_trees", "folds"}
        settings = {name: value for name, value in asdict(self).items() if name not in own}
        return settings | {
            "objective": "binary",
            "min_data_in_leaf": max(1, min(self.min_data_in_leaf, accounts // 10)),
            "monotone_constraints": [DIRECTIONS[behaviour.sign] for behaviour in behaviours],
            "monotone_constraints_method": "basic",
            "bagging_freq": 1,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }


def grow(
    matrix: NDArray[np.float64],
    authentic: NDArray[np.bool_],
    weight: Vector,
    behaviours: Sequence[Behaviour],
    params: ClassifierParams,
) -> str:
    """Grow trees whose sum is the log-odds that an account is authentic.

    Parameters
    ----------
    matrix
        Shape (accounts, behaviours).
    authentic, weight
        Shape (accounts,); both classes are there.

    Returns
    -------
    str
        LightGBM's text less what says how it came about (parameters, importances, sizes).
    """
    settings = params.lightgbm(behaviours, len(matrix))
    names = [behaviour.name for behaviour in behaviours]
    data = lgb.Dataset(matrix, authentic.astype(np.float64), weight=weight, feature_name=names)
    text = lgb.train(settings, data, params.num_trees).model_to_string()
    body = text.split(_END.strip())[0] + _END
    return re.sub(r"^tree_sizes=.*\n", "", body, flags=re.MULTILINE)


def said(trees: lgb.Booster, matrix: NDArray[np.float64]) -> Vector:
    """Sum of what the trees say, shape (accounts,)."""
    threads = 1 if len(matrix) < _FEW_ACCOUNTS else 0
    raw = trees.predict(matrix, raw_score=True, num_threads=threads)
    return np.asarray(raw, dtype=np.float64)


def faults(text: str, behaviours: Sequence[Behaviour]) -> list[str]:
    """Check that every split of every tree is as the behaviours are signed; empty: it is so."""
    names = [behaviour.name for behaviour in behaviours]
    directions = [DIRECTIONS[behaviour.sign] for behaviour in behaviours]
    try:
        trees = trees_of(text)
    except ValueError as error:
        return [f"the text of the trees can't be read: {error}"]
    return [
        f"tree {tree.number}: {what}"
        for tree in trees
        for what in list(not_a_tree(tree, names))
        or [*not_monotone(tree, names, directions), *not_by_threshold(tree, names)]
    ]
