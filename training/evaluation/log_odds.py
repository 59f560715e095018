"""What a difference between two persons is worth as an answer to "who is the more influential?"."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.influence.model import Model

Vector = NDArray[np.float64]


def agreement(difference: Vector, preference: Vector) -> Vector:
    """1 where a difference agrees in sign with a judgement, 0 where not, ½ where it is 0.

    Parameters
    ----------
    difference, preference
        Shape (pairs,). Undecided judgements (preference ½) get ½; `accuracy` passes over them.
    """
    return np.asarray((1 + np.sign(difference) * np.sign(preference - 0.5)) / 2)


def accuracy(difference: Vector, preference: Vector, weight: Vector) -> float:
    """Weighted share of judgements that agree in sign with a difference, shape (pairs,) each.

    Judgements without a preference say nothing; a difference of 0 is half right.
    """
    decided = preference != 0.5
    agreed = agreement(difference, preference)
    return float(np.average(agreed[decided], weights=weight[decided]))


def auc(difference: Vector, preference: Vector, weight: Vector) -> float:
    """Area under the ROC curve of telling "a over b" from "b over a" by the difference.

    Each judgement counts in both directions, so that it does not matter who was called a.
    """
    return SortedMargins.of(difference, preference).auc(weight)


class SortedMargins:
    """Differences sorted once, for the AUC under many weightings in linear time each.

    The margin of a judgement is its difference in favour of whom the judge preferred. Taken in
    both directions, the right answers have the margins m and the wrong ones -m, so the AUC is
    the chance that m(i) > -m(j) for two judgements drawn by weight, ties counting half.

    Parameters
    ----------
    margin
        Shape (decided,).
    decided
        Shape (pairs,), bool: which judgements have a margin.
    """

    def __init__(self, margin: Vector, decided: NDArray[np.bool_]) -> None:
        self._decided = decided
        self._order = np.argsort(margin, kind="stable")
        ordered = margin[self._order]
        self._below = np.searchsorted(ordered, -ordered, side="left")
        self._at_most = np.searchsorted(ordered, -ordered, side="right")

    @staticmethod
    def of(difference: Vector, preference: Vector) -> SortedMargins:
        """Take the margins of all decided judgements, shape (pairs,) each."""
        decided = preference != 0.5
        return SortedMargins((difference * np.sign(preference - 0.5))[decided], decided)

    def auc(self, weight: Vector) -> float:
        """AUC under weights of shape (pairs,), not all 0."""
        ordered = weight[self._decided][self._order]
        sums = np.concatenate([[0.0], np.cumsum(ordered)])
        lower = (sums[self._below] + sums[self._at_most]) / 2
        return float(ordered @ (sums[-1] - lower) / sums[-1] ** 2)


def sides(
    judgements: pl.DataFrame, persons: pl.Series, values: pl.Series, missing: float
) -> tuple[Vector, Vector]:
    """Look up value(a) and value(b) of each judgement; ``missing`` for who has no value."""
    table = pl.DataFrame({"person": persons, "value": values.cast(pl.Float64)})
    a, b = (
        judgements.select(person=side)
        .join(table, on="person", how="left", maintain_order="left")["value"]
        .fill_null(missing)
        .to_numpy()
        for side in ("a", "b")
    )
    return a, b


def differences(
    judgements: pl.DataFrame, persons: pl.Series, values: pl.Series, missing: float
) -> Vector:
    """value(a) - value(b) of each judgement; ``missing`` for who has no value."""
    a, b = sides(judgements, persons, values, missing)
    return np.asarray(a - b)


def log_odds(model: Model, scores: pl.DataFrame, judgements: pl.DataFrame) -> Vector:
    """Log-odds that a model gives each judgement, shape (pairs,); ``scores`` are from it."""
    worth = pl.Series("log worth", model.log_worth(scores["influence"].to_numpy()))
    of_nobody = float(model.log_worth(np.array([model.base]))[0])
    return differences(judgements, scores["person"], worth, of_nobody)
