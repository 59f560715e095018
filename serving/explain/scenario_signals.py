"""Worlds of one person on one network, side by side, and the signals in each.

A world is numbered, and its number is the person's name in it: so whatever computes signals of
many people (`features.signals.windows`, `features.signals.person_table`,
`features.signals.expressions`) computes those of many worlds at once, and a person's signals are
those of `klout materialize` to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from features.catalogue.declaration import Network
from features.catalogue.network import PAGE_FIGURES
from features.signals.expressions import signal_expressions
from features.signals.owners import Owners
from features.signals.person_table import contents_by_account, counter_sums, person_table
from features.signals.tiles import Tiles, kinds
from features.signals.windows import figure_columns, figures, in_units

ScenarioTiles = tuple[Tiles, pl.DataFrame | None]
"""Tiles whose receivers are numbers of worlds, and what is believed of actors there."""

VALUES = {
    "world": pl.UInt64,
    "account": pl.String,
    "counter": pl.String,
    "value": pl.Float64,
    "grown": pl.Float64,
}
PAGES = {"world": pl.UInt64, **dict.fromkeys(PAGE_FIGURES, pl.Float64)}


@dataclass(frozen=True)
class Scenarios:
    """What signals are made of.

    Attributes
    ----------
    count
        How many worlds there are, numbered from 0.
    received
        Each world is in one of them at most.
    published
        Counts of contents, from `published_by_world`.
    counters
        As `features.signals.person_table.counter_values`, with a ``world`` each.
    pages
        ``world`` and the figures of the page graph.
    claimed
        The worlds in which an account is connected.
    besides
        ``receiver`` (the world) and figures (i64) of what was received and is not in `received`:
        they are merged with its own.
    tallied
        ``world`` and the figures of tallies; None: the network has none.
    """

    network: Network
    as_of: date
    count: int
    received: list[ScenarioTiles]
    published: pl.DataFrame
    counters: pl.DataFrame
    pages: pl.DataFrame
    claimed: pl.Series
    besides: pl.DataFrame | None = None
    tallied: pl.DataFrame | None = None


def signals(worlds: Scenarios) -> pl.DataFrame:
    """Compute the network's signals.

    Returns
    -------
    DataFrame
        A Float64 column per signal, in the catalogue's order; a row per world, in order.
    """
    network = worlds.network
    table = person_table(
        _owners(network, worlds.claimed),
        _received(worlds),
        _counters(worlds),
        _named(worlds.published),
        _named(worlds.pages) if network.page_graph else None,
        None if worlds.tallied is None else _named(worlds.tallied),
    )
    every = pl.DataFrame({"person": _name(pl.Series(range(worlds.count), dtype=pl.UInt64))})
    aligned = every.join(table, on="person", how="left", maintain_order="left")
    return aligned.select(e.fill_null(0).cast(pl.Float64) for e in signal_expressions(network))


def published_by_world(rows: pl.DataFrame, network: Network, as_of: date) -> pl.DataFrame:
    """Count what is published: ``world`` and the figures of `contents_by_account`.

    Parameters
    ----------
    rows
        ``world``, ``kind`` and ``at`` of the contents of the 90 days.
    """
    authors = rows.lazy().rename({"world": "author"})
    counted = contents_by_account(authors, network, as_of)
    return counted.rename({"account": "world"}).collect()


def _received(worlds: Scenarios) -> pl.DataFrame:
    names = kinds(worlds.network)
    # A network without reactions has nothing to read.
    received = worlds.received if worlds.network.reactions else []
    parts = [figures(tiles, worlds.as_of, names, believed) for tiles, believed in received]
    if not parts:
        columns = dict.fromkeys(figure_columns(names), pl.Float64)
        return pl.DataFrame(schema={"person": pl.String, **columns})
    every = pl.concat(parts)
    if worlds.besides is not None:
        both = pl.concat([every, worlds.besides], how="diagonal").group_by("receiver")
        every = both.agg(figure.merge(pl.col(c)) for c, figure in figure_columns(names).items())
    return _named(in_units(every, names).rename({"receiver": "world"}))


def _counters(worlds: Scenarios) -> pl.DataFrame:
    # In order of account, as `features.signals.person_table.counters_by_person` sums them.
    values = _named(worlds.counters).sort("person", "account")
    sums = counter_sums(worlds.network)
    return values.group_by("person", maintain_order=True).agg(sums)


def _owners(network: Network, claimed: pl.Series) -> Owners:
    names = _name(claimed)
    rows = pl.DataFrame({"account": names, "person": names})
    return Owners.of(
        network, rows.with_columns(page=pl.lit(value=False), network=pl.lit(network.name))
    )


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(_name(frame["world"]).alias("person"), pl.exclude("world"))


def _name(worlds: pl.Series) -> pl.Series:
    """Write numbers so that their order is that of the texts."""
    return worlds.cast(pl.String).str.zfill(20)
