"""Influence learned from labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import polars as pl
from sklearn.base import RegressorMixin

from training.estimators.estimator import InfluenceEstimator
from training.estimators.people import PERSON, refusals
from training.influence.lessons import from_labels
from training.judgements.label_table import LABEL, as_labels


@dataclass(kw_only=True, eq=False, repr=False)
class KloutRegressor(RegressorMixin, InfluenceEstimator):  # type: ignore[misc]
    """Learns from labels, a number per person: ``klout train --labels``.

    Labels may be of any unit, since only their order teaches; what is predicted is a score. With
    `label_scale` that is the label which somebody would have got.

    Parameters
    ----------
    label_scale
        Whether the scale is fitted to the labels, scores from 1 to 100, as ``--label-scale``.
    """

    __doc__ += InfluenceEstimator.__doc__ or ""

    label_scale: bool = False

    def __sklearn_tags__(self) -> Any:
        """Say that R² is poor unless labels are scores: the scale is that of the people."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = not self.label_scale
        return tags

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Learn.

        Parameters
        ----------
        X
            People, shape (persons, columns).
        y
            Their labels, shape (persons,); more is more influential.

        Raises
        ------
        ValueError
            If nothing can be learned, or an input is not as described.
        """
        with refusals():
            persons, (values, label) = self._read(X, y)
            rows = pl.DataFrame({PERSON: persons, LABEL: label}, strict=False)
            labels = as_labels(rows, "y")
            taught = from_labels(labels, persons, 0.0)
            self._learn(persons, values, taught, [labels], scale_of_labels=self.label_scale)
        return self
