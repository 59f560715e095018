"""A change of score, split among what caused it: pure arithmetic on worlds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from serving.explain.game import shapley
from serving.explain.scenario_path import Path
from training.influence.model import Model

By = dict[str, dict[str, float]]
"""Points by cause and network."""

WHOLE = ""
"""Stands for all networks together, where a cause is of none."""


@dataclass(frozen=True)
class Split:
    """How one model splits a change: `then` plus all points is `now`, but for rounding."""

    then: float
    now: float
    points: By


def split(paths: Iterable[Path], model: Model) -> Split:
    """Split the change of a score, both dates scored by one model.

    Influence adds up over networks, so its change is split exactly on each of them, by Shapley's
    values. All of it becomes points at one rate, the change of the score per change of influence.
    """
    shares: By = {}
    then, now = model.base, model.base
    for path in paths:
        parts = model.part(path.network, path.signals.to_numpy())
        then, now = then + float(parts[0]), now + float(parts[-1])
        for cause, share in zip(path.causes, shapley(parts), strict=True):
            shares.setdefault(cause, {})[path.network] = float(share)
    first, last = (float(each) for each in model.points(np.array([then, now])))
    rate = _rate(model, (then, first), (now, last))
    points = {c: {n: s * rate for n, s in by.items()} for c, by in shares.items()}
    return Split(first, last, points)


def _rate(model: Model, then: tuple[float, float], now: tuple[float, float]) -> float:
    """Points per influence, from one pair of influence and score to another."""
    if now[0] == then[0]:
        return float(model.points_per_influence(np.array([now[0]]))[0])
    return (now[1] - then[1]) / (now[0] - then[0])


def between_models(old: Split, new: Split) -> By:
    """Split the change of a score between two models.

    The model may change first, or last: the mean of both orders.
    """
    points: By = {"model": {WHOLE: (new.then - old.then + new.now - old.now) / 2}}
    for each in (old, new):
        for cause, by in each.points.items():
            for network, share in by.items():
                ours = points.setdefault(cause, {})
                ours[network] = ours.get(network, 0.0) + share / 2
    return points
