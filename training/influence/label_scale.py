"""The scale on that of labels: so that somebody's score is the label it would have got."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from features.errors import KloutError
from training.influence.curve import HIGHEST, LOWEST, Curve
from training.influence.model import Model
from training.influence.scale import Scale
from training.judgements import fold_of
from training.judgements.label_table import LABEL, Labels

PARTS, SEED = 3, 1
"""Of the labelled persons one part is not learned from where the scale is fitted."""
LEAST_PERSONS = 20
"""For three numbers."""
TRIES = 2000
"""Of the search, which ends after some hundred."""

Vector = NDArray[np.float64]


def on_scale_of_labels(model: Model, influence: Vector, label: Vector, weight: Vector) -> Model:
    """Fit a model's scale to labels: the three numbers with the least mean absolute error.

    Nobody passes anybody, and the scale stays concave above the median of the people whom the model
    was scaled by: it bends at that median or below.

    Parameters
    ----------
    influence
        Of the persons labelled, shape (persons,); best by a model that did not learn from them,
        since what is learned by heart is spread too far.
    label, weight
        Theirs, shape (persons,).

    Raises
    ------
    KloutError
        If labels are no scores, from 1 to 100, or there are fewer than twenty persons.
    """
    check_scores(label)
    worth = model.log_worth(influence)
    median = float(model.log_worth(model.quantiles[[len(model.quantiles) // 2]])[0])
    curve = _fitted(worth, label, weight, median)
    top = float(np.quantile(label, 1 - Scale().top_share))
    mean = float(np.average(label, weights=weight))
    scale = Scale.of_curve(curve, mean=mean, top_score=top)
    return replace(model, scale=scale, facts=model.facts | {"scaled": {"labels": len(label)}})


def scaled_to_labels(
    model: Model,
    labels: Sequence[Labels],
    taught: pl.DataFrame,
    population: pl.DataFrame,
    learned: Callable[[pl.DataFrame], Model],
) -> Model:
    """Fit a model's scale to the labels that it learned from.

    A third of the persons are left out of learning, once more, and what is then said of them is
    compared with their labels.

    Parameters
    ----------
    taught
        The judgements that the model learned from.
    population
        Signals of everybody.
    learned
        Learns a model of judgements.

    Raises
    ------
    KloutError
        If there is no table of labels, or they are no scores.
    """
    if not any(each.kind == LABEL for each in labels):
        raise KloutError("a scale is fitted to labels; ranks and judgements have none")
    _, label, _ = labelled(labels, population.select("person", influence=0.0), 0.0)
    check_scores(label)
    aside = [fold_of(side, PARTS, SEED) == 0 for side in ("a", "b")]
    others = learned(taught.filter(~aside[0] & ~aside[1]))
    left = pl.concat([each.rows["person"] for each in labels]).unique().to_frame()
    left = left.filter(fold_of("person", PARTS, SEED) == 0)
    said = others.score(population.join(left, on="person", how="semi"))
    unseen = [each._replace(rows=each.rows.join(left, on="person", how="semi")) for each in labels]
    return on_scale_of_labels(model, *labelled(unseen, said, others.base))


def labelled(
    labels: Sequence[Labels], scores: pl.DataFrame, nobody: float
) -> tuple[Vector, Vector, Vector]:
    """Put influence beside labels: influence, label and weight of shape (labels,).

    Parameters
    ----------
    scores
        ``person`` and ``influence``.
    nobody
        Influence of who is not among them: without signals.
    """
    rows = pl.concat([each.rows for each in labels if each.kind == LABEL])
    known = scores.select("person", "influence")
    joined = rows.join(known, on="person", how="left", maintain_order="left")
    influence = joined["influence"].fill_null(nobody)
    return influence.to_numpy(), joined["value"].to_numpy(), joined["weight"].to_numpy()


def are_scores(label: Vector) -> bool:
    """Say whether labels may be scores."""
    return bool(((label >= LOWEST) & (label <= HIGHEST)).all())


def check_scores(label: Vector) -> None:
    """Refuse labels that no scale can be fitted to."""
    if not are_scores(label):
        raise KloutError(
            f"the labels are {label.min():g} to {label.max():g}; a scale is fitted to scores from "
            f"{LOWEST:g} to {HIGHEST:g} alone"
        )
    if len(label) < LEAST_PERSONS:
        raise KloutError(
            f"{len(label)} persons with a label; a scale is fitted to at least {LEAST_PERSONS}"
        )


def _fitted(worth: Vector, label: Vector, weight: Vector, median: float) -> Curve:
    """Search for the curve, starting from one that is nearly straight over the labels."""
    unit = max(float(worth.std()), 1e-9)
    room = HIGHEST - LOWEST

    def curve(numbers: Vector) -> Curve:
        below, middle, width = numbers
        score = LOWEST + room * float(expit(np.clip(middle, -12, 12)))
        return Curve(median - unit * below**2, score, unit * float(np.exp(np.clip(width, -6, 6))))

    def error(numbers: Vector) -> float:
        return float(np.average(np.abs(curve(numbers).score(worth) - label), weights=weight))

    share = (float(np.median(label)) - LOWEST) / room
    at = float(logit(np.clip(share, 0.01, 0.99)))
    starts = [np.array([0.1, at, width]) for width in (0.0, 1.0)]
    found = [
        minimize(error, start, method="Nelder-Mead", options={"maxfev": TRIES}) for start in starts
    ]
    return curve(min(found, key=lambda each: each.fun).x)
