"""What would be lost without a network, or without a measure: train again and see.

What each signal does for a trained model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue import measures
from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from training.evaluation.bootstrap import Interval, Resamples
from training.evaluation.log_odds import agreement, log_odds
from training.influence.boosting import log_losses
from training.influence.fit import fit
from training.influence.model import Model, as_matrix
from training.influence.params import TrainingParams


def importance(model: Model, signals: pl.DataFrame) -> pl.DataFrame:
    """Say how much the trees use each signal, and how many persons have it.

    Parameters
    ----------
    model
        Its trees are looked into.
    signals
        The population: ``person`` and the catalogue's signals.

    Returns
    -------
    DataFrame
        A row per signal: ``signal``, ``network``, ``gain`` (what all splits on it took off the
        loss, LightGBM's total gain; evidence, which is not learned, has none), ``splits``,
        ``coverage`` (share of persons with a value above 0); the greatest gain first. Nobody would
        miss those with no splits.
    """
    matrix = as_matrix(signals, model.catalogue)
    table = pl.DataFrame(
        {
            "signal": model.catalogue.names,
            "network": [signal.network for signal in model.catalogue.signals],
            "gain": np.asarray(model.booster.feature_importance("gain"), dtype=np.float64),
            "splits": _splits(model),
            "coverage": (matrix > 0).mean(axis=0),
        }
    )
    return table.sort("gain", "splits", "signal", descending=[True, True, False])


def _splits(model: Model) -> NDArray[np.int64]:
    """Count the splits on each signal: LightGBM leaves out those without a gain, as of evidence."""
    lines = (line for line in model.trees.splitlines() if line.startswith(_SPLITS))
    read = [int(each) for line in lines for each in line.removeprefix(_SPLITS).split()]
    return np.bincount(read, minlength=len(model.catalogue.names))


Vector = NDArray[np.float64]
_SPLITS = "split_feature="


@dataclass(frozen=True)
class Ablation:
    """Signals to do without.

    Attributes
    ----------
    kind
        ``network`` or ``measure``.
    name
        Which of them.
    signals
        Names of its signals.
    """

    kind: str
    name: str
    signals: list[str]

    def applied(self, population: pl.DataFrame) -> pl.DataFrame:
        """Set the signals to 0 for everybody, so that the catalogue stays as it is."""
        return population.with_columns(pl.lit(0.0).alias(name) for name in self.signals)


def ablations(catalogue: Catalogue) -> list[Ablation]:
    """List every network and every measure, but nothing without which no signal is left."""
    found = [
        Ablation("network", network, [catalogue.names[column] for column in columns])
        for network, columns in catalogue.groups.items()
    ]
    for measure in measures.MEASURES:
        own = [signal.name for signal in catalogue.signals if signal.measure is measure]
        found.append(Ablation("measure", measure.name, own))
    learned = sum(map(len, catalogue.groups.values()))
    return [each for each in found if 0 < len(each.signals) < learned]


@dataclass(frozen=True)
class Trial:
    """Trains on some judgements and tests on others, always the same.

    Attributes
    ----------
    population
        ``person`` and the catalogue's signals.
    training, test
        From `read_judgements`; about different persons.
    catalogue, params
        As for `fit`.
    """

    population: pl.DataFrame
    training: pl.DataFrame
    test: pl.DataFrame
    catalogue: Catalogue
    params: TrainingParams

    def model(self, ablation: Ablation | None = None) -> Model:
        """Train a model without what is ablated."""
        return fit(self._signals(ablation), self.training, self.catalogue, self.params)

    def difference(self, model: Model, ablation: Ablation | None = None) -> Vector:
        """Log-odds of the test judgements, shape (pairs,)."""
        return log_odds(model, model.score(self._signals(ablation)), self.test)

    def without(self, ablation: Ablation) -> Vector:
        """Train without what is ablated and test; 0 for all if what is left says nothing."""
        try:
            return self.difference(self.model(ablation), ablation)
        except KloutError:  # what was given is fine, since the whole model was trained on it
            return np.zeros(len(self.test))

    def _signals(self, ablation: Ablation | None) -> pl.DataFrame:
        return self.population if ablation is None else ablation.applied(self.population)


def ablate(trial: Trial, whole: Model, resamples: Resamples) -> Iterator[dict[str, object]]:
    """Train without each network and each measure in turn, and compare with all of them.

    Parameters
    ----------
    trial
        What to train and test on.
    whole
        Its model with nothing ablated.
    resamples
        Of the trial's test judgements.

    Yields
    ------
    dict
        ``kind``, ``without``, ``signals`` (how many), ``accuracy`` and ``log_loss`` without it,
        ``accuracy_change`` and ``log_loss_change`` (without less with, paired), each with
        ``_low`` and ``_high``, the ends of its 95% interval by person.
    """
    preference = trial.test["preference"].to_numpy()
    complete = trial.difference(whole)
    for ablation in ablations(trial.catalogue):
        reduced = trial.without(ablation)
        yield {
            "kind": ablation.kind,
            "without": ablation.name,
            "signals": len(ablation.signals),
            **_changes(reduced, complete, preference, resamples),
        }


def _changes(
    reduced: Vector, complete: Vector, preference: Vector, resamples: Resamples
) -> dict[str, float]:
    """Accuracy and log-loss of ``reduced``, and how they differ from those of ``complete``."""
    right = agreement(reduced, preference), agreement(complete, preference)
    lost = log_losses(reduced, preference), log_losses(complete, preference)
    decided = resamples.decided
    accuracy_change: Interval = resamples.mean(right[0] - right[1], decided)
    return {
        "accuracy": resamples.value(right[0], decided),
        **accuracy_change.named("accuracy_change"),
        "log_loss": resamples.value(lost[0]),
        **resamples.mean(lost[0] - lost[1]).named("log_loss_change"),
    }
