"""Labels put as judgements, so that there is one loss whatever teaches.

Within a list everybody is compared with some others, softly: who is one standard deviation of a
normal distribution above another, by rank, is the more influential with odds of e to one. Trees
that explain such preferences best have differences of log worth that are differences of normal
scores, as a regression on these would; and labels of any unit and any distribution are alike.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit, ndtri
from scipy.stats import rankdata

from training.judgements.label_table import LIST, Labels

PARTNERS = 10
"""With how many others a person is compared, twice: with more of them trees learn no better."""
SPREAD = 2.0
"""Log-odds for each standard deviation: as decided as people are of each other."""

Counts = NDArray[np.int64]


def label_pairs(labels: Labels, seed: int = 1) -> pl.DataFrame:
    """Compare the persons of each list with each other.

    Returns
    -------
    DataFrame
        As `training.judgements.read_judgements` gives them. The same whatever the order of the
        rows.
    """
    parts = [_pairs(own, seed) for own in _lists(labels)]
    return pl.concat(parts).with_columns(judge=pl.lit(None, pl.String))


def as_verdicts(labels: Labels) -> pl.DataFrame:
    """Take lists for judges who say of each pair of theirs, as far as compared, who is first."""
    parts = [_pairs(own, 1).with_columns(judge=pl.lit(own[LIST][0])) for own in _lists(labels)]
    side = (pl.col("preference") - 0.5).sign()
    return pl.concat(parts).with_columns(preference=(1 + side) / 2)


def _lists(labels: Labels) -> Iterator[pl.DataFrame]:
    """Take the lists that hold two persons or more, apart."""
    ordered = labels.rows.sort(LIST, "person")
    for own in ordered.partition_by(LIST, maintain_order=True):
        if len(own) > 1:
            yield own


def _pairs(own: pl.DataFrame, seed: int) -> pl.DataFrame:
    a, b = _partners(len(own), seed)
    value, weight = own["value"].to_numpy(), own["weight"].to_numpy()
    score = SPREAD * ndtri((rankdata(value) - 0.5) / len(own))
    return pl.DataFrame(
        {
            "a": own["person"].gather(a),
            "b": own["person"].gather(b),
            "preference": expit(score[a] - score[b]),
            "weight": np.sqrt(weight[a] * weight[b]),
        }
    )


def _partners(size: int, seed: int) -> tuple[Counts, Counts]:
    """Choose pairs of places: all, or of each place with `PARTNERS` after it in a random circle."""
    if size <= 2 * PARTNERS + 1:
        return np.triu_indices(size, 1)
    circle = np.random.default_rng(seed).permutation(size)
    steps = range(1, PARTNERS + 1)
    return np.tile(circle, PARTNERS), np.concatenate([np.roll(circle, -step) for step in steps])
