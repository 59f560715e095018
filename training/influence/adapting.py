"""Adapt a model to judgements of one's own: what it says is kept, and trees are added to it.

What is kept decides as long as the judgements are few. New trees, monotone and of one network each
as all trees are, learn what it leaves unexplained. Cross-validation by person says of how many
trees, and of what share of them, people who were not learned from are explained best::

    influence = the model's + share * (1 - (noise / gain) ** 2) * the new trees'

where gain is what is won of log-loss, and noise its standard error by person. Where nothing is won
beyond noise nothing is added: with fifty judgements or fifty thousand, what comes out is as good as
the model that it started from, but for that noise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from features.catalogue.catalogue import Catalogue
from features.catalogue.network import Network
from features.errors import KloutError
from training.influence.boosting import Binned, Pairs, Sample, boost
from training.influence.evidence import least
from training.influence.link import Link
from training.influence.model import Model, as_matrix
from training.influence.params import TrainingParams
from training.influence.scale import Scale
from training.influence.smoothing import smoothed
from training.judgements import fold_of, folds, persons_of
from training.trees.exact import exact_text, scaled, with_trees

FOLDS = 5
"""Of cross-validation: each learns from some two thirds of the judgements."""
REAL = 2.0
"""Up to where steps are left as they are: between nobody, one and two."""
COUNTS = tuple(2**power for power in range(12))
"""Numbers of trees that are tried, as far as boosting goes."""
DOUBT = 1.0
"""How far the log of the link's slope is from that of before, as one expects it: a standard
deviation. It decides where there are a handful of judgements, or all agree."""
STEEPEST = 6.0
"""The log of the slope's factor, at most and, negative, at least."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Support:
    """What cross-validation by person supports.

    Attributes
    ----------
    trees
        How many.
    share
        Of their leaves, from 0 (nothing is added) to 1.
    gain, noise
        Log-loss that they win, in nats a judgement, and its standard error by person.
    influence
        Of the judged persons, shape (persons,): the model's, and the share of what trees say that
        did not learn from the person.
    """

    trees: int
    share: float
    gain: float
    noise: float
    influence: Vector


def adapt(
    parent: Model,
    signals: pl.DataFrame,
    judgements: pl.DataFrame,
    params: TrainingParams,
    scale: Scale | None = None,
) -> Model:
    """Learn from judgements what a model does not know yet.

    Parameters
    ----------
    parent
        What to start from; its networks are those that are learned about.
    signals, judgements, scale
        As of `training.influence.fit.fit`.
    params
        How to learn; the link's power stays the parent's.

    Returns
    -------
    Model
        Its scale is fitted to the people of `signals`.
    """
    catalogue, params = parent.catalogue, careful(params)
    population = as_matrix(signals, catalogue)
    sample = _started(parent, Sample.of(population, signals["person"], judgements), params)
    judged = persons_of(judgements)
    link = sloped(parent.link, _start(sample), sample.pairs)
    found = supported(sample, judged, judgements, catalogue, params, link)
    booster = boosted(sample, catalogue, params, link, found.trees) if found.share else None
    text, ranges = parent.trees, parent.ranges
    if booster is not None:
        learned = scaled(smoothed(booster.model_to_string(), catalogue, REAL), found.share)
        text, ranges = exact_text(with_trees(text, learned), catalogue)
    facts = {
        "trees": found.trees if found.share else 0,
        "judgements": len(judgements),
        "params": params.to_dict(),
        "from": parent.version,
        "share": found.share,
        "gain": found.gain,
        "noise": found.noise,
    }
    link = sloped(link, found.influence, sample.pairs)
    draft = replace(
        parent, trees=text, ranges=ranges, link=link, folder=None, trained=None, facts=facts
    )
    return draft.on_scale_of(draft.influence(population), scale or Scale(), facts)


def careful(params: TrainingParams) -> TrainingParams:
    """Give the numbers that new trees are learned by: small ones, so that they learn little noise.

    They tell people apart from the first reaction on: on logs that nobody has seen that is wrong as
    often as right; on the log at hand, cross-validation says whether it is.
    """
    return replace(
        params,
        few=0.0,
        learning_rate=0.05,
        num_leaves=3,
        min_sum_hessian_in_leaf=4.0,
        lambda_l2=10.0,
        patience=50,
    )


def widened(start: Path, networks: Iterable[Network]) -> Model:
    """Read the model to start from, and let it know more networks.

    Raises
    ------
    KloutError
        If it knows one of them by another declaration.
    """
    parent, given = Model.load(start), {each.name: each for each in networks}
    for network in parent.catalogue.networks:
        if given.get(network.name, network) != network:
            raise KloutError(
                f"{start}: the model knows the network {network.name!r} by another declaration; "
                "train --from scratch"
            )
    return parent.knowing(given.values())


def supported(
    sample: Sample,
    judged: pl.Series,
    judgements: pl.DataFrame,
    catalogue: Catalogue,
    params: TrainingParams,
    link: Link,
) -> Support:
    """Find how many new trees explain people best whom they did not learn from, and how far."""
    start, pairs = _start(sample), sample.pairs
    best = Support(0, 0.0, 0.0, 0.0, start)
    said = _out_of_fold(sample, judged, judgements, catalogue, params, link)
    for trees, learned in zip(COUNTS, said, strict=True):
        share = _share(start, learned, pairs, link)
        gain, noise = won(start, start + share * learned, pairs, link)
        if gain > best.gain:
            best = Support(trees, share, gain, noise, start + share * learned)
    kept = max(0.0, 1 - (best.noise / best.gain) ** 2) if best.gain > 0 else 0.0
    influence = start + kept * (best.influence - start)
    return replace(best, share=kept * best.share, influence=influence)


