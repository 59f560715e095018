"""How well influence, or any other figure, explains judgements."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from training.fit import log_loss
from training.judgements import persons_of
from training.model import Model

Vector = NDArray[np.float64]

GAPS = (0, 5, 10, 20, 40, 100)
"""Bounds of the bands of score difference by which accuracy is reported."""


def accuracy(difference: Vector, preference: Vector, weight: Vector) -> float:
    """Weighted share of judgements that agree in sign with a difference, shape (pairs,) each.

    Judgements without a preference say nothing; a difference of 0 is half right.
    """
    decided = preference != 0.5
    agreement = np.sign(difference) * np.sign(preference - 0.5)
    return float(np.average((1 + agreement[decided]) / 2, weights=weight[decided]))


def auc(difference: Vector, preference: Vector, weight: Vector) -> float:
    """Area under the ROC curve of telling "a over b" from "b over a" by the difference.

    Each judgement counts in both directions, so that it does not matter who was called a.
    """
    decided = preference != 0.5
    answer = np.concatenate([preference > 0.5, preference < 0.5])[np.tile(decided, 2)]
    both = np.concatenate([difference, -difference])[np.tile(decided, 2)]
    return float(roc_auc_score(answer, both, sample_weight=np.tile(weight[decided], 2)))


def differences(
    judgements: pl.DataFrame, persons: pl.Series, values: pl.Series, missing: float
) -> Vector:
    """value(a) - value(b) of each judgement; ``missing`` for who has no value."""
    table = pl.DataFrame({"person": persons, "value": values.cast(pl.Float64)})
    sides = [
        judgements.select(person=side)
        .join(table, on="person", how="left", maintain_order="left")["value"]
        .fill_null(missing)
        .to_numpy()
        for side in ("a", "b")
    ]
    return np.asarray(sides[0] - sides[1])


def evaluate(
    model: Model,
    scores: pl.DataFrame,
    judgements: pl.DataFrame,
    baselines: dict[str, pl.Series],
) -> dict[str, Any]:
    """Compare a model and some baselines on the same judgements.

    Parameters
    ----------
    model
        What gave the scores.
    scores
        From `Model.score`.
    judgements
        About persons the model has not seen, if the figures are to mean anything.
    baselines
        Name to a figure per person, in the order of ``scores``.

    Returns
    -------
    dict
        Accuracy, AUC and log-loss (nats) of the model; accuracies of the baselines; the
        population's mean score and share at 63 and above.
    """
    preference, weight = judgements["preference"].to_numpy(), judgements["weight"].to_numpy()
    difference = differences(judgements, scores["person"], scores["influence"], model.base)
    figures = {
        name: accuracy(differences(judgements, scores["person"], values, 0.0), preference, weight)
        for name, values in baselines.items()
    }
    return {
        "accuracy": accuracy(difference, preference, weight),
        "auc": auc(difference, preference, weight),
        "log_loss": log_loss(difference, preference, weight),
        "judgements": len(judgements),
        "judged_persons": len(persons_of(judgements)),
        "baselines": figures,
        "population": {
            "persons": len(scores),
            "mean_score": float(scores["score"].mean()),  # type: ignore[arg-type]
            "share_at_63": float((scores["score"] >= 63).mean()),  # type: ignore[arg-type]
        },
        "model_version": model.version,
    }


def accuracy_by_gap(model: Model, scores: pl.DataFrame, judgements: pl.DataFrame) -> pl.DataFrame:
    """Accuracy by difference of score: ``gap`` (text), ``accuracy`` and ``judgements`` a row."""
    lowest = float(model.scale.transform(np.array([model.base]))[0])
    difference = differences(judgements, scores["person"], scores["score"], lowest)
    preference, weight = judgements["preference"].to_numpy(), judgements["weight"].to_numpy()
    rows = []
    for low, high in pairwise(GAPS):
        inside = (np.abs(difference) >= low) & (np.abs(difference) < high) & (preference != 0.5)
        if inside.any():
            share = accuracy(difference[inside], preference[inside], weight[inside])
            rows.append(
                {"gap": f"{low}-{high}", "accuracy": share, "judgements": int(inside.sum())}
            )
    return pl.DataFrame(
        rows, schema={"gap": pl.String, "accuracy": pl.Float64, "judgements": pl.Int64}
    )
