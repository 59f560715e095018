"""Influence learned from who goes before whom: in pairs, or in ordered lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from features.errors import KloutError
from training.estimators.estimator import InfluenceEstimator, Vector
from training.estimators.people import PERSON, refusals
from training.influence.lessons import from_judgements, from_labels
from training.judgements import as_judgements, indices
from training.judgements.label_pairs import label_pairs
from training.judgements.label_table import LIST, RANK, Labels, as_labels


@dataclass(kw_only=True, eq=False, repr=False)
class KloutRanker(InfluenceEstimator):
    """Learns from pairs, ``klout train --judgements``, or from lists, ``--labels``.

    Rows are people either way, so that folds of people are folds of rows, and whoever is tested on
    was not learned from.
    """

    __doc__ += InfluenceEstimator.__doc__ or ""

    def fit(self, X: Any, y: Any = None, *, groups: Any = None, pairs: Any = None) -> Self:  # noqa: N803
        """Learn.

        Parameters
        ----------
        X
            People, shape (persons, columns); with ``person`` where `pairs` are given.
        y
            Shape (persons,): who goes before whom within a list, more being before.
        groups
            Shape (persons,): the list that each person is in; None: one list.
        pairs
            A frame of judgements, instead of `y`: ``a``, ``b``, ``preference`` and, if they are
            there, ``weight`` and ``judge``. Those are taken both of whose persons are in X.

        Raises
        ------
        ValueError
            If nothing can be learned, or an input is not as described.
        """
        with refusals():
            persons, values, labels, judged = self._lessons(X, y, groups, pairs)
            if labels is None:
                taught = from_judgements(judged, persons, "pairs", 0.0)
            else:
                taught = from_labels(labels, persons, 0.0)
            self._learn(persons, values, taught, [] if labels is None else [labels])
            self.pairs_ = pairs
        return self

    def score(self, X: Any, y: Any = None, *, groups: Any = None, pairs: Any = None) -> float:  # noqa: N803
        """Return the share of pairs that are ordered as they were judged, by weight.

        Parameters
        ----------
        X, y, groups, pairs
            As of `fit`; without `y` and `pairs`, those pairs given to `fit` both of whose persons
            are in this X. Undecided pairs count for nothing, equal scores for a half.
        """
        predicted = self.predict(X)
        with refusals():
            pairs = self.pairs_ if y is None and pairs is None else pairs
            persons, _, _, judged = self._lessons(X, y, groups, pairs, reset=False)
            decided = judged.filter(pl.col("preference") != 0.5)
            if decided.is_empty():
                raise KloutError("no pair of the people in X is decided")
        a, b = indices(decided, persons)
        said = np.sign(predicted[a] - predicted[b])
        agrees = 0.5 + 0.5 * said * np.sign(decided["preference"].to_numpy() - 0.5)
        return float(np.average(agrees, weights=decided["weight"].to_numpy()))

    def _lessons(
        self, people: Any, y: Any, groups: Any, pairs: Any, *, reset: bool = True
    ) -> tuple[pl.Series, Vector, Labels | None, pl.DataFrame]:
        """Read what `fit` is given: persons, values, labels if it is lists, and judgements."""
        if (y is None) == (pairs is None):
            raise KloutError("a ranker learns of y or of pairs; expected one of them")
        if pairs is not None:
            persons, values = self._read(people, reset=reset)
            if PERSON not in getattr(people, "columns", ()):
                raise KloutError("X: the column 'person' is missing, which pairs name people by")
            judged = as_judgements(pl.DataFrame(pairs), "pairs")
            known = persons.implode()
            both = judged.filter(pl.col("a").is_in(known) & pl.col("b").is_in(known))
            if both.is_empty():
                raise KloutError("pairs: none is about two persons of X")
            return persons, values, None, both
        persons, (values, order) = self._read(people, y, reset=reset)
        lists = ["all"] * len(persons) if groups is None else [str(each) for each in groups]
        if len(lists) != len(persons):
            raise KloutError(f"groups has {len(lists)} rows, X has {len(persons)}")
        rows = pl.DataFrame({LIST: lists, RANK: -order, PERSON: persons}, strict=False)
        labels = as_labels(rows, "y")
        return persons, values, labels, label_pairs(labels)
