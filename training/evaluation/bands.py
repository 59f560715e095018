"""Accuracy by kinds of pairs: how far apart, on how many networks, how active."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from training.baselines import interactions
from training.evaluation.bootstrap import Resamples
from training.evaluation.log_odds import agreement, differences, log_odds, sides
from training.evaluation.reliability import reliability
from training.influence.model import Model

Vector = NDArray[np.float64]

GAPS = (0, 5, 10, 20, 40, 100)
"""Bounds of the bands of score difference by which accuracy is reported."""

MANY = 5
"""Persons on this many networks or more are reported together."""

ACTIVITY_BANDS = 5


def breakdowns(
    model: Model,
    people: pl.DataFrame,
    scores: pl.DataFrame,
    judgements: pl.DataFrame,
    resamples: Resamples,
) -> dict[str, pl.DataFrame]:
    """Every table of how good the score is at what, by name.

    Parameters
    ----------
    model, people, scores
        The model, the signals it was given, and the scores it gave.
    judgements, resamples
        About some of these people.
    """
    difference = log_odds(model, scores, judgements)
    pairs = (difference, people, model.catalogue, judgements, resamples)
    preference = judgements["preference"].to_numpy()
    return {
        "calibration": reliability(difference, preference, resamples.weight),
        "accuracy_by_gap": accuracy_by_gap(model, scores, judgements, resamples),
        "accuracy_by_networks": accuracy_by_networks(*pairs),
        "accuracy_by_activity": accuracy_by_activity(*pairs),
    }


def accuracy_by_gap(
    model: Model, scores: pl.DataFrame, judgements: pl.DataFrame, resamples: Resamples
) -> pl.DataFrame:
    """Accuracy by difference of score: ``gap`` (points), and what `by_band` gives."""
    lowest = float(model.points(np.array([model.base]))[0])
    difference = differences(judgements, scores["person"], scores["score"], lowest)
    band = np.searchsorted(GAPS[1:-1], np.abs(difference), side="right")
    names = [f"{low}-{high}" for low, high in pairwise(GAPS)]
    return by_band("gap", band, names, difference, judgements, resamples)


def accuracy_by_networks(
    difference: Vector,
    people: pl.DataFrame,
    catalogue: Catalogue,
    judgements: pl.DataFrame,
    resamples: Resamples,
) -> pl.DataFrame:
    """Accuracy by how many networks a pair is on.

    Of the two persons the one on fewer counts: with one network only, there is little to go by.

    Returns
    -------
    DataFrame
        ``networks`` (``0`` to ``5+``), and what `by_band` gives.
    """
    connected = [f"{network.name}.connected" for network in catalogue.networks]
    count = people.select(pl.sum_horizontal(pl.col(connected) > 0).alias("count"))["count"]
    fewer = np.minimum(*sides(judgements, people["person"], count, 0.0)).astype(np.int64)
    names = [*map(str, range(MANY)), f"{MANY}+"]
    return by_band("networks", np.minimum(fewer, MANY), names, difference, judgements, resamples)


def accuracy_by_activity(
    difference: Vector,
    people: pl.DataFrame,
    catalogue: Catalogue,
    judgements: pl.DataFrame,
    resamples: Resamples,
) -> pl.DataFrame:
    """Accuracy by how much a pair receives: reactions in 90 days, of the one who received fewer.

    Returns
    -------
    DataFrame
        ``reactions`` (bands of about equally many judgements, as ``3-17``), and what `by_band`
        gives.
    """
    received = interactions(people, catalogue)
    fewer = np.minimum(*sides(judgements, people["person"], received, 0.0))
    inner = np.quantile(fewer, np.linspace(0, 1, ACTIVITY_BANDS + 1)[1:-1], method="higher")
    starts = np.unique(np.concatenate([[0.0], inner]))
    band = np.searchsorted(starts, fewer, side="right") - 1
    return by_band("reactions", band, _ranges(starts), difference, judgements, resamples)


def _ranges(starts: Vector) -> list[str]:
    """Call bands by their bounds, given where each starts; the last has no end.

    >>> _ranges(np.array([0.0, 1.0, 8.0]))
    ['0', '1-7', '8+']
    """
    lasts = starts[1:] - 1
    closed = [
        f"{start:.0f}" if last <= start else f"{start:.0f}-{last:.0f}"
        for start, last in zip(starts, lasts, strict=False)
    ]
    return [*closed, f"{starts[-1]:.0f}+"]


def by_band(
    name: str,
    band: NDArray[np.int64],
    bands: list[str],
    difference: Vector,
    judgements: pl.DataFrame,
    resamples: Resamples,
) -> pl.DataFrame:
    """Accuracy of each band of judgements, with 95% intervals by person.

    Parameters
    ----------
    name
        What the bands are of: the table's first column.
    band
        Shape (pairs,): each judgement's place in ``bands``.
    bands
        What the bands are called.
    difference
        Shape (pairs,): value(a) - value(b).
    judgements, resamples
        Of these pairs.

    Returns
    -------
    DataFrame
        ``name``, ``accuracy``, ``low``, ``high``, ``judgements``; bands without any are left out.
    """
    agreed = agreement(difference, judgements["preference"].to_numpy())
    rows = []
    for place, called in enumerate(bands):
        inside = (band == place) & resamples.decided
        if inside.any():
            rows.append((called, *resamples.mean(agreed, inside), int(inside.sum())))
    numbers = ["accuracy", "low", "high"]
    schema = {name: pl.String, **dict.fromkeys(numbers, pl.Float64), "judgements": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")
