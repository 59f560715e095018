"""Learn influence from judgements: boosted trees under a pairwise logistic loss.

P(a over b) = 1 / (1 + exp(-(influence(a) - influence(b)))) (Bradley and Terry, 1952). The loss of
a judgement is the cross-entropy between this and its preference, which may be anything in [0, 1],
times its weight. One row per person: the gradient of a pair goes to both its persons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from features.catalogue import Catalogue
from features.errors import KloutError
from training.judgements import indices, persons_of, set_aside
from training.model import Model, as_matrix
from training.params import TrainingParams
from training.scale import Scale
from training.trees import exact_text

QUANTILES = 2001
"""Points of the percentile table: percentiles are good to 0.05."""

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

    def difference(self, influence: Vector) -> Vector:
        """influence(a) - influence(b), shape (pairs,)."""
        return influence[self.a] - influence[self.b]


def logistic_objective(pairs: Pairs) -> Callable[[Vector, lgb.Dataset], tuple[Vector, Vector]]:
    """Gradient and Hessian of the pairwise loss, for LightGBM, by person."""

    def objective(influence: Vector, data: lgb.Dataset) -> tuple[Vector, Vector]:
        del data
        chance = expit(pairs.difference(influence))
        gradient = pairs.weight * (chance - pairs.preference)
        hessian = pairs.weight * chance * (1 - chance)
        size = len(influence)
        first = np.bincount(pairs.a, gradient, size) - np.bincount(pairs.b, gradient, size)
        second = np.bincount(pairs.a, hessian, size) + np.bincount(pairs.b, hessian, size)
        return first.astype(np.float64), second.astype(np.float64)

    return objective


def log_loss(difference: Vector, preference: Vector, weight: Vector) -> float:
    """Mean cross-entropy, in nats, between preferences and 1 / (1 + exp(-difference))."""
    losses = np.logaddexp(0, difference) - preference * difference
    return float(np.average(losses, weights=weight))


def fit(
    signals: pl.DataFrame,
    judgements: pl.DataFrame,
    catalogue: Catalogue,
    params: TrainingParams,
    scale: Scale | None = None,
) -> Model:
    """Train and calibrate a model.

    Some persons are set aside first: the number of trees and the slope of the logistic are those
    that explain the judgements about them best. Then all judgements train the final trees.

    Parameters
    ----------
    signals
        The reference population: ``person`` and the catalogue's signals.
    judgements
        From `read_judgements`. Somebody without signals has drawn nothing: all are 0.
    catalogue
        The signals to read.
    params
        How to learn.
    scale
        Its anchors; None: mean 40, 63 at the top 5%.
    """
    population = as_matrix(signals, catalogue)
    train, held_out = set_aside(judgements, params.validation_share, params.seed)
    if not len(train) or not len(held_out):
        raise KloutError(f"{len(judgements)} judgements are too few to set persons aside")
    trial, best = _train(population, signals["person"], train, held_out, catalogue, params)
    slope = _slope(trial, population, signals["person"], held_out, best)
    booster, _ = _train(population, signals["person"], judgements, None, catalogue, params, best)
    text, ranges = exact_text(booster.model_to_string(), catalogue, slope)
    facts = {"trees": best, "slope": slope, "judgements": len(judgements), "params": asdict(params)}
    draft = Model(catalogue, text, ranges, Scale(), np.zeros(1))
    influence = draft.influence(population)
    fitted = (scale or Scale()).fit(influence)
    quantiles = np.quantile(influence, np.linspace(0, 1, QUANTILES), method="inverted_cdf")
    return Model(catalogue, text, ranges, fitted, quantiles, facts)


def _train(
    population: Vector,
    persons: pl.Series,
    judgements: pl.DataFrame,
    held_out: pl.DataFrame | None,
    catalogue: Catalogue,
    params: TrainingParams,
    trees: int | None = None,
) -> tuple[lgb.Booster, int]:
    """Boost on the judged persons; returns the booster and the best number of trees."""
    matrix, pairs = _judged(population, persons, judgements)
    settings = params.lightgbm(catalogue.monotone, list(catalogue.groups.values()))
    settings["objective"] = logistic_objective(pairs)
    data = lgb.Dataset(matrix, feature_name=catalogue.names, params={"max_bin": params.max_bin})
    if held_out is None:
        return lgb.train(settings, data, trees or params.num_trees), trees or params.num_trees
    other, other_pairs = _judged(population, persons, held_out)

    def loss(influence: Vector, _: lgb.Dataset) -> tuple[str, float, bool]:
        difference = other_pairs.difference(influence)
        return "log_loss", log_loss(difference, other_pairs.preference, other_pairs.weight), False

    booster = lgb.train(
        settings,
        data,
        params.num_trees,
        valid_sets=[lgb.Dataset(other, reference=data)],
        feval=loss,
        callbacks=[lgb.early_stopping(params.patience, verbose=False)],
    )
    return booster, max(1, booster.best_iteration)


def _judged(
    population: Vector, persons: pl.Series, judgements: pl.DataFrame
) -> tuple[Vector, Pairs]:
    """The judged persons' rows, zeros for those without signals, and the pairs among them."""
    judged = persons_of(judgements)
    number = pl.DataFrame({"person": persons}).with_row_index("row")
    rows = judged.to_frame().join(number, on="person", how="left", maintain_order="left")["row"]
    known = rows.is_not_null().to_numpy()
    matrix = np.zeros((len(judged), population.shape[1]))
    matrix[known] = population[rows.drop_nulls().to_numpy()]
    return matrix, Pairs.of(judgements, judged)


def _slope(
    booster: lgb.Booster, population: Vector, persons: pl.Series, held_out: pl.DataFrame, trees: int
) -> float:
    """Platt's slope through the origin: how far differences must be stretched to be log-odds."""
    matrix, pairs = _judged(population, persons, held_out)
    influence = np.asarray(booster.predict(matrix, raw_score=True, num_iteration=trees))
    difference = pairs.difference(influence)
    both = np.concatenate([difference, difference])[:, None]
    answer = np.repeat([1, 0], len(difference))
    weight = np.concatenate([pairs.preference, 1 - pairs.preference]) * np.tile(pairs.weight, 2)
    logistic = LogisticRegression(fit_intercept=False, C=np.inf)
    logistic.fit(both, answer, sample_weight=weight)
    slope = float(logistic.coef_[0, 0])
    if not slope > 0:
        raise KloutError("the judgements contradict the signals: nothing can be learned from them")
    return slope
