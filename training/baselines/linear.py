"""Influence as a weighted sum of logarithms of signals, learned from judgements."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls
from sklearn.linear_model import LogisticRegression

from features.catalogue.catalogue import Catalogue
from training.baselines.learning import Terms, judged
from training.influence.boosting import Pairs, log_loss
from training.influence.params import TrainingParams
from training.judgements import set_aside

Vector = NDArray[np.float64]

RIDGE = 1e-4
"""Added to the mean square of each scaled term: of near-copies the weight is shared, and it does
not hang on rounding which of them gets it."""

INVERSE_PENALTIES = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)
"""Values of C to choose from, ascending; 0.01 was best of 900 near-copies, and of 23 signals."""


def least_squares(
    signals: pl.DataFrame, judgements: pl.DataFrame, catalogue: Catalogue
) -> pl.Series:
    """Non-negative least squares: weights of at least 0, as the original score was trained.

    Rao, Spasojevic, Li and DSouza (Klout Score: measuring influence across multiple social
    networks, 2015, arXiv:1510.08487) fit differences of features to labelled pairs this way.
    Solved by the active-set method of Lawson and Hanson (1974) on the normal equations, since
    there are many more judgements than signals.
    """
    sample = judged(signals, judgements, catalogue)
    pairs, terms = sample.pairs, Terms.of(catalogue, sample)
    persons = terms.of_persons(sample.matrix)
    x, y = persons[pairs.a] - persons[pairs.b], pairs.preference - 0.5
    share = pairs.weight / pairs.weight.sum()
    return terms.influence(signals, catalogue, _non_negative(x, y, share))


def _non_negative(x: Vector, y: Vector, share: Vector) -> Vector:
    """Weights of at least 0 with the least weighted squared error of x @ weights to y."""
    gram = x.T @ (x * share[:, None]) + RIDGE * np.eye(x.shape[1])
    root = cholesky(gram, lower=True)
    answer = solve_triangular(root, x.T @ (share * y), lower=True)
    weights, _ = nnls(root.T, answer, maxiter=10 * x.shape[1])
    return np.asarray(weights)


def logistic(
    signals: pl.DataFrame,
    judgements: pl.DataFrame,
    catalogue: Catalogue,
    params: TrainingParams,
) -> pl.Series:
    """Logistic regression on differences of logarithms, weights of any sign.

    The model of Bradley and Terry (1952) with influence linear in the terms. The ridge penalty is
    the one that explains best the judgements about persons set aside, as for the trees.
    """
    sample = judged(signals, judgements, catalogue)
    terms = Terms.of(catalogue, sample)
    parts = set_aside(judgements, params.validation_share, params.seed)
    best = INVERSE_PENALTIES[0]
    if all(map(len, parts)):
        known, unknown = (judged(signals, part, catalogue) for part in parts)
        best = _best_penalty(terms.of_sample(known), terms.of_sample(unknown))
    weights = _weights(*terms.of_sample(sample), best)
    return terms.influence(signals, catalogue, weights)


def _best_penalty(known: tuple[Vector, Pairs], unknown: tuple[Vector, Pairs]) -> float:
    """Loosen the penalty as long as weights learned of the known explain the unknown better.

    It takes longer the looser it is, so what is past the best is not tried.
    """
    best, least = INVERSE_PENALTIES[0], np.inf
    persons, pairs = unknown
    for inverse_penalty in INVERSE_PENALTIES:
        influence = persons @ _weights(*known, inverse_penalty)
        loss = log_loss(pairs.difference(influence), pairs.preference, pairs.weight)
        if loss >= least:
            break
        best, least = inverse_penalty, loss
    return best


def _weights(persons: Vector, pairs: Pairs, inverse_penalty: float) -> Vector:
    """Logistic regression through the origin; a preference counts as so much of each answer."""
    x = persons[pairs.a] - persons[pairs.b]
    answer = np.repeat([1, 0], len(x))
    weight = np.concatenate([pairs.preference, 1 - pairs.preference]) * np.tile(pairs.weight, 2)
    model = LogisticRegression(fit_intercept=False, C=inverse_penalty, tol=1e-3, max_iter=1000)
    model.fit(np.concatenate([x, x]), answer, sample_weight=weight)
    return np.asarray(model.coef_[0])
