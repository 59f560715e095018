"""Worlds of one person on one network, side by side, and the signals in each.

A world is a row of every table here. Signals are derived of figures by the expressions by which
`klout materialize` derives them of people, so a person's are those of it to the last bit; but what
is said of each reaction and window is said once, of rows for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue import measures
from features.catalogue.catalogue import ANY, WINDOWS
from features.catalogue.declaration import Network
from features.catalogue.measures import REACTORS
from features.signals.expressions import other_expressions, received_expressions
from features.signals.tiles import kinds
from serving.explain.person_tiles import Ints, Mask

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scenarios:
    """What signals are made of; worlds in order.

    Attributes
    ----------
    received
        Shape (worlds, figures, reactions, windows): of `PersonTiles.figures`.
    is_there
        In which worlds the network knows anything of the person.
    beside
        What else is counted: the columns of `features.signals.person_table` without the network's
        name, null where there is nothing.
    """

    network: Network
    received: Ints
    is_there: Mask
    beside: pl.DataFrame


def signals(worlds: Scenarios) -> pl.DataFrame:
    """Compute the network's signals.

    Returns
    -------
    DataFrame
        A Float64 column per signal, in the catalogue's order; a row per world, in order.
    """
    network = worlds.network
    known, others = names_of(network, tuple(measures.MEASURES)), _others(network)
    units = _in_units(worlds.received)
    of_any = units[:, measures.figures().index(REACTORS), -1]
    reactors = [
        pl.Series(f"{network.name}.{REACTORS.column(ANY, window)}", of_any[:, place])
        for place, window in enumerate(WINDOWS)
    ]
    everywhere = pl.lit(1.0).alias(f"{network.name}.connected")
    beside = worlds.beside.lazy().rename({n: f"{network.name}.{n}" for n in worlds.beside.columns})
    found = [beside.with_columns(*reactors, everywhere).select(others).collect().to_numpy()]
    if network.reactions:
        found.insert(0, _measured(units, worlds.beside))
    every = np.where(worlds.is_there[:, None], np.hstack(found), 0.0)
    return pl.from_numpy(every, known, orient="row")


@lru_cache(maxsize=64)
def names_of(network: Network, of: tuple[measures.Measure, ...]) -> list[str]:
    """Name a network's signals, in the catalogue's order."""
    del of  # which `received_expressions` reads
    every = (*received_expressions(network), *other_expressions(network))
    return [each.meta.output_name() for each in every]


@lru_cache(maxsize=64)
def _others(network: Network) -> list[pl.Expr]:
    return [each.fill_null(0).cast(pl.Float64) for each in other_expressions(network)]


_IT = ("n", "r", WINDOWS[0])
"""A network, a reaction and a window that stand for each."""


def _in_units(figures: Ints) -> Floats:
    """Take figures out of their fixed point."""
    every = measures.figures()
    columns = {each.name: figures[:, place].ravel() for place, each in enumerate(every)}
    units = pl.DataFrame(columns).select(each.finalize(pl.col(each.name)) for each in every)
    return np.stack(
        [units[each.name].to_numpy().reshape(figures[:, 0].shape) for each in every], axis=1
    )


def _measured(units: Floats, beside: pl.DataFrame) -> Floats:
    """Derive what is said of each reaction, measure and window, in this order."""
    network, reaction, window = _IT
    worlds, _, reactions, windows = units.shape
    published = np.stack([beside[f"published.{w}d"].to_numpy() for w in WINDOWS], 1)
    each = np.broadcast_to(published[:, None], (worlds, reactions, windows))
    columns = {
        figure.column(f"{network}.{reaction}", window): units[:, place].ravel()
        for place, figure in enumerate(measures.figures())
    }
    rows = pl.DataFrame(columns | {f"{network}.published.{window}d": each.ravel()})
    found = rows.select(each.expression(*_IT).fill_null(0) for each in measures.MEASURES).to_numpy()
    shaped = found.reshape(worlds, reactions, windows, -1)
    return np.asarray(shaped.swapaxes(2, 3).reshape(worlds, -1))


def no_figures(network: Network, worlds: int) -> Ints:
    """Give the figures of worlds in which nothing was received."""
    shape = worlds, len(measures.figures()), len(kinds(network)), len(WINDOWS)
    return np.zeros(shape, np.int64)