def won(before: Vector, after: Vector, pairs: Pairs, link: Link) -> tuple[float, float]:
    """Compare two influences of shape (persons,) by the judgements.

    Returns
    -------
    tuple of float
        How much lower the log-loss is after, and its standard error: two judgements are alike as
        far as they are about one person (Fafchamps and Gubert, 2007).
    """
    losses = (pairs.losses(link.log_worth(influence)) for influence in (before, after))
    fall = np.subtract(*losses)
    weight = pairs.weight / pairs.weight.sum()
    gain = float(weight @ fall)
    moved = weight * (fall - gain)
    by_person = np.bincount(pairs.a, moved, len(before)) + np.bincount(pairs.b, moved, len(before))
    variance = float(by_person @ by_person - moved @ moved)
    return gain, float(np.sqrt(max(variance, moved @ moved)))


def sloped(link: Link, influence: Vector, pairs: Pairs) -> Link:
    """Fit the link's slope to judgements, starting from what it was.

    Parameters
    ----------
    influence
        Of the judged persons, shape (persons,).
    """
    worth, weight = link.log_worth(influence), float(pairs.weight.sum())

    def surprise(log: float) -> float:
        return weight * pairs.loss(np.exp(log) * worth) + (log / DOUBT) ** 2 / 2

    best = minimize_scalar(surprise, bounds=(-STEEPEST, STEEPEST), method="bounded")
    return replace(link, slope=link.slope * float(np.exp(best.x)))


def boosted(
    sample: Sample,
    catalogue: Catalogue,
    params: TrainingParams,
    link: Link,
    trees: int,
    held_out: Sample | None = None,
) -> lgb.Booster | None:
    """Boost from where a sample starts; None if no signal tells enough of its people apart."""
    binned = Binned.of(sample, params.max_bin, catalogue.names)
    settings = params.lightgbm(catalogue)
    if not binned.can_be_split(settings):
        return None
    if held_out is None:
        return boost(binned, settings, link, trees)
    stop = lgb.early_stopping(params.patience, verbose=False)
    return boost(binned, settings, link, trees, binned.like(held_out), [stop])


def _out_of_fold(
    sample: Sample,
    judged: pl.Series,
    judgements: pl.DataFrame,
    catalogue: Catalogue,
    params: TrainingParams,
    link: Link,
) -> Vector:
    """Compute what trees say of each person that did not learn from any judgement about it.

    Returns
    -------
    ndarray of float64, shape (counts, persons)
        For each number of trees. Trees of different folds say the same of the mean person.
    """
    group = judged.to_frame().select(fold_of("person", FOLDS, params.seed)).to_series().to_numpy()
    said, level = np.zeros((len(COUNTS), len(judged))), np.zeros((len(COUNTS), 1))
    for number, parts in enumerate(folds(judgements, FOLDS, params.seed)):
        if not all(map(len, parts)):
            continue
        known, unknown = (_part(sample, judged, part) for part in parts)
        booster = boosted(known, catalogue, params, link, COUNTS[-1], unknown)
        if booster is None:
            continue
        values = _staged(booster, sample.matrix, catalogue)
        mean, own = values.mean(axis=1, keepdims=True), group == number
        said[:, own] = (values - mean)[:, own]
        level += mean / FOLDS
    return said + level


def _staged(booster: lgb.Booster, matrix: Vector, catalogue: Catalogue) -> Vector:
    """Compute what the first trees say, made smooth; shape (counts, persons)."""
    so_far, done, rows = np.zeros(len(matrix)), 0, []
    for count in COUNTS:
        until = min(count, booster.current_iteration())
        if until > done:
            text = booster.model_to_string(start_iteration=done, num_iteration=until - done)
            trees = lgb.Booster(model_str=smoothed(text, catalogue, REAL))
            so_far, done = so_far + trees.predict(matrix, raw_score=True), until
        rows.append(so_far)
    return np.stack(rows)


def _share(start: Vector, learned: Vector, pairs: Pairs, link: Link) -> float:
    """Find the share of what was learned, 0 to 1, that explains judgements best."""

    def loss(share: float) -> float:
        return pairs.loss(link.log_worth(start + share * learned))

    if not learned.any():
        return 0.0
    return float(minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded").x)


def _started(parent: Model, sample: Sample, params: TrainingParams) -> Sample:
    """Let trees start from what a model says of the judged persons."""
    start = np.zeros(len(sample.matrix))
    for network in parent.ranges:
        start += parent.network_sum(sample.matrix, network)
    return replace(sample, start=start, least=least(parent.catalogue, params))


def _start(sample: Sample) -> Vector:
    return np.zeros(len(sample.matrix)) if sample.start is None else sample.start


def _part(sample: Sample, judged: pl.Series, judgements: pl.DataFrame) -> Sample:
    """Take some of the judgements, and of the persons those whom they are about."""
    part = Sample.of(sample.matrix, judged, judgements)
    rows = judged.search_sorted(persons_of(judgements)).to_numpy()
    return replace(part, start=_start(sample)[rows], least=sample.least)
