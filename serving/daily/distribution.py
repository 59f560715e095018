"""The distribution of a day's scores, and how far another day's is from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

BINS = 10


@dataclass(frozen=True)
class Distribution:
    """Of all people's scores on a day.

    Attributes
    ----------
    people
        How many there are.
    mean, q05, median, q95
        In points.
    edges
        The deciles, ascending; fewer than nine where many people have the same score.
    shares
        Of people in each bin, the bins' upper edges belonging to them.
    """

    people: int
    mean: float
    q05: float
    median: float
    q95: float
    edges: tuple[float, ...]
    shares: tuple[float, ...]

    @staticmethod
    def of(scores: pl.Series) -> Distribution | None:
        """Describe scores (f64, no nulls); None if there are none."""
        values = scores.to_numpy()
        if not len(values):
            return None
        edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
        q05, median, q95 = np.quantile(values, [0.05, 0.5, 0.95])
        return Distribution(
            people=len(values),
            mean=float(values.mean()),
            q05=float(q05),
            median=float(median),
            q95=float(q95),
            edges=tuple(edges.tolist()),
            shares=tuple(_shares(values, edges).tolist()),
        )


def psi(then: Distribution, now: pl.Series) -> float:
    """Compute the population stability index: Σ (aᵢ - eᵢ) ln(aᵢ / eᵢ) over the bins of `then`.

    eᵢ is a bin's share then and aᵢ its share now; each counts as at least half a person of the
    smaller population, so that the logarithm exists. It is the symmetric divergence of Jeffreys
    (1946) and Kullback and Leibler (1951), with the bins and the thresholds of Siddiqi (2006,
    Credit Risk Scorecards, p. 136). Of samples of one population that share nobody, n and m
    people, chance alone makes it about 9 (1/n + 1/m) (Yurdakul and Naranjo, 2020, Journal of Risk
    Model Validation 14(4)): below some hundred people it says little.
    """
    half = 0.5 / max(1, min(then.people, len(now)))
    actual = _shares(now.to_numpy(), np.array(then.edges)).clip(min=half)
    expected = np.array(then.shares).clip(min=half)
    return float(((actual - expected) * np.log(actual / expected)).sum())


def _shares(
    values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    places = np.searchsorted(edges, values, side="left")
    return np.bincount(places, minlength=len(edges) + 1) / max(1, len(values))
