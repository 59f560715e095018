"""Boosted trees under the pairwise logistic loss.

P(a over b) = 1 / (1 + exp(-(w(a) - w(b)))), w being the log of a person's worth (Bradley and
Terry, 1952), which a `Link` takes from its influence. The loss of a judgement is the cross-entropy
between this and its preference, which may be anything in [0, 1], times its weight. One row per
person: the gradient of a pair goes to both its persons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from features.errors import KloutError
from training.influence.link import Link
from training.judgements import indices, persons_of

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Judgements by row number: ``a``, ``b``, ``preference``, ``weight``; (pairs,) each."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    preference: Vector
    weight: Vector

    @staticmethod
    def of(judgements: pl.DataFrame, persons: pl.Series) -> Pairs:
        """Look up each judgement's persons among ``persons``."""
        a, b = indices(judgements, persons)
        return Pairs(a, b, judgements["preference"].to_numpy(), judgements["weight"].to_numpy())

    def difference(self, values: Vector) -> Vector:
        """value(a) - value(b), shape (pairs,)."""
        return np.asarray(values[self.a] - values[self.b])

    def loss(self, log_worth: Vector) -> float:
        """Log-loss of log worth of shape (persons,)."""
        return float(np.average(self.losses(log_worth), weights=self.weight))

    def losses(self, log_worth: Vector) -> Vector:
        """Cross-entropy of each judgement, in nats, with log worth of shape (persons,)."""
        return log_losses(self.difference(log_worth), self.preference)


@dataclass(frozen=True)
class Sample:
    """The judged persons' signals, shape (persons, signals), and the pairs among them.

    Pairs are sorted, so that sums over them run in one order whatever order they came in.

    Attributes
    ----------
    matrix, pairs
        Of the persons.
    start
        Influence that trees add to, shape (persons,); None: 0.
    least
        Up to which trees are not to tell people apart, shape (signals,); None: they may anywhere.
    """

    matrix: Vector
    pairs: Pairs
    start: Vector | None = None
    least: Vector | None = None

    @property
    def seen(self) -> Vector:
        """The signals as trees are to see them, shape (persons, signals)."""
        return self.matrix if self.least is None else np.maximum(self.matrix, self.least)

    @staticmethod
    def of(population: Vector, persons: pl.Series, judgements: pl.DataFrame) -> Sample:
        """Take the judged from a population; who is not in it has drawn nothing: zeros."""
        judged = persons_of(judgements)
        number = pl.DataFrame({"person": persons}).with_row_index("row")
        rows = judged.to_frame().join(number, on="person", how="left", maintain_order="left")["row"]
        known = rows.is_not_null().to_numpy()
        matrix = np.zeros((len(judged), population.shape[1]))
        matrix[known] = population[rows.drop_nulls().to_numpy()]
        ordered = judgements.sort("a", "b", "preference", "weight")
        return Sample(matrix, Pairs.of(ordered, judged))


@dataclass(frozen=True)
class Binned:
    """A sample as LightGBM trains on it: its signals in bins, and its pairs."""

    data: lgb.Dataset
    pairs: Pairs

    @property
    def is_told_apart(self) -> bool:
        """Whether what trees start from tells its people apart."""
        start = self.data.get_init_score()
        return start is not None and bool(np.ptp(start) > 0)

    def can_be_split(self, settings: dict[str, Any]) -> bool:
        """Say whether a signal tells enough of its people apart for trees of these settings."""
        data = self.data
        data.params = {**(data.params or {}), **settings}
        return any(map(data.construct().feature_num_bin, range(data.num_feature())))

    @staticmethod
    def of(sample: Sample, max_bin: int, names: list[str] | None = None) -> Binned:
        """Bin a sample; ``names`` of the signals are for people who read the trees."""
        how = {"max_bin": max_bin, "verbosity": -1}
        return Binned._made(sample, how, feature_name=names or "auto")

    def like(self, sample: Sample) -> Binned:
        """Bin another sample by the same bounds."""
        return Binned._made(sample, dict(self.data.params or {}), reference=self.data)

    @staticmethod
    def _made(sample: Sample, how: dict[str, Any], **more: Any) -> Binned:
        data = lgb.Dataset(sample.seen, params=how, init_score=sample.start, **more)
        return Binned(data, sample.pairs)


def boost(
    sample: Binned,
    settings: dict[str, Any],
    link: Link,
    trees: int,
    held_out: Binned | None = None,
    callbacks: Sequence[Callable[..., None]] = (),
) -> lgb.Booster:
    """Boost.

    Parameters
    ----------
    sample
        To learn from.
    settings
        LightGBM's, as `TrainingParams.lightgbm` gives them.
    link
        From raw scores to log worth.
    trees
        How many.
    held_out
        Its log-loss is reported after every tree, as ``log_loss``, to ``callbacks``.
    callbacks
        LightGBM's: early stopping, pruning.

    Raises
    ------
    KloutError
        If no signal tells enough of the people apart.
    """
    data = sample.data
    # LightGBM would say it too, but it prints a line of its own first.
    if not sample.can_be_split(settings):
        if sample.is_told_apart:
            return lgb.Booster(settings | {"objective": "none"}, data)
        raise KloutError(
            f"nothing can be learned from {len(sample.pairs.a):,} judgements: no signal differs "
            "among enough of the people judged"
        )
    settings = settings | {"objective": logistic_objective(sample.pairs, link)}
    if held_out is None:
        return lgb.train(settings, data, trees, callbacks=list(callbacks))
    pairs = held_out.pairs

    def loss(influence: Vector, _: lgb.Dataset) -> tuple[str, float, bool]:
        return "log_loss", pairs.loss(link.log_worth(influence)), False

    valid = [held_out.data]
    return lgb.train(settings, data, trees, valid_sets=valid, feval=loss, callbacks=list(callbacks))


def logistic_objective(
    pairs: Pairs, link: Link
) -> Callable[[Vector, lgb.Dataset], tuple[Vector, Vector]]:
    """Gradient and Hessian of the pairwise loss, for LightGBM, by person.

    The Hessian is Gauss and Newton's: without the link's second derivative it stays above 0.
    """

    def objective(influence: Vector, data: lgb.Dataset) -> tuple[Vector, Vector]:
        del data
        chance = expit(pairs.difference(link.log_worth(influence)))
        gradient = pairs.weight * (chance - pairs.preference)
        hessian = pairs.weight * chance * (1 - chance)
        size, bend = len(influence), link.derivative(influence)
        first = np.bincount(pairs.a, gradient, size) - np.bincount(pairs.b, gradient, size)
        second = np.bincount(pairs.a, hessian, size) + np.bincount(pairs.b, hessian, size)
        return first * bend, second * bend**2

    return objective


def log_loss(difference: Vector, preference: Vector, weight: Vector) -> float:
    """Mean cross-entropy, in nats, between preferences and 1 / (1 + exp(-difference))."""
    return float(np.average(log_losses(difference, preference), weights=weight))


def log_losses(difference: Vector, preference: Vector) -> Vector:
    """Cross-entropy, in nats, of each preference and 1 / (1 + exp(-difference))."""
    return np.asarray(np.logaddexp(0, difference) - preference * difference)
