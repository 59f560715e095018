"""Boosted trees that are free to break every promise the score makes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from features.catalogue.catalogue import Catalogue
from training.influence.boosting import Binned, Sample, boost
from training.influence.fit import stopped
from training.influence.link import Link
from training.influence.model import as_matrix
from training.influence.params import TrainingParams


def unconstrained(
    signals: pl.DataFrame,
    judgements: pl.DataFrame,
    catalogue: Catalogue,
    params: TrainingParams,
) -> pl.Series:
    """LightGBM (Ke and others, 2017) under the same loss, without signs and mixing networks.

    It reads the signals that the model may read, in one group; what is only shown stays unread.

    What it is better by is the price of the score's promises. The number of trees is found as for
    the model: by the judgements about persons set aside.
    """
    params = replace(params, link_power=1.0)
    population, persons = as_matrix(signals, catalogue), signals["person"]
    learned = [column for group in catalogue.groups.values() for column in group]
    free = {
        "monotone_constraints": [0] * len(catalogue.names),
        "interaction_constraints": [learned],
    }
    settings = params.lightgbm(catalogue) | free
    found = stopped(population, persons, judgements, settings, params)
    trees = params.num_trees if found is None else found[1]
    sample = Sample.of(population, persons, judgements)
    booster = boost(Binned.of(sample, params.max_bin), settings, Link(), trees)
    nobody = np.zeros((1, len(catalogue.names)))
    absence = np.asarray(booster.predict(nobody, raw_score=True))
    influence = np.asarray(booster.predict(population, raw_score=True))
    return pl.Series("baseline", influence - absence)
