"""Who may be judged by what came after, and what each drew before and after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from features.catalogue.catalogue import HORIZON, Catalogue
from features.lake import Lake
from features.lake.retractions import counted
from features.lake.times import midnight
from features.signals.owners import Owners, claims


def candidates(lake: Lake, as_of: date, horizon: int, catalogue: Catalogue) -> pl.DataFrame:
    """Count the persons who reacted to each person whom the signals of `as_of` know.

    Whose an account is, is taken as known at `as_of`, also for what came after it.

    Parameters
    ----------
    lake
        What happened.
    as_of
        The day that divides before and after.
    horizon
        Days after, from `as_of` on.
    catalogue
        The networks to look at.

    Returns
    -------
    DataFrame
        ``person`` (ascending; those of whom `features.signals.materialize` has a row), ``before``
        and ``after`` (i64): distinct persons who reacted to it on any network in the 90 days before
        `as_of` and in the horizon. Self-reactions, also between accounts of one person, count for
        nothing, and so does what a page receives where only personal profiles count.
    """
    claimed = claims(lake, as_of)
    owners = [Owners.of(network, claimed) for network in catalogue.networks]
    before = _reactors(lake, owners, as_of - timedelta(HORIZON), as_of, "before")
    after = _reactors(lake, owners, as_of, as_of + timedelta(horizon), "after")
    identified = lake.scan("identities").filter(pl.col("connected_at") < midnight(as_of))
    known = [before.select("person"), identified.select("person")]
    known += [table for each in owners for table in _lasting(lake, as_of, each)]
    persons, *counts = pl.collect_all(
        [pl.concat(known).unique().sort("person"), before, after], engine="streaming"
    )
    for table in counts:
        persons = persons.join(table, on="person", how="left", maintain_order="left")
    return persons.fill_null(0)


def _reactors(
    lake: Lake, owners: list[Owners], since: date, until: date, name: str
) -> pl.LazyFrame:
    """Count the distinct persons who reacted to each person on the days ``[since, until)``."""
    pairs = [_pairs(lake, each, since, until) for each in owners]
    counted = pl.concat(pairs).unique().group_by("person").len(name)
    return counted.cast({name: pl.Int64})


def _pairs(lake: Lake, owners: Owners, since: date, until: date) -> pl.LazyFrame:
    """Say who reacted to whom, self-reactions left out.

    An actor whose account was disconnected is a person of its own, ``alone`` so that its name is
    not taken for that of a person.
    """
    network = owners.network.name
    rows = counted(lake, network, since, until)
    made = rows.select("actor", "target").unique()
    owner = owners.claimed.lazy().select(
        pl.col("account").alias("actor"), owner="person", alone=pl.col("person").is_null()
    )
    account = pl.concat_str(pl.lit(f"{network}:"), pl.col("actor"))
    return (
        owners.with_person(made, "target")
        .join(owner, on="actor", how="left")
        .select(
            "person",
            actor=pl.coalesce("owner", account),
            alone=pl.col("alone").fill_null(value=False),
        )
        .filter(pl.col("alone") | (pl.col("actor") != pl.col("person")))
    )


def _lasting(lake: Lake, as_of: date, owners: Owners) -> Iterator[pl.LazyFrame]:
    """Name who has a counter or a link on a network: those are known however long ago it was."""
    network = owners.network.name
    counted = lake.scan("counters", [network], until=as_of).select(account="account")
    yield owners.with_person(counted.unique(), "account").select("person")
    if owners.network.page_graph:
        links = lake.scan("links", [network]).filter(pl.col("source") != pl.col("target"))
        pages = [links.select(account=side) for side in ("source", "target")]
        yield owners.with_person(pl.concat(pages).unique(), "account").select("person")
