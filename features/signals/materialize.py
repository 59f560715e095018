"""From the lake to signals: one row per person, one column per signal, as known at `as_of`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from polars.io.plugins import register_io_source

from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.network import Network
from features.lake import Lake
from features.lake.ledger import whole_days
from features.lake.remembering import remembered
from features.lake.retractions import Undone
from features.lake.times import day_number, midnight
from features.signals.audience import last_of_days
from features.signals.authenticity import authenticity_by_account
from features.signals.expressions import signal_expressions
from features.signals.names import both_ends, compared, named, together, unknown
from features.signals.owners import Owners, claims
from features.signals.page_graph import page_figures
from features.signals.person_table import (
    contents_by_account,
    contents_by_person,
    counter_values,
    counters_by_person,
    person_table,
)
from features.signals.standing import standing_by_account, standing_by_person
from features.signals.tallies import needed, of_receivers, tallied_figures
from features.signals.tiles import Tiles, fold, kinds
from features.signals.windows import figure_columns, figures, in_units

SLICE_PERSONS = 20_000
"""Persons whose signals are put side by side together: 900 columns of them take 140 MB."""


@dataclass(frozen=True)
class _Actors:
    """What is known of a network's actors, by the key of the account; None: 1 for all."""

    standing: pl.DataFrame | None
    authenticity: pl.DataFrame | None


def materialize(
    lake: Lake,
    as_of: date,
    catalogue: Catalogue,
    standing: pl.DataFrame | None = None,
    authenticity: pl.DataFrame | None = None,
    on_rows: Callable[[int], None] = lambda _: None,
) -> pl.LazyFrame:
    """Compute every signal of every person.

    Parameters
    ----------
    lake
        What happened.
    as_of
        Only what happened before 00:00 UTC of this day counts.
    catalogue
        The signals to compute.
    standing
        ``person`` and ``score``, for a lake without a history of scores; None: standing 1 for all.
    authenticity
        ``network``, ``account`` and ``authenticity``, for a lake without a history of it; None:
        authenticity 1 for all. The lake's overrides stand above both.
    on_rows
        Called with the number of interactions of each piece, for a progress bar.

    Returns
    -------
    LazyFrame
        ``person`` (str, ascending), then a Float64 column per signal in the catalogue's order,
        never null or NaN. There is a row for everybody who received anything in the 90 days, of
        anybody whose authenticity is not 0, or has a counter, a link or an identity.

    Raises
    ------
    KloutError
        If an authenticity given is none of the five.
    """
    claimed = claims(lake, as_of)
    by_person = standing_by_person(lake, as_of, standing)
    tables = []
    for network in catalogue.networks:
        owners = Owners.of(network, claimed)
        actors = _Actors(
            standing_by_account(by_person, owners),
            authenticity_by_account(lake, as_of, authenticity, network.name),
        )
        tables.append(_network(lake, as_of, owners, actors, on_rows))
    persons = pl.concat([table.select("person") for table in tables] + [identified(lake, as_of)])
    return wide(persons.unique().sort("person"), tables, catalogue)


def wide(persons: pl.DataFrame, tables: list[pl.DataFrame], catalogue: Catalogue) -> pl.LazyFrame:
    """Put the networks side by side, some persons at a time: the whole may not fit in memory.

    Parameters
    ----------
    persons
        ``person``, ascending.
    tables
        From `person_table`, one per network of the catalogue.
    """
    expressions = [list(signal_expressions(network)) for network in catalogue.networks]

    def slices(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, batch: int | None
    ) -> Iterator[pl.DataFrame]:
        del batch
        wanted = persons if rows is None else persons.head(rows)
        for part in wanted.iter_slices(SLICE_PERSONS):
            aligned = [
                part.join(_between(t, part), on="person", how="left", maintain_order="left")
                for t in tables
            ]
            signals = [
                table.select(e.fill_null(0).cast(pl.Float64) for e in mine)
                for table, mine in zip(aligned, expressions, strict=True)
            ]
            wide = pl.concat([part, *signals], how="horizontal")
            wide = wide if predicate is None else wide.filter(predicate)
            yield wide if columns is None else wide.select(columns)

    schema = {"person": pl.String, **dict.fromkeys(catalogue.names, pl.Float64)}
    return register_io_source(slices, schema=schema)


