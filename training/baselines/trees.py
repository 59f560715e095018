"""Boosted trees that are free to break every promise the score makes."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue import Catalogue
from training.baselines.learning import judged_rows
from training.fit import Pairs, log_loss, logistic_objective
from training.judgements import set_aside
from training.model import as_matrix
from training.params import TrainingParams

Vector = NDArray[np.float64]


def unconstrained(
    signals: pl.DataFrame,
    judgements: pl.DataFrame,
    catalogue: Catalogue,
    params: TrainingParams,
) -> pl.Series:
    """LightGBM (Ke and others, 2017) under the same loss, without signs and mixing networks.

    What it is better by is the price of the score's promises. The number of trees is found as for
    the model: by the judgements about persons set aside.
    """
    train, held_out = set_aside(judgements, params.validation_share, params.seed)
    trees = params.num_trees
    if len(train) and len(held_out):
        known, unknown = (judged_rows(signals, part, catalogue) for part in (train, held_out))
        trees = max(1, _boost(known, unknown, params, trees).best_iteration)
    booster = _boost(judged_rows(signals, judgements, catalogue), None, params, trees)
    nobody = np.zeros((1, len(catalogue.names)))
    absence = np.asarray(booster.predict(nobody, raw_score=True))
    influence = np.asarray(booster.predict(as_matrix(signals, catalogue), raw_score=True))
    return pl.Series("baseline", influence - absence)


def _boost(
    known: tuple[Vector, Pairs],
    unknown: tuple[Vector, Pairs] | None,
    params: TrainingParams,
    trees: int,
) -> lgb.Booster:
    """Boost on known persons, and stop early by unknown ones if there are any."""
    matrix, pairs = known
    signals = matrix.shape[1]
    settings = params.lightgbm([0] * signals, [list(range(signals))])
    settings["objective"] = logistic_objective(pairs)
    data = lgb.Dataset(matrix, params={"max_bin": params.max_bin, "verbosity": -1})
    if unknown is None:
        return lgb.train(settings, data, trees)
    others, other_pairs = unknown

    def loss(influence: Vector, _: lgb.Dataset) -> tuple[str, float, bool]:
        difference = other_pairs.difference(influence)
        return "log_loss", log_loss(difference, other_pairs.preference, other_pairs.weight), False

    stop = lgb.early_stopping(params.patience, verbose=False)
    valid = [lgb.Dataset(others, reference=data)]
    return lgb.train(settings, data, trees, valid_sets=valid, feval=loss, callbacks=[stop])
