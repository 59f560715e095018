"""What each signal does for a trained model."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.influence.model import Model, as_matrix


def importance(model: Model, signals: pl.DataFrame) -> pl.DataFrame:
    """Say how much the trees use each signal, and how many persons have it.

    Parameters
    ----------
    model
        Its trees are looked into.
    signals
        The population: ``person`` and the catalogue's signals.

    Returns
    -------
    DataFrame
        A row per signal: ``signal``, ``network``, ``gain`` (what all splits on it took off the
        loss, LightGBM's total gain), ``splits``, ``coverage`` (share of persons with a value
        above 0); the greatest gain first. Nobody would miss those with no splits.
    """
    matrix = as_matrix(signals, model.catalogue)
    table = pl.DataFrame(
        {
            "signal": model.catalogue.names,
            "network": [signal.network for signal in model.catalogue.signals],
            "gain": np.asarray(model.booster.feature_importance("gain"), dtype=np.float64),
            "splits": np.asarray(model.booster.feature_importance("split"), dtype=np.int64),
            "coverage": (matrix > 0).mean(axis=0),
        }
    )
    return table.sort("gain", "splits", "signal", descending=[True, True, False])
