"""Why this score: parts by network, and what each family of signals is worth.

One person's signals at one date, as `klout materialize` gives them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from features.catalogue.catalogue import Catalogue, Signal
from features.lake import Lake
from serving.explain.attribution import boxes_of, family_of
from serving.explain.explanation import Explanation, Part, Worth
from serving.explain.lives import lives_of
from serving.explain.person import is_known, person_of, unknown
from serving.explain.published_score import Published, published
from serving.explain.records import Records, StandInTables
from serving.explain.scenario_inputs import ScenarioInputs
from serving.explain.scenario_signals import signals
from serving.explain.scenarios import every_world, side_by_side
from serving.explain.text import signal_text
from training.influence.model import Model
from training.influence.reference import percent_below


def signals_of(
    lake: Lake, as_of: date, person: str, catalogue: Catalogue, given: StandInTables | None = None
) -> pl.DataFrame:
    """Compute a person's signals without looking at anybody else's.

    Parameters
    ----------
    person
        From `serving.explain.person.person_of`.
    given
        As `features.signals.materialize.materialize` is given for a lake without a history.

    Returns
    -------
    DataFrame
        A row with a Float64 column per signal, in the catalogue's order: to the last bit that of
        `materialize`, or 0 where it has none for this person.
    """
    return _row(lives_of(lake, as_of, person, catalogue.networks, given), catalogue)


def one_row(records: list[Records], catalogue: Catalogue) -> pl.DataFrame:
    """Compute the signals of the second date."""
    return _row([ScenarioInputs(each) for each in records], catalogue)


def _row(lives: list[ScenarioInputs], catalogue: Catalogue) -> pl.DataFrame:
    nothing = pl.DataFrame([dict.fromkeys(catalogue.names, 0.0)])
    found = [side_by_side(life, every_world(())) for life in lives]
    known = pl.concat([nothing.select(), *map(signals, found)], how="horizontal")
    return nothing.with_columns(known) if known.width else nothing


STRONGEST = 5
"""Families shown of a network, up and down each."""

SHOWN = (30, 90, 7)
"""Of a family's windows, the first with anything in it is told."""


def why(
    lake: Lake,
    as_of: date,
    person: str,
    model: Model,
    reference: pl.DataFrame | None = None,
    given: StandInTables | None = None,
    records: list[Records] | None = None,
) -> Explanation:
    """Say why a person has its score: the one published, if this model published one that day.

    Parameters
    ----------
    person
        A person's id, ``network:account``, or an account that only one person has.
    reference
        From `training.influence.reference.signal_quantiles`, to say where the person stands.
    given
        As `features.signals.materialize.materialize` is given for a lake without a history.
    records
        From `serving.explain.records.read`, of this date, if they are read already.

    Raises
    ------
    KloutError
        If there is nobody to explain: see `serving.explain.person.person_of`.
    """
    who = person_of(lake, as_of, person, model.catalogue)
    catalogue = model.catalogue
    signals = (
        signals_of(lake, as_of, who, catalogue, given)
        if records is None
        else one_row(records, catalogue)
    )
    on = [n.name for n in catalogue.networks if signals[f"{n.name}.connected"][0]]
    if not on and not is_known(lake, as_of, who):
        raise unknown(lake, as_of, person)
    found = explain_score(who, as_of, signals, model, reference)
    known = Published(*(getattr(found, name) for name in Published._fields))
    shown = published(lake, as_of, who, model, known)
    return replace(found, **shown._asdict(), changed=shown.score - found.score)


def explain_score(
    person: str,
    as_of: date,
    signals: pl.DataFrame,
    model: Model,
    reference: pl.DataFrame | None = None,
) -> Explanation:
    """Explain the score of known signals.

    Points are worths at one rate: what the score is above nobody's, per influence above nobody's.

    Parameters
    ----------
    signals
        One row with the catalogue's signals.
    """
    matrix = signals.select(model.catalogue.names).to_numpy()
    parts = model.parts(matrix)
    figures = {
        name: float(values[0])
        for name, values in model.figures(parts, model.people(matrix)).items()
    }
    influence, score = figures["influence"], figures["score"]
    nobody = float(model.points(np.array([model.base]))[0])
    rate = (score - nobody) / (influence - model.base) if influence != model.base else 0.0
    networks = [network.name for network in model.catalogue.networks]
    found = [
        _part(name, float(part), signals, model, rate, reference)
        for name, part in zip(networks, parts[0], strict=True)
        if part or signals[f"{name}.connected"][0]
    ]
    return Explanation(
        person=person,
        as_of=as_of.isoformat(),
        model=model.version,
        nobody=nobody,
        changed=0.0,
        base=model.base,
        **figures,
        parts=tuple(sorted(found, key=lambda part: (-part.part, part.network))),
    )


def _part(
    name: str,
    part: float,
    signals: pl.DataFrame,
    model: Model,
    rate: float,
    reference: pl.DataFrame | None,
) -> Part:
    network = model.catalogue.network(name)
    own = [signal for signal in model.catalogue.signals if signal.network == name]
    values = signals.select(signal.name for signal in own).row(0)
    by_family: dict[str, list[tuple[Signal, float]]] = {}
    for signal, value in zip(own, values, strict=True):
        by_family.setdefault(family_of(signal), []).append((signal, value))
    worths = boxes_of(model, name).worths(np.array(values)) if name in model.ranges else {}
    order = sorted(worths, key=lambda family: (-abs(worths[family]), family))

    def worth(family: str) -> Worth:
        signal, value = _shown(by_family[family])
        percent = percent_below(reference, signal.name, value)
        return Worth(
            family=family,
            signal=signal.name,
            value=value,
            unit=signal.unit,
            window=signal.window,
            worth=worths[family],
            points=worths[family] * rate,
            percent=percent,
            words=signal_text(signal, network, value, percent),
        )

    up = [worth(family) for family in order if worths[family] > 0][:STRONGEST]
    down = [worth(family) for family in order if worths[family] < 0][:STRONGEST]
    others = part - sum(each.worth for each in up + down)
    return Part(name, network.title, part, part * rate, tuple(up), tuple(down), others)


def _shown(family: list[tuple[Signal, float]]) -> tuple[Signal, float]:
    """Choose the signal of a family that is told."""

    def rank(each: tuple[Signal, float]) -> tuple[bool, int]:
        signal, value = each
        return value == 0, SHOWN.index(signal.window) if signal.window in SHOWN else 0

    return min(family, key=rank)
