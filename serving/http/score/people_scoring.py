"""From checked requests to scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from serving.http.score.model_holder import LoadedModel
from serving.http.score.schemas import PersonSignals, Score
from training.influence.model import Model


def matrix(now: LoadedModel, signals: Sequence[dict[str, float]]) -> NDArray[np.float64]:
    """Put people's signals in the catalogue's order, 0 if left out: (people, signals).

    A request may have been checked against the model before; what this one does not read is left
    out.
    """
    place = now.columns
    values = np.zeros((len(signals), len(place)))
    for row, given in enumerate(signals):
        if not given.keys() <= place.keys():
            given = {name: value for name, value in given.items() if name in place}
        if given:
            values[row, [place[name] for name in given]] = list(given.values())
    return values


def score_people(now: LoadedModel, people: Sequence[PersonSignals]) -> list[Score]:
    """Score the people of a batch, in their order."""
    names = [one.person for one in people]
    return score_matrix(now.model, names, matrix(now, [one.signals for one in people]))


def score_matrix(
    model: Model, persons: Sequence[str | None], signals: NDArray[np.float64]
) -> list[Score]:
    """Score people by their signals, shape (people, signals): what `Model.score` gives."""
    parts = model.parts(signals)
    figures = model.figures(parts, model.people(signals))
    networks = [network.name for network in model.catalogue.networks]
    rows = zip(*(values.tolist() for values in figures.values()), strict=True)
    return [
        Score(
            person=person,
            **dict(zip(figures, row, strict=True)),
            parts=dict(zip(networks, own, strict=True)),
            base=model.base,
            model_version=model.version,
        )
        for person, row, own in zip(persons, rows, parts.tolist(), strict=True)
    ]
