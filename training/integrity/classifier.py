"""How likely an account is authentic, learned from labelled accounts; text and numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from features.errors import KloutError
from features.storage.folders import INTEGRITY
from training.integrity.behaviours.behaviour import Behaviour, as_matrix
from training.integrity.boosted_trees import ClassifierParams, faults, grow, said
from training.integrity.calibration import Calibration
from training.integrity.folds import grouped_folds
from training.trees.model_folder import Kind, read, refuse_faults, write

NUMBERS = "classifier.json"
KIND = Kind("classifier", NUMBERS, "klout integrity train", INTEGRITY)

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class Reason:
    """A behaviour that speaks against an account.

    Attributes
    ----------
    behaviour
        Its name.
    value
        What the account has of it.
    contribution
        What it adds to the log-odds of being authentic, below 0 (Lundberg and others, "Consistent
        individualized feature attribution for tree ensembles", 2018).
    """

    behaviour: str
    value: float
    contribution: float


@dataclass(frozen=True)
class Classifier:
    """P(authentic) of an account, monotone as the behaviours are signed.

    Attributes
    ----------
    behaviours
        What it reads, in the trees' order.
    trees
        LightGBM's text, as `training.integrity.boosted_trees.grow` gives it.
    calibration
        From what the trees say to the probability.
    """

    behaviours: tuple[Behaviour, ...]
    trees: str
    calibration: Calibration

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that name the classifier by its content."""
        content = self.trees + json.dumps(self._numbers(), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @cached_property
    def booster(self) -> lgb.Booster:
        """The trees, ready to predict."""
        return lgb.Booster(model_str=self.trees)

    def probability(self, table: pl.DataFrame) -> Vector:
        """P(authentic), shape (accounts,).

        Raises
        ------
        KloutError
            If a behaviour is missing, no number, or not finite.
        """
        if not table.height:
            return np.zeros(0)
        matrix = as_matrix(table, self.behaviours)
        return self.calibration.probability(said(self.booster, matrix))

    def reasons(self, table: pl.DataFrame, most: int = 3) -> list[list[Reason]]:
        """Say what speaks against each account.

        Parameters
        ----------
        table
            As for `probability`.
        most
            At most so many for an account; fewer where fewer speak against it.

        Returns
        -------
        list
            For each account its reasons, the strongest first.
        """
        if not table.height:
            return []
        matrix = as_matrix(table, self.behaviours)
        parts = np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=1))
        added = self.calibration.slope * parts[:, :-1]  # the last column is the base
        return [
            list(self._against(row, lowered, most))
            for row, lowered in zip(matrix, added, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Write the classifier to a folder, which is replaced whole.

        Raises
        ------
        KloutError
            If the folder holds anything else; it is left as it is.
        """
        write(folder, KIND, self.version, self.trees, self._numbers())

    @staticmethod
    def load(folder: Path) -> Classifier:
        """Read a classifier from its folder and check its trees; nothing is unpickled.

        Raises
        ------
        KloutError
            If there is none, a file of it is damaged, or a tree is not as its behaviours' signs
            say.
        """

        def make(trees: str, numbers: dict[str, Any]) -> Classifier:
            behaviours = tuple(Behaviour(**one) for one in numbers["behaviours"])
            return Classifier(behaviours, trees, Calibration(**numbers["calibration"]))

        classifier = read(folder, KIND, make)
        refuse_faults(folder, KIND, faults(classifier.trees, classifier.behaviours))
        return classifier

    def _against(self, row: Vector, added: Vector, most: int) -> Iterator[Reason]:
        for column in np.argsort(added, kind="stable")[:most]:
            if added[column] < 0:
                name = self.behaviours[column].name
                yield Reason(name, float(row[column]), float(added[column]))

    def _numbers(self) -> dict[str, Any]:
        return {
            "behaviours": [asdict(behaviour) for behaviour in self.behaviours],
            "calibration": asdict(self.calibration),
        }


def fit(
    table: pl.DataFrame,
    authentic: Labels,
    behaviours: Sequence[Behaviour],
    params: ClassifierParams | None = None,
    weight: Vector | None = None,
    groups: NDArray[Any] | None = None,
) -> Classifier:
    """Learn from labelled accounts.

    All accounts are learned from. The calibration sees what trees that did not learn from an
    account say of it, fold by fold, so it costs no data.

    Parameters
    ----------
    table
        A row per account, a column per behaviour; other columns are passed over.
    authentic
        Shape (accounts,).
    behaviours
        What to read; their signs bind the trees.
    params
        None: the defaults.
    weight
        Shape (accounts,), above 0; None: 1 each.
    groups
        Shape (accounts,): accounts of one group, as of one farm, are in one fold. None: each is a
        group of its own.

    Raises
    ------
    KloutError
        If a behaviour is missing or not finite, shapes differ, or labels are too few or all alike.
    """
    params = params or ClassifierParams()
    matrix, truth = as_matrix(table, behaviours), np.asarray(authentic, dtype=np.bool_)
    weights = np.ones(len(matrix)) if weight is None else np.asarray(weight, dtype=np.float64)
    _check(len(matrix), truth, weights, params.folds)
    held_out = np.zeros(len(matrix))
    for learn, rest in _folds(truth, params, groups):
        trees = grow(matrix[learn], truth[learn], weights[learn], behaviours, params)
        held_out[rest] = said(lgb.Booster(model_str=trees), matrix[rest])
    return Classifier(
        behaviours=tuple(behaviours),
        trees=grow(matrix, truth, weights, behaviours, params),
        calibration=Calibration.fit(held_out, truth, weights),
    )


def _check(accounts: int, truth: Labels, weight: Vector, folds: int) -> None:
    for name, values in {"labels": truth, "weights": weight}.items():
        if values.shape != (accounts,):
            raise KloutError(
                f"{name}: of shape {values.shape}; expected one per account, {accounts}"
            )
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise KloutError("weights: expected finite numbers above 0")
    authentic, others = int(truth.sum()), int((~truth).sum())
    if min(authentic, others) < folds:
        raise KloutError(
            f"labels: {authentic} authentic accounts and {others} others; expected at least "
            f"{folds} of each, one for each fold"
        )


def _folds(
    truth: Labels, params: ClassifierParams, groups: NDArray[Any] | None
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows to learn from and rows held out, for each fold."""
    if groups is None:
        splitter = StratifiedKFold(params.folds, shuffle=True, random_state=params.seed)
        yield from splitter.split(truth, truth)
        return
    if groups.shape != truth.shape or len(set(groups.tolist())) < params.folds:
        raise KloutError(f"groups: expected one per account, and at least {params.folds} of them")
    for learn, rest in grouped_folds(truth, groups, params.folds, params.seed):
        if truth[learn].all() or not truth[learn].any():
            raise KloutError("groups: one holds all accounts of a label; expected several of each")
        yield learn, rest
