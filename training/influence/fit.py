"""Learn influence from judgements, and how far it is to be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from training.influence.boosting import Binned, Pairs, Sample, boost
from training.influence.evidence import Evidence
from training.influence.link import Link
from training.influence.model import Model, as_matrix
from training.influence.params import TrainingParams
from training.influence.scale import Scale
from training.influence.smoothing import smoothed
from training.judgements import persons_of, set_aside
from training.trees.exact import exact_text, with_trees

ENOUGH = 500
"""Judgements between two strangers from which on only these are validated on."""

Vector = NDArray[np.float64]


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

    Raises
    ------
    KloutError
        If the judgements are too few, or contradict the signals.
    """
    population, persons = as_matrix(signals, catalogue), signals["person"]
    settings = params.lightgbm(catalogue)
    trees, link = validated(population, persons, judgements, catalogue, settings, params)
    sample = Sample.of(population, persons, judgements)
    evidence, start = Evidence.fitted(sample, Link(link.power), catalogue)
    binned = Binned.of(evidence.before(sample, catalogue, params), params.max_bin, catalogue.names)
    booster = boost(binned, settings, start, trees)
    learned = smoothed(booster.model_to_string(), catalogue)
    text, ranges = exact_text(with_trees(learned, evidence.trees(catalogue)), catalogue)
    facts = {"trees": trees, "judgements": len(judgements), "params": params.to_dict()}
    draft = Model(catalogue, text, ranges, evidence, link, Scale(), np.zeros(1))
    return draft.on_scale_of(draft.influence(population), scale or Scale(), facts)


def validated(
    population: Vector,
    persons: pl.Series,
    judgements: pl.DataFrame,
    catalogue: Catalogue,
    settings: dict[str, object],
    params: TrainingParams,
) -> tuple[int, Link]:
    """Find the number of trees, and the slope of the link, on persons set aside.

    Parameters
    ----------
    population, persons
        Signals of shape (persons, signals), and whose they are.
    catalogue
        The signals.
    settings
        LightGBM's, from `TrainingParams.lightgbm`.
    """
    link = Link(params.link_power)

    def started(known: Sample, unknown: Sample) -> tuple[Sample, Sample, Link]:
        evidence, start = Evidence.fitted(known, link, catalogue)
        before = partial(evidence.before, catalogue=catalogue, params=params)
        return before(known), before(unknown), start

    found = stopped(population, persons, judgements, settings, params, started)
    if found is None:
        raise KloutError(f"{len(judgements)} judgements: too few to set persons aside")
    booster, trees, unknown = found
    text = smoothed(booster.model_to_string(num_iteration=trees), catalogue)
    learned = np.asarray(lgb.Booster(model_str=text).predict(unknown.matrix, raw_score=True))
    influence = learned if unknown.start is None else unknown.start + learned
    return trees, replace(link, slope=_slope(link.log_worth(influence), unknown.pairs))


def stopped(
    population: Vector,
    persons: pl.Series,
    judgements: pl.DataFrame,
    settings: dict[str, object],
    params: TrainingParams,
    started: Callable[[Sample, Sample], tuple[Sample, Sample, Link]] | None = None,
) -> tuple[lgb.Booster, int, Sample] | None:
    """Boost until the judgements about persons set aside are explained best.

    Parameters
    ----------
    started
        Says where trees start from, of those to learn from and of those set aside, and with which
        link; None: from nothing, with that of slope 1.

    Returns
    -------
    tuple or None
        The booster, how many of its trees are best, and whom they were tried on; None if the
        judgements are too few.
    """
    train, held_out = set_aside(judgements, params.validation_share, params.seed)
    if not len(train) or not len(held_out):
        return None
    learned = Sample.of(population, persons, train)
    unknown = Sample.of(population, persons, _of_strangers(held_out, train))
    link, most = Link(params.link_power), params.num_trees
    if started is not None:
        learned, unknown, link = started(learned, unknown)
    known = Binned.of(learned, params.max_bin)
    stop = lgb.early_stopping(params.patience, verbose=False)
    booster = boost(known, settings, link, most, known.like(unknown), [stop])
    return booster, max(1, booster.best_iteration), unknown


def _of_strangers(held_out: pl.DataFrame, train: pl.DataFrame) -> pl.DataFrame:
    """Leave out pairs with a person trained on, if enough remain.

    A model fits whom it was trained on better than anybody else: with them the slope comes out
    too steep, and the trees too many.
    """
    known = persons_of(train).implode()
    strangers = held_out.filter(~pl.col("a").is_in(known) & ~pl.col("b").is_in(known))
    return strangers if len(strangers) >= ENOUGH else held_out


def _slope(log_worth: Vector, pairs: Pairs) -> float:
    """Platt's slope through the origin: how far differences must be stretched to be log-odds."""
    difference = pairs.difference(log_worth)
    both = np.concatenate([difference, difference])[:, None]
    answer = np.repeat([1, 0], len(difference))
    weight = np.concatenate([pairs.preference, 1 - pairs.preference]) * np.tile(pairs.weight, 2)
    logistic = LogisticRegression(fit_intercept=False, C=np.inf)
    logistic.fit(both, answer, sample_weight=weight)
    slope = float(logistic.coef_[0, 0])
    if not slope > 0:
        raise KloutError("the judgements contradict the signals: nothing can be learned from them")
    return slope
