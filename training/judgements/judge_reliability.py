"""How far each judge can be relied upon."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import betaln, logit
from scipy.stats import binom, false_discovery_control

from training.judgements.repeated_pairs import majority_of_others, verdicts

Vector = NDArray[np.float64]

FLOOR = 0.1
"""Least weight: a judge no better than chance is heard a little, and nobody is left out."""

LARGEST_PRIOR = 1e6
"""Trials that the prior may be worth: judges who don't differ are then all at the mean."""

FALSE_DISCOVERIES = 0.05
"""Share of the judges listed as contrary that may be so by chance."""


def trials(judgements: pl.DataFrame, difference: Vector | None = None) -> pl.DataFrame:
    """Compare each judgement with a consensus.

    Parameters
    ----------
    judgements
        From `read_judgements`.
    difference
        Shape (judgements,): influence(a) - influence(b) from a model that was not trained on the
        judgement. None: the majority of the other judges of the pair.

    Returns
    -------
    DataFrame
        In the order given: ``judge`` (str or null) and ``agrees`` (bool; null where the judge or
        the consensus is undecided).
    """
    said = verdicts(judgements)
    if difference is None:
        mine, other = said["over"], majority_of_others(said)
    else:
        mine = (judgements["preference"] - 0.5).sign().cast(pl.Int32)
        other = pl.Series(np.sign(np.nan_to_num(difference))).cast(pl.Int32)
    product = (mine * other).alias("product")
    agrees = pl.when(pl.col("product") != 0).then(pl.col("product") > 0)
    return said.select("judge").with_columns(product).select("judge", agrees=agrees)


def by_judge(tried: pl.DataFrame) -> pl.DataFrame:
    """Sum up trials: ``judge`` (ascending), ``judgements``, ``compared`` and ``agreed`` (i64)."""
    return (
        tried.drop_nulls("judge")
        .group_by("judge")
        .agg(
            pl.len().cast(pl.Int64).alias("judgements"),
            pl.col("agrees").count().cast(pl.Int64).alias("compared"),
            pl.col("agrees").sum().cast(pl.Int64).alias("agreed"),
        )
        .sort("judge")
    )


def contrary(judges: pl.DataFrame) -> NDArray[np.bool_]:
    """Tell who agrees with the others less often than tossing a coin would.

    One-sided binomial tests against ½, at a false discovery rate of 5% over all judges compared
    at all (Benjamini and Hochberg, 1995).

    Returns
    -------
    ndarray of bool, shape (judges,)
        In the order of `by_judge`.
    """
    compared, agreed = judges["compared"].to_numpy(), judges["agreed"].to_numpy()
    found = np.zeros(len(judges), dtype=np.bool_)
    tested = compared > 0
    if tested.any():
        chance = binom.cdf(agreed[tested], compared[tested], 0.5)
        found[tested] = false_discovery_control(chance) <= FALSE_DISCOVERIES
    return found


def judge_weights(judgements: pl.DataFrame, difference: Vector | None = None) -> pl.Series:
    """Weigh each judgement by how reliable its judge is.

    In the one-coin model (Dawid and Skene, 1979) a judge is right with a probability p of its
    own. Here p is how often it agrees with a consensus, shrunk to the mean of all judges by a
    beta prior that is fitted to them (empirical Bayes). A verdict is worth log(p / (1 - p))
    (Nitzan and Paroush, 1982), in units that average 1.

    Parameters
    ----------
    judgements
        From `read_judgements`.
    difference
        Shape (judgements,): influence(a) - influence(b) from a model that was not trained on the
        judgement; None: what the other judges of the pair say.

    Returns
    -------
    Series of float64
        In the order given; mean 1, at least 0.1, which is also what a judge no better than chance
        gets. A judgement without a judge weighs as one of the mean judge; all weigh 1 where there
        are no judges, or no telling them apart.
    """
    tried = trials(judgements, difference)
    judges = by_judge(tried)
    compared, agreed = judges["compared"].to_numpy(), judges["agreed"].to_numpy()
    if not compared.sum():
        return pl.Series("weight", np.ones(len(judgements)))
    mean, worth = _prior(compared, agreed)
    accuracy = (agreed + mean * worth) / (compared + worth)
    known = judges.select("judge", accuracy=pl.Series(accuracy))
    each = tried.join(known, on="judge", how="left", maintain_order="left")["accuracy"]
    return pl.Series("weight", _averaging_one(logit(each.fill_null(mean).to_numpy())))


def _prior(compared: NDArray[Any], agreed: NDArray[Any]) -> tuple[float, float]:
    """Mean of the beta prior, and the trials it is worth, at the largest marginal likelihood."""
    mean = float((agreed.sum() + 0.5) / (compared.sum() + 1))

    def surprise(log_worth: float) -> float:
        right, wrong = np.exp(log_worth) * mean, np.exp(log_worth) * (1 - mean)
        evidence = betaln(agreed + right, compared - agreed + wrong) - betaln(right, wrong)
        return -float(evidence.sum())

    best = minimize_scalar(surprise, bounds=(0.0, np.log(LARGEST_PRIOR)), method="bounded")
    return mean, float(np.exp(best.x))


def _averaging_one(worth: Vector) -> Vector:
    """Scale what is above 0 so that, with the floor, the mean is 1."""
    above = np.maximum(worth, 0)
    if not above.any():
        return np.ones(len(worth))

    def excess(factor: float) -> float:
        return float(np.maximum(factor * above, FLOOR).mean()) - 1

    factor = brentq(excess, 0.0, 2 / above.mean())
    return np.asarray(np.maximum(factor * above, FLOOR))
