"""Boosted trees that are free to break every promise the score makes."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import polars as pl

from features.catalogue import Catalogue
from training.baselines.learning import judged
from training.boosting import boost
from training.judgements import set_aside
from training.link import Link
from training.model import as_matrix
from training.params import TrainingParams


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
    settings = params.lightgbm([0] * len(catalogue.names), [])
    train, held_out = set_aside(judgements, params.validation_share, params.seed)
    trees, link = params.num_trees, Link()
    if len(train) and len(held_out):
        known, unknown = (judged(signals, part, catalogue) for part in (train, held_out))
        stop = lgb.early_stopping(params.patience, verbose=False)
        trees = max(1, boost(known, settings, link, trees, unknown, [stop]).best_iteration)
    booster = boost(judged(signals, judgements, catalogue), settings, link, trees)
    nobody = np.zeros((1, len(catalogue.names)))
    absence = np.asarray(booster.predict(nobody, raw_score=True))
    influence = np.asarray(booster.predict(as_matrix(signals, catalogue), raw_score=True))
    return pl.Series("baseline", influence - absence)