def _between(table: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    """Take the rows of a table from the first to the last of some persons, both in order."""
    persons = table["person"]
    start = persons.search_sorted(part["person"][0], "left")
    stop = persons.search_sorted(part["person"][-1], "right")
    return table[start:stop]


def _network(
    lake: Lake,
    as_of: date,
    owners: Owners,
    actors: _Actors,
    on_rows: Callable[[int], None],
) -> pl.DataFrame:
    """One row per person with anything on the network, in order of person."""
    network = owners.network
    undone = Undone.of(lake, network.name, as_of)
    contents = lake.scan("contents", [network.name], as_of - timedelta(HORIZON), as_of)
    contents = undone.left_of("contents", contents)
    readings = lake.scan("counters", [network.name], until=as_of)
    links = lake.scan("links", [network.name])
    tallies = tallies_of(lake, as_of, owners)
    received, tallied = _received(lake, as_of, owners, actors, undone, tallies, on_rows)
    return person_table(
        owners,
        received,
        counters_by_person(counter_values(last_of_days(readings)), owners),
        contents_by_person(contents_by_account(contents, network, as_of), owners),
        page_figures(links, owners).collect() if network.page_graph else None,
        tallied,
    )


def tallies_of(lake: Lake, as_of: date, owners: Owners) -> pl.DataFrame | None:
    """Read the tallies of people; None: the network has none."""
    if not owners.network.tallies:
        return None
    rows = lake.scan("tallies", [owners.network.name], until=as_of)
    return of_receivers(needed(rows, day_number(as_of) - HORIZON).lazy(), owners)


@remembered
def identified(lake: Lake, as_of: date) -> pl.DataFrame:
    """Name each ``person`` with an identity from before `as_of`, connected or not."""
    rows = lake.scan("identities").filter(pl.col("connected_at") < midnight(as_of))
    return rows.select("person").unique().collect()


def _received(
    lake: Lake,
    as_of: date,
    owners: Owners,
    actors: _Actors,
    undone: Undone,
    tallies: pl.DataFrame | None,
    on_rows: Callable[[int], None],
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Figures per person, a column ``REACTION.FIGURE.WINDOWd`` each; and those of tallies."""
    network = owners.network
    names = kinds(network)
    files = lake.files("interactions", [network.name], as_of - timedelta(HORIZON), as_of)
    parts, accounts = [], named(owners.claimed.lazy())
    if tallies is not None:
        accounts = together([accounts, named(tallies.lazy().select(account="name"))])
    for chunk in whole_days(files):
        rows = undone.left_of("interactions", lake.scan_files("interactions", chunk))
        took_part = named(both_ends(rows))
        compared(took_part, actors.standing, actors.authenticity)
        accounts = pl.concat([accounts, unknown(took_part, accounts)])
        parts.append(fold(rows, owners, actors.standing, actors.authenticity))
        on_rows(sum(file.rows for file in chunk))
    tallied = _tallied(tallies, [part.contents for part in parts], as_of, network)
    if not parts:
        columns = dict.fromkeys(figure_columns(names), pl.Float64)
        return pl.DataFrame(schema={"person": pl.String, **columns}), tallied
    table = in_units(figures(Tiles.concat(parts), as_of, names, actors.authenticity), names)
    receivers = name_receivers(table.select("receiver"), accounts, owners)
    return receivers.join(table, on="receiver").drop("receiver"), tallied


def _tallied(
    tallies: pl.DataFrame | None, contents: list[pl.DataFrame], as_of: date, network: Network
) -> pl.DataFrame | None:
    """Figures of tallies per person; of a network that has some."""
    if tallies is None:
        return None
    drawn = pl.concat(contents).lazy() if contents else None
    found = tallied_figures(tallies, drawn, day_number(as_of), network)
    persons = tallies.select("person", "receiver").unique()
    return persons.join(found, on="receiver").drop("receiver")


def name_receivers(receivers: pl.DataFrame, accounts: pl.DataFrame, owners: Owners) -> pl.DataFrame:
    """Find the person behind each receiver's key.

    Of accounts as of `features.signals.names.named`.
    """
    claimed = owners.persons.select("person", receiver="key")
    unclaimed = pl.concat_str(pl.lit(f"{owners.network.name}:"), pl.col("account"))
    return (
        receivers.join(accounts.rename({"key": "receiver"}), on="receiver")
        .join(claimed, on="receiver", how="left")
        .select("receiver", person=pl.coalesce("person", unclaimed))
    )
