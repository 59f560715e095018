"""A model beside baselines and ceilings, on the same judgements and the same resamples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.evaluation.bootstrap import Interval, Resamples
from training.evaluation.log_odds import SortedMargins, agreement, differences, log_odds
from training.evaluation.reliability import calibration_error, reliability
from training.influence.boosting import log_losses
from training.influence.model import Model
from training.judgements import persons_of

Vector = NDArray[np.float64]

SCORE, TRUTH = "score", "truth"
"""Rows of the comparison that are no baselines: the model, and what no model can know."""


@dataclass(frozen=True)
class Comparison:
    """Accuracies of several figures on the same judgements.

    Attributes
    ----------
    names
        Of the figures; `SCORE` is the first.
    point
        Shape (figures,): accuracies.
    drawn
        Shape (rounds, figures): accuracies in each round. Figures of one round are about the same
        persons, so their differences are paired.
    """

    names: list[str]
    point: Vector
    drawn: Vector

    def accuracy(self, name: str) -> Interval:
        """Accuracy of one figure."""
        place = self.names.index(name)
        return Interval.of(float(self.point[place]), self.drawn[:, place])

    def lead(self, name: str) -> Interval:
        """How much more accurate the score is than a figure."""
        place = self.names.index(name)
        value = float(self.point[0] - self.point[place])
        return Interval.of(value, self.drawn[:, 0] - self.drawn[:, place])

    def share(self, name: str) -> Interval:
        """The score's accuracy as a share of a figure's."""
        place = self.names.index(name)
        value = float(self.point[0] / self.point[place])
        return Interval.of(value, self.drawn[:, 0] / self.drawn[:, place])

    def table(self) -> pl.DataFrame:
        """One row per figure: ``name``, ``accuracy``, ``low`` and ``high``, the best first."""
        rows = [(name, *self.accuracy(name)) for name in self.names]
        table = pl.DataFrame(rows, schema=["name", "accuracy", "low", "high"], orient="row")
        return table.sort("accuracy", "name", descending=[True, False])


def compare(by_name: dict[str, Vector], preference: Vector, resamples: Resamples) -> Comparison:
    """Work out the accuracy of each figure.

    Parameters
    ----------
    by_name
        Name to value(a) - value(b), shape (pairs,); the score first.
    preference
        Shape (pairs,).
    resamples
        Of the same judgements.
    """
    agreed = np.column_stack([agreement(each, preference) for each in by_name.values()])
    own = resamples.weight * resamples.decided
    drawn = resamples.means(agreed, resamples.decided)
    return Comparison(list(by_name), own @ agreed / own.sum(), drawn)


def evaluate(
    model: Model,
    scores: pl.DataFrame,
    judgements: pl.DataFrame,
    baselines: dict[str, pl.Series],
    resamples: Resamples | None = None,
) -> tuple[dict[str, Any], Comparison]:
    """Compare a model, baselines and perhaps the hidden truth on the same judgements.

    Parameters
    ----------
    model
        What gave the scores.
    scores
        From `Model.score`.
    judgements
        About persons the model has not seen, if the figures are to mean anything.
    baselines
        Name to a figure per person, in the order of ``scores``. `TRUTH` is taken as the ceiling.
    resamples
        Of these judgements; None: as many rounds as is usual.

    Returns
    -------
    tuple
        The metrics, ready for JSON: accuracy, AUC, log-loss (nats) and their 95% intervals by
        person; the baselines' accuracies and the score's lead over each; and the comparison.
    """
    resamples = resamples or Resamples.of(judgements)
    preference = judgements["preference"].to_numpy()
    persons = scores["person"]
    difference = log_odds(model, scores, judgements)
    by_name = {SCORE: difference} | {
        name: differences(judgements, persons, values, 0.0) for name, values in baselines.items()
    }
    comparison = compare(by_name, preference, resamples)
    bins = reliability(difference, preference, resamples.weight)
    metrics = {
        **comparison.accuracy(SCORE).named("accuracy"),
        **_auc(difference, preference, resamples).named("auc"),
        **resamples.mean(log_losses(difference, preference)).named("log_loss"),
        "calibration_error": calibration_error(bins),
        "judgements": len(judgements),
        "judged_persons": len(persons_of(judgements)),
        **_beside(comparison),
        "population": _population(scores),
        "model_version": model.version,
    }
    return metrics, comparison


def _auc(difference: Vector, preference: Vector, resamples: Resamples) -> Interval:
    margins = SortedMargins.of(difference, preference)
    drawn = [margins.auc(weight) for weight in resamples.weights(resamples.decided)]
    return Interval.of(margins.auc(resamples.weight), np.array(drawn))


def _beside(comparison: Comparison) -> dict[str, Any]:
    """The baselines' accuracies, the score's lead, and its share of the truth's accuracy."""
    others = comparison.names[1:]
    leads = {name: comparison.lead(name) for name in others if name != TRUTH}
    beside: dict[str, Any] = {
        "baselines": {name: comparison.accuracy(name).value for name in others},
        "lead": {name: lead.value for name, lead in leads.items()},
        "lead_low": {name: lead.low for name, lead in leads.items()},
        "lead_high": {name: lead.high for name, lead in leads.items()},
    }
    if TRUTH in others:
        beside |= comparison.share(TRUTH).named("share_of_truth")
    return beside


def _population(scores: pl.DataFrame) -> dict[str, Any]:
    """How many persons there are, their mean score, and the share of them at 63 and above."""
    mean, share = scores.select(pl.col("score").mean(), share=(pl.col("score") >= 63).mean()).row(0)
    return {"persons": len(scores), "mean_score": mean, "share_at_63": share}
