"""Effort: how much more distinct engagement the next point of score takes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import ANY, HORIZON, Catalogue
from features.catalogue.measures import REACTORS
from training.influence.model import Model, as_matrix
from training.influence.smoothing import engagement_columns

STEP = 1.02
"""Factors are looked for on a grid of this ratio, which is finer than one point at any score."""
MOST = 16.0
"""The largest factor tried: beyond it, a person is another person."""
NEAR = 1.0
"""Points that a person may be away from the score it stands for."""
CURVE = range(20, 81, 5)
"""Scores of the report's curve."""

SCHEMA = {
    "score": pl.Int64,
    "persons": pl.Int64,
    "factor": pl.Float64,
    "reactors": pl.Float64,
    "more": pl.Float64,
}

Vector = NDArray[np.float64]


def effort(
    model: Model, signals: pl.DataFrame, scores: Iterable[int] = CURVE, persons: int = 50
) -> pl.DataFrame:
    """Measure by what factor people must grow for one point more.

    Of the persons within `NEAR` of a score, those nearest to it who draw any reaction stand for
    it. All their engagement, in every network and window, is multiplied by one factor, the smallest
    on a grid at which the score is a point above their own; contents, days, counters and links
    stay. Engagement is ``up``, so no larger factor gives less, and bisection finds it.

    Parameters
    ----------
    model
        Gives the scores.
    signals
        The population: ``person`` and the catalogue's signals.
    scores
        Where to look, in points.
    persons
        At most as many for each score.

    Returns
    -------
    DataFrame
        One row per score in the order given: ``score`` (i64), ``persons`` (i64, who stand for
        it), and medians over them: ``factor`` (f64), ``reactors`` (f64, distinct reactors that
        they have in 90 days, summed over networks) and ``more`` (f64, how many more the point
        takes). ``factor`` and ``more`` are null where half of them would need more than `MOST`.

    Raises
    ------
    KloutError
        As `training.influence.model.as_matrix`.
    """
    population = as_matrix(signals, model.catalogue)
    own = _score(model, population)
    reactors = population[:, _distinct(model.catalogue)].sum(axis=1)
    rows = []
    for score in scores:
        people = _standing_for(score, own, reactors, persons)
        factors = _factors(model, population[people], own[people] + 1)
        more = (factors - 1) * reactors[people]
        medians = (_median(values) for values in (factors, reactors[people], more))
        rows.append((score, len(people), *medians))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _distinct(catalogue: Catalogue) -> list[int]:
    """Find each network's distinct actors of the whole horizon."""
    wanted = {REACTORS.column(f"{each.name}.{ANY}", HORIZON) for each in catalogue.networks}
    return [column for column, name in enumerate(catalogue.names) if name in wanted]


def _standing_for(score: int, own: Vector, reactors: Vector, persons: int) -> NDArray[np.int64]:
    """Choose the persons nearest to a score, of equally near ones the first."""
    away = np.abs(own - score)
    near = np.flatnonzero((away <= NEAR) & (reactors > 0))
    return near[np.argsort(away[near], kind="stable")[:persons]]


def _factors(model: Model, signals: Vector, wanted: Vector) -> Vector:
    """Find for each person the first factor of the grid that gives the score wanted.

    All persons are halved at once: each round scores every one of them at its own factor.
    """
    engagement = engagement_columns(model.catalogue)
    largest = int(np.log(MOST) / np.log(STEP))
    low, high = np.zeros(len(signals), np.int64), np.full(len(signals), largest + 1)
    while (open_ := high - low > 1).any():
        middle = (low + high) // 2
        tried = signals.copy()
        tried[:, engagement] *= STEP ** middle[:, None]
        enough = _score(model, tried) >= wanted
        low, high = np.where(open_ & ~enough, middle, low), np.where(open_ & enough, middle, high)
    return np.where(high <= largest, STEP**high, np.inf)


def _score(model: Model, signals: Vector) -> Vector:
    return model.points(model.influence(signals))


def _median(values: Vector) -> float | None:
    """Take the upper median, so that it is somebody's; None if it is infinite, or of nobody."""
    if not len(values):
        return None
    middle = float(np.sort(values)[len(values) // 2])
    return middle if np.isfinite(middle) else None
