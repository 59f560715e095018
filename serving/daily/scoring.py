"""Scores of a day: only people whose signals changed are scored again, network by network."""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
import polars as pl

from features.catalogue.declaration import Network
from features.signals.expressions import signal_expressions
from training.influence.model import Model

BATCH_PERSONS = 50_000
"""People scored together: one network's signals of them take 60 MB."""

PARTS = pl.Schema({"person": pl.String(), "part": pl.Float64(), "people": pl.Float64()})
"""One network's part of influence of each person, and how many people it rests on."""


def parts_of(table: pl.DataFrame, network: Network, model: Model) -> pl.DataFrame:
    """Compute one network's part of people's influence, and how many people it rests on.

    Parameters
    ----------
    table
        From `features.signals.person_table`, at least the columns that `figures_read` names.
    network, model
        The network is one of the model's.

    Returns
    -------
    DataFrame
        `PARTS`, in the table's order.
    """
    signals = list(signal_expressions(network))
    read = model.signals_read(network.name)
    parts = [PARTS.to_frame()]
    for batch in table.iter_slices(BATCH_PERSONS):
        values = batch.select(signals[place].fill_null(0).cast(pl.Float64) for place in read)
        # What is not read stays 0, and its memory is never touched.
        matrix = np.zeros((len(batch), len(signals)), order="F")
        for place, column in zip(read, values, strict=True):
            matrix[:, place] = column.to_numpy()
        part = pl.Series(model.part(network.name, matrix), dtype=PARTS["part"])
        people = pl.Series(model.people_on(network.name, matrix), dtype=PARTS["people"])
        parts.append(batch.select("person", part=part, people=people))
    return pl.concat(parts)


def figures_read(network: Network, model: Model) -> frozenset[str]:
    """Name the columns of `features.signals.person_table` that `parts_of` looks at."""
    signals = list(signal_expressions(network))
    read = (signals[place].meta.root_names() for place in model.signals_read(network.name))
    return frozenset(name for names in read for name in names)


def with_changed(
    before: pl.DataFrame, persons: pl.Series | None, anew: pl.DataFrame
) -> pl.DataFrame:
    """Put parts computed anew in the place of those of the same persons (None: of all)."""
    if persons is None:
        return anew
    others = before.join(persons.to_frame("person"), on="person", how="anti")
    return pl.concat([others, anew])


def scores_of(persons: pl.DataFrame, parts: dict[str, pl.DataFrame], model: Model) -> pl.DataFrame:
    """Add networks up to scores.

    Parameters
    ----------
    persons
        ``person`` of everybody there is.
    parts
        Of each network, from `parts_of`; who is not in it has 0.
    model
        That the parts are of.

    Returns
    -------
    DataFrame
        As `Model.score`, in order of person.
    """
    everybody = persons.select("person").sort("person")
    # Names are looked up once for all networks, and not once for each.
    place = _places(everybody, [of_network.select("person") for of_network in parts.values()])
    found = {name: np.zeros((len(everybody), len(parts)), order="F") for name in ("part", "people")}
    for column, (at, of_network) in enumerate(zip(place, parts.values(), strict=True)):
        there = at.is_not_null()
        rows = at.filter(there).to_numpy()
        for name, matrix in found.items():
            matrix[rows, column] = of_network[name].filter(there).to_numpy()
    figures = model.figures(found["part"], found["people"])
    return everybody.with_columns(
        **{name: pl.Series(values) for name, values in figures.items()},
        **{f"part.{name}": pl.Series(found["part"][:, n]) for n, name in enumerate(parts)},
    )


def _places(everybody: pl.DataFrame, frames: list[pl.DataFrame]) -> list[pl.Series]:
    """Say where each ``person`` of some frames stands; null where one is not among everybody."""
    if not frames:
        return []
    index = everybody.with_row_index("place")
    asked = pl.concat(frames)
    found = asked.join(index, on="person", how="left", maintain_order="left")["place"]
    ends = [0, *accumulate(map(len, frames))]
    return [found[start:end] for start, end in pairwise(ends)]
