"""Why a score moved between two dates: see docs/decisions/0010-explanations.md.

A change of score, split among what caused it: pure arithmetic on worlds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from features.errors import KloutError
from features.lake import Lake
from serving.explain.attribution import shapley
from serving.explain.change_text import words_of
from serving.explain.explanation import Cause, Movement
from serving.explain.person import is_known, person_of, unknown
from serving.explain.published_score import Published, published
from serving.explain.records import Records, StandInTables, read
from serving.explain.scenario_inputs import ScenarioInputs
from serving.explain.scenario_path import ScenarioPath, path_of
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


def split_change(paths: Iterable[ScenarioPath], model: Model) -> Split:
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


def explain_change(
    lake: Lake,
    since: date,
    as_of: date,
    person: str,
    model_then: Model,
    model_now: Model | None = None,
    given: StandInTables | None = None,
    records: list[Records] | None = None,
) -> Movement:
    """Say why a person's score moved.

    Parameters
    ----------
    since, as_of
        The two dates; what happened from the first to the second is new.
    person
        A person's id, ``network:account``, or an account that only one person has.
    model_then, model_now
        That scored on the two dates; the second is the first if left out.
    given
        As `features.signals.materialize.materialize` is given for a lake without a history.
    records
        From `serving.explain.records.read`, of both dates and of the networks of `model_now`, if
        they are read already.

    Returns
    -------
    Movement
        Its causes' points add up to the change. Scores are those published, where the same model
        published that day; what the lake has learned since is then a cause of its own, ``record``.

    Raises
    ------
    KloutError
        If `since` is not before `as_of`, or there is nobody to explain: see `person_of`.
    """
    model_now = model_then if model_now is None else model_now
    if since >= as_of:
        raise KloutError(f"--since {since} must be before --as-of {as_of}")
    who = person_of(lake, as_of, person, model_now.catalogue)
    if records is None:
        records = read(lake, since, as_of, who, model_now.catalogue.networks, given)
    now = _paths(records)
    if not (is_known(lake, as_of, who) or any(path.is_there for path in now)):
        raise unknown(lake, as_of, person)
    others = model_then.catalogue
    is_same = others == model_now.catalogue
    then = now if is_same else _paths(read(lake, since, as_of, who, others.networks, given))
    old, new = split_change(then, model_then), split_change(now, model_now)
    is_one = model_then.version == model_now.version
    points = new.points if is_one else between_models(old, new)
    score_then = _score(lake, since, who, model_then, old.then)
    score_now = _score(lake, as_of, who, model_now, new.now)
    points["record"] = {WHOLE: (old.then - score_then) + (score_now - new.now)}
    return Movement(
        person=who,
        since=since.isoformat(),
        as_of=as_of.isoformat(),
        model_then=model_then.version,
        model_now=model_now.version,
        score_then=score_then,
        score_now=score_now,
        change=score_now - score_then,
        causes=_causes(points, _every(now, then), (model_then.version, model_now.version)),
    )


def _score(lake: Lake, day: date, who: str, model: Model, known: float) -> float:
    return published(lake, day, who, model, Published(0.0, known)).score


def _paths(records: list[Records]) -> list[ScenarioPath]:
    return [path_of(ScenarioInputs(each)) for each in records]


def _every(now: list[ScenarioPath], then: list[ScenarioPath]) -> list[ScenarioPath]:
    """Name each network once, also those that only the earlier model knows."""
    return list({path.network: path for path in (*then, *now)}.values())


def _causes(points: By, paths: list[ScenarioPath], models: tuple[str, str]) -> tuple[Cause, ...]:
    causes = [
        Cause(
            name,
            sum(by.values()),
            {network: share for network, share in by.items() if network != WHOLE},
            words_of(name, [path for path in paths if by.get(path.network)], models),
        )
        for name, by in points.items()
        if any(by.values())
    ]
    return tuple(sorted(causes, key=lambda cause: (-abs(cause.points), cause.name)))
