"""Learn from labelled accounts of a lake, of which some are known better than others."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.integrity.behaviours.behaviour import BEHAVIOURS
from training.integrity.boosted_trees import ClassifierParams
from training.integrity.classifier import Classifier, fit

PARAMS = ClassifierParams(num_trees=300, learning_rate=0.05)
"""A lake has tens of thousands of accounts: fewer and larger steps than for a table of some
hundreds, and no worse."""

KNOWN = 20
"""Interactions given and received from which on an account is wholly known. One with fewer counts
for less in learning; else the many who did one thing decide what the trees look at."""


def learn(table: pl.DataFrame) -> Classifier:
    """Learn what gives the inauthentic away.

    Parameters
    ----------
    table
        `training.integrity.behaviours.measure.behaviours` of labelled accounts, with ``network``,
        ``authentic`` (bool) and ``group`` (null: none): accounts of one group, as of one farm,
        are known together or not at all.
    """
    alone = pl.format("{}:{}", "network", "account")
    groups = table.select(pl.coalesce(pl.col("group").cast(pl.String), alone)).to_series()
    seen = (table["given"] + table["received"]).to_numpy()
    weight = np.clip(seen / KNOWN, 1 / KNOWN, 1.0)
    truth = table["authentic"].to_numpy()
    return fit(table, truth, BEHAVIOURS, PARAMS, weight, groups.to_numpy())
