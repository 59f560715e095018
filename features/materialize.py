"""From the lake to signals: one row per person, one column per signal, as known at `as_of`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

import polars as pl
from polars.io.plugins import register_io_source

from features.audience import grown, last_of_days
from features.authenticity import authenticity_by_account
from features.catalogue import HORIZON, WINDOWS, Catalogue
from features.declaration import Network
from features.expressions import signal_expressions
from features.graph import page_figures
from features.identity import Owners, account_key, claims, midnight
from features.lake import Lake
from features.lake.ledger import LakeFile, whole_days
from features.standing import standing_by_account, standing_by_person
from features.tiles import Tiles, fold, kinds
from features.windows import FIGURES, figures

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
            None if by_person is None else standing_by_account(by_person, owners),
            authenticity_by_account(lake, as_of, authenticity, network.name),
        )
        tables.append(_network(lake, as_of, owners, actors, on_rows))
    persons = pl.concat([table.select("person") for table in tables] + [_identified(lake, as_of)])
    return _wide(persons.unique().sort("person"), tables, catalogue)


def _wide(persons: pl.DataFrame, tables: list[pl.DataFrame], catalogue: Catalogue) -> pl.LazyFrame:
    """Put the networks side by side, some persons at a time: the whole may not fit in memory."""
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
    received = _received(lake, as_of, owners, actors, on_rows)
    counters = _counters(lake, as_of, owners)
    holders = [received.select("person"), counters.select("person")]
    parts = [received, counters, _published(lake, as_of, owners)]
    if network.page_graph:
        links = page_figures(lake.scan("links", [network.name]), owners).collect()
        holders.append(links.select("person"))
        parts.append(_named(links, network))
    persons = pl.concat([*holders, owners.persons.select("person")]).unique()
    base = persons.with_columns(pl.lit(1.0).alias(f"{network.name}.connected"))
    table = reduce(lambda left, right: left.join(right, on="person", how="left"), parts, base)
    return table.sort("person")


def _identified(lake: Lake, as_of: date) -> pl.DataFrame:
    rows = lake.scan("identities").filter(pl.col("connected_at") < midnight(as_of))
    return rows.select("person").unique().collect()


def _received(
    lake: Lake,
    as_of: date,
    owners: Owners,
    actors: _Actors,
    on_rows: Callable[[int], None],
) -> pl.DataFrame:
    """Figures per person, a column ``NETWORK.REACTION.FIGURE.WINDOWd`` each."""
    network = owners.network
    names = kinds(network)
    files = lake.files("interactions", [network.name], as_of - timedelta(HORIZON), as_of)
    parts = []
    for chunk in whole_days(files):
        rows = lake.scan_files("interactions", chunk)
        parts.append(fold(rows, owners, actors.standing, actors.authenticity))
        on_rows(sum(file.rows for file in chunk))
    if not parts:
        columns = [f"{network.name}.{n}.{f}.{w}d" for n in names for f in FIGURES for w in WINDOWS]
        return pl.DataFrame(schema={"person": pl.String, **dict.fromkeys(columns, pl.Float64)})
    table = figures(Tiles.concat(parts), as_of, names, actors.authenticity)
    receivers = _name_receivers(table.select("receiver"), lake, files, owners)
    return _named(receivers.join(table, on="receiver").drop("receiver"), network)


def _name_receivers(
    receivers: pl.DataFrame, lake: Lake, files: list[LakeFile], owners: Owners
) -> pl.DataFrame:
    """Find the person behind each receiver's key.

    Only accounts that nobody claims need a second look at the lake, for their names.
    """
    claimed = receivers.join(
        owners.persons.select("person", receiver="key"), on="receiver", how="inner"
    )
    rest = receivers.join(claimed, on="receiver", how="anti")
    if not len(rest):
        return claimed
    names = (
        lake.scan_files("interactions", files)
        .select("target", receiver=account_key("target"))
        .join(rest.lazy(), on="receiver", how="semi")
        .unique()
        .select(
            "receiver", person=pl.concat_str(pl.lit(f"{owners.network.name}:"), pl.col("target"))
        )
        .collect(engine="streaming")
    )
    return pl.concat([claimed, names])


def _published(lake: Lake, as_of: date, owners: Owners) -> pl.DataFrame:
    """Contents per person: by kind over the horizon, and of all kinds by window."""
    network = owners.network
    mine = lake.scan("contents", [network.name], as_of - timedelta(HORIZON), as_of)
    kinds = [
        (pl.col("kind") == kind.name).sum().alias(f"{network.name}.{kind.signal}")
        for kind in network.contents
    ]
    windows = [
        (pl.col("at") >= midnight(as_of - timedelta(window)))
        .sum()
        .alias(f"{network.name}.published.{window}d")
        for window in WINDOWS
    ]
    by_account = mine.group_by("author").agg(*kinds, *windows)
    with_person = owners.with_person(by_account, "author").drop("author")
    return with_person.group_by("person").agg(pl.all().sum()).collect(engine="streaming")


def _counters(lake: Lake, as_of: date, owners: Owners) -> pl.DataFrame:
    """Latest value of each counter before `as_of`, summed over a person's accounts.

    Of an audience also ``grown``, as much of it as its growth makes plausible.
    """
    network = owners.network
    days = last_of_days(lake.scan("counters", [network.name], until=as_of))
    latest = days.group_by("account", "counter").agg(
        pl.col("value").sort_by("day").last(), grown=grown()
    )
    # Summed in order of account, so that the bits don't depend on the order of the rows.
    by_person = owners.with_person(latest, "account").sort("person", "account")
    named = [("value", counter.name, counter.name) for counter in network.counters]
    named += [("grown", name, f"{name}.grown") for name in network.audiences]
    sums = [
        pl.col(column).filter(pl.col("counter") == counter).sum().alias(f"{network.name}.{figure}")
        for column, counter, figure in named
    ]
    return by_person.group_by("person", maintain_order=True).agg(sums).collect()


def _named(frame: pl.DataFrame, network: Network) -> pl.DataFrame:
    return frame.rename({n: f"{network.name}.{n}" for n in frame.columns if n != "person"})
