"""What estimators share: parameters, reading people, and scores."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from training.estimators.people import Columns, are_signals, numbered, parted, refusals
from training.influence.adapting import widened
from training.influence.learning import Learning
from training.influence.model import Model
from training.influence.params import TrainingParams
from training.influence.scale import ANCHORS, Scale
from training.judgements.label_table import Labels

Vector = NDArray[np.float64]
_USUAL = TrainingParams()
_ANCHORS = Scale()


@dataclass(kw_only=True, eq=False, repr=False)
class InfluenceEstimator(BaseEstimator):  # type: ignore[misc]
    """Learns influence of people from their signals, and scores people.

    `X` has a row per person. As a frame of Polars or pandas it has the catalogue's signals by name,
    as `features.signals.materialize.materialize` gives them, and, if there is one, a column
    ``person``; other columns are passed over. Columns of anything else are taken for counters of
    one network, of which more never means less. Numbers are finite and at least 0.

    Parameters
    ----------
    networks
        A folder of declarations beside the built-in ones, as ``klout train --networks``.
    start
        A model's folder to start from, as ``--from``; None: from scratch.
    mean, top_share, top_score
        The scale's anchors: see `training.influence.scale.Scale`.
    num_trees, patience, validation_share, gain_7d, gain_30d, measures, few, link_power, \
    learning_rate, num_leaves, min_sum_hessian_in_leaf, lambda_l2, feature_fraction, extra_trees, \
    max_bin, seed, num_threads
        See `training.influence.params.TrainingParams`.

    Attributes
    ----------
    model_
        What was learned: a `training.influence.model.Model`.
    n_features_in_, feature_names_in_
        The columns of X, without ``person``; names only where they have some.
    """

    networks: Path | str | None = None
    start: Path | str | None = None
    mean: float = _ANCHORS.mean
    top_share: float = _ANCHORS.top_share
    top_score: float = _ANCHORS.top_score
    num_trees: int = _USUAL.num_trees
    patience: int = _USUAL.patience
    validation_share: float = _USUAL.validation_share
    gain_7d: float = _USUAL.gain_7d
    gain_30d: float = _USUAL.gain_30d
    measures: tuple[str, ...] = _USUAL.measures
    few: float = _USUAL.few
    link_power: float = _USUAL.link_power
    learning_rate: float = _USUAL.learning_rate
    num_leaves: int = _USUAL.num_leaves
    min_sum_hessian_in_leaf: float = _USUAL.min_sum_hessian_in_leaf
    lambda_l2: float = _USUAL.lambda_l2
    feature_fraction: float = _USUAL.feature_fraction
    extra_trees: bool = _USUAL.extra_trees
    max_bin: int = _USUAL.max_bin
    seed: int = _USUAL.seed
    num_threads: int = _USUAL.num_threads

    def __sklearn_tags__(self) -> Any:
        """Say what scikit-learn asks: signals are at least 0."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags

    def predict(self, X: Any) -> Vector:  # noqa: N803
        """Score people: shape (persons,), 1 to 100."""
        check_is_fitted(self)
        with refusals():
            _, values = self._read(X, reset=False)
        model: Model = self.model_
        return model.points(model.influence(self._columns.matrix(values)))

    def _read(
        self, given: Any, answer: Any = "no_validation", *, reset: bool = True
    ) -> tuple[pl.Series, Any]:
        """Check X, and y if there is one: persons, and values of shape (persons, columns)."""
        persons, signals = parted(given)
        more = {} if isinstance(answer, str) else {"y_numeric": True}
        checked = validate_data(self, signals, answer, reset=reset, dtype=np.float64, **more)
        values = checked[0] if isinstance(checked, tuple) else checked
        check_non_negative(values, type(self).__name__)
        persons = numbered(len(values)) if persons is None else persons
        return persons, checked

    def _learn(
        self,
        persons: pl.Series,
        values: Vector,
        taught: pl.DataFrame,
        labels: list[Labels],
        *,
        scale_of_labels: bool = False,
    ) -> None:
        """Learn `model_`: with the bits of ``klout train``."""
        learning = self._learning()
        self.model_ = learning.learned(
            self._columns.frame(persons, values), taught, labels, scale_of_labels=scale_of_labels
        )

    def _learning(self) -> Learning:
        networks = load_networks(None if self.networks is None else Path(self.networks))
        parent = None if self.start is None else widened(Path(self.start), networks)
        catalogue = Catalogue(networks) if parent is None else parent.catalogue
        names = list(getattr(self, "feature_names_in_", ()))
        if parent is not None or are_signals(names, catalogue):
            self._columns = Columns.named(names, catalogue)
        else:
            self._columns = Columns.of_numbers(self.n_features_in_)
        given = {each.name: getattr(self, each.name) for each in fields(TrainingParams)}
        params = TrainingParams.checked(given | {"measures": list(self.measures)}, "parameters")
        scale = Scale(**{name: getattr(self, name) for name in ANCHORS})
        return Learning(self._columns.catalogue, params, scale, parent)
