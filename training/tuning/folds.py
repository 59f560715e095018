"""Person-disjoint cross-validation of training parameters, made to be repeated many times."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from training.influence.boosting import Binned, Sample, boost
from training.influence.evidence import Evidence
from training.influence.link import Link
from training.influence.params import TrainingParams
from training.judgements import folds

Vector = NDArray[np.float64]
Watch = Callable[[int, int, float], None]
"""Told the fold, the time and the log-loss so far; see `CrossValidation.run`."""


Fold = tuple[Binned, Binned, Link]
"""What one fold trains on, and what it holds out."""


@dataclass(frozen=True)
class CrossValidation:
    """The data, its division into folds, and what was binned of it so far.

    A fold holds out the judgements about at least one person of a group and trains on those about
    none of it; see `training.judgements.folds`.

    Attributes
    ----------
    population
        Signals of shape (persons, signals).
    persons
        Whose they are.
    parts
        Training and held-out judgements of each fold.
    binned
        By fold, and what it depends on of the parameters. Binning takes a fifth of a fold's time,
        so it is done once.
    """

    population: Vector
    persons: pl.Series
    parts: list[tuple[pl.DataFrame, pl.DataFrame]]
    catalogue: Catalogue
    binned: dict[tuple[int, int, float, float, tuple[str, ...]], Fold] = field(default_factory=dict)

    @staticmethod
    def of(
        population: Vector,
        persons: pl.Series,
        judgements: pl.DataFrame,
        catalogue: Catalogue,
        count: int,
        seed: int,
    ) -> CrossValidation:
        """Divide judgements into ``count`` folds.

        Raises
        ------
        KloutError
            If a fold has nothing to train on or nothing to test.
        """
        parts = folds(judgements, count, seed)
        if not all(len(train) and len(held_out) for train, held_out in parts):
            raise KloutError(f"{len(judgements)} judgements are too few for {count} folds")
        return CrossValidation(population, persons, parts, catalogue)

    def run(self, params: TrainingParams, watch: Watch) -> Iterator[tuple[float, int]]:
        """Boost fold by fold; gives each one's log-loss and trees, both at the trees best for it.

        Parameters
        ----------
        params
            ``num_trees`` is the most there may be.
        watch
            Told the fold, the time and the lowest log-loss so far whenever the fold's time has
            passed a whole number. Time is trees x learning rate: at the same time, trials that
            learn slowly and fast have come equally far. What it raises ends the run.
        """
        for fold in range(len(self.parts)):
            try:
                yield self._boost(fold, params, watch)
            except KloutError as error:
                raise KloutError(f"fold {fold}: {error}") from error

    def fold(self, number: int, params: TrainingParams) -> Fold:
        """Bin a fold, or take it as it was binned before."""
        key = number, params.max_bin, params.link_power, params.few, params.measures
        if key not in self.binned:
            known, unknown = (
                Sample.of(self.population, self.persons, part) for part in self.parts[number]
            )
            link = Link(params.link_power)
            evidence, start = Evidence.fitted(known, link, self.catalogue)
            before = partial(evidence.before, catalogue=self.catalogue, params=params)
            train = Binned.of(before(known), params.max_bin)
            both = train, train.like(before(unknown))
            self.binned[key] = *both, start
            for binned in both:
                binned.data.construct()  # now, so that the signals' float64 form is not kept
        return self.binned[key]

    def digest(self) -> str:
        """Name the data by its content."""
        content = hashlib.sha256(np.ascontiguousarray(self.population).tobytes())
        content.update("\n".join([*self.catalogue.names, *self.persons]).encode())
        content.update(str(self.catalogue.monotone).encode())
        for part in (part for pair in self.parts for part in pair):
            content.update(part.select("a", "b", "preference", "weight").write_csv().encode())
        return content.hexdigest()

    def _boost(self, number: int, params: TrainingParams, watch: Watch) -> tuple[float, int]:
        most = params.num_trees
        train, held_out, link = self.fold(number, params)
        settings = params.lightgbm(self.catalogue)
        callbacks = [
            _watching(number, params.learning_rate, watch),
            lgb.early_stopping(params.patience, verbose=False),
        ]
        booster = boost(train, settings, link, most, held_out, callbacks)
        return booster.best_score["valid_0"]["log_loss"], booster.best_iteration


def _watching(fold: int, rate: float, watch: Watch) -> Callable[[Any], None]:
    """Make a LightGBM callback that tells ``watch`` of the best so far."""
    best = np.inf

    def callback(env: Any) -> None:
        nonlocal best
        best = min(best, env.evaluation_result_list[0][2])
        time, before = rate * (env.iteration + 1), rate * env.iteration
        if int(time) > int(before):
            watch(fold, int(time), best)

    return callback
