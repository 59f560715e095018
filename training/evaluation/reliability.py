"""Whether P(a over b) means what it says."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

Vector = NDArray[np.float64]

BINS = 10


def reliability(difference: Vector, preference: Vector, weight: Vector) -> pl.DataFrame:
    """Predicted and observed preference, in ten bins of equally many judgements.

    Each judgement counts in both directions: files that always name the winner first would
    otherwise show a preference of 1 everywhere, however good the model. Equal predictions share
    a bin, so bins may be uneven, and the order of judgements is of no account.

    Parameters
    ----------
    difference, preference, weight
        Shape (pairs,) each: influence(a) - influence(b), in log-odds.

    Returns
    -------
    DataFrame
        ``bin`` (1 to 10), ``predicted`` and ``observed`` (weighted means), ``weight`` (the
        bin's share of all) and ``judgements``; bins that are empty are left out.
    """
    predicted = expit(np.concatenate([difference, -difference]))
    inner = np.quantile(predicted, np.linspace(0, 1, BINS + 1)[1:-1])
    table = pl.DataFrame(
        {
            "bin": np.searchsorted(inner, predicted, side="right") + 1,
            "predicted": predicted,
            "observed": np.concatenate([preference, 1 - preference]),
            "weight": np.tile(weight, 2) / (2 * weight.sum()),
        }
    )
    means = [
        ((pl.col(name) * pl.col("weight")).sum() / pl.col("weight").sum()).alias(name)
        for name in ("predicted", "observed")
    ]
    rows = table.group_by("bin").agg(*means, pl.col("weight").sum(), judgements=pl.len())
    return rows.sort("bin")


def calibration_error(bins: pl.DataFrame) -> float:
    """Expected calibration error: mean distance of predicted and observed, weighted by bin.

    Naeini, Cooper and Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning,
    2015. In units of probability.
    """
    distance = (pl.col("predicted") - pl.col("observed")).abs()
    return float(bins.select((distance * pl.col("weight")).sum()).item())
