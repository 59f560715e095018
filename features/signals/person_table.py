"""One network's people: what they received, published and are counted for, side by side."""

from __future__ import annotations

from datetime import date, timedelta
from functools import reduce

import polars as pl

from features.catalogue.catalogue import WINDOWS
from features.catalogue.declaration import Network
from features.lake.times import midnight
from features.signals.audience import grown
from features.signals.owners import Owners


def person_table(
    owners: Owners,
    received: pl.DataFrame,
    counters: pl.DataFrame,
    published: pl.DataFrame,
    pages: pl.DataFrame | None = None,
    tallied: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Put the figures of a network's people side by side.

    Parameters
    ----------
    owners
        Who owns the network's accounts.
    received, counters, published, pages, tallied
        ``person`` and the figures of each; ``pages`` of a network with a page graph, ``tallied`` of
        one with tallies. Who only published is not among the people.

    Returns
    -------
    DataFrame
        ``person`` (ascending) and the figures, ``NETWORK.…`` each (f64), null where there is
        nothing.
    """
    network = owners.network
    parts = [received, counters, published, *(e for e in (pages, tallied) if e is not None)]
    holders = [part.select("person") for part in parts if part is not published]
    persons = pl.concat([*holders, owners.persons.select("person")]).unique()
    base = persons.with_columns(connected=pl.lit(1.0))
    table = reduce(lambda left, right: left.join(right, on="person", how="left"), parts, base)
    return _named(table, network).sort("person")


def contents_by_account(contents: pl.LazyFrame, network: Network, as_of: date) -> pl.LazyFrame:
    """Count what each ``account`` published: by kind over the horizon, of all kinds by window."""
    kinds = [(pl.col("kind") == kind.name).sum().alias(kind.signal) for kind in network.contents]
    windows = [
        (pl.col("at") >= midnight(as_of - timedelta(window))).sum().alias(f"published.{window}d")
        for window in WINDOWS
    ]
    return contents.group_by(account="author").agg(*kinds, *windows)


def contents_by_person(by_account: pl.LazyFrame, owners: Owners) -> pl.DataFrame:
    """Sum what people's accounts published."""
    with_person = owners.with_person(by_account, "account").drop("account")
    return with_person.group_by("person").agg(pl.all().sum()).collect(engine="streaming")


def counter_values(days: pl.LazyFrame) -> pl.LazyFrame:
    """Say what the counters of accounts stand at.

    Parameters
    ----------
    days
        From `features.signals.audience.last_of_days`: at least the last reading of each account and
        counter, and those from which its growth is bounded.

    Returns
    -------
    LazyFrame
        ``account``, ``counter``, ``value`` (the latest) and ``grown``, as much of it as its growth
        makes plausible.
    """
    latest = pl.col("value").filter(pl.col("day") == pl.col("day").max()).first()
    return days.group_by("account", "counter").agg(latest, grown=grown())


def counters_by_person(values: pl.LazyFrame, owners: Owners) -> pl.DataFrame:
    """Sum the counters (from `counter_values`) of a person's accounts.

    Of an audience also ``grown``.
    """
    # Summed in order of account, so that the bits don't depend on the order of the rows.
    by_person = owners.with_person(values, "account").sort("person", "account")
    sums = counter_sums(owners.network)
    return by_person.group_by("person", maintain_order=True).agg(sums).collect()


def counter_sums(network: Network) -> list[pl.Expr]:
    """Aggregate what `counter_values` gives to a column for each counter."""
    named = [("value", counter.name, counter.name) for counter in network.counters]
    named += [("grown", name, f"{name}.grown") for name in network.audiences]
    return [
        pl.col(column).filter(pl.col("counter") == counter).sum().alias(figure)
        for column, counter, figure in named
    ]


def _named(frame: pl.DataFrame, network: Network) -> pl.DataFrame:
    return frame.rename({n: f"{network.name}.{n}" for n in frame.columns if n != "person"})
