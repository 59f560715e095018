"""From a network's state to the table of its people."""

from __future__ import annotations

import polars as pl

from features.identity import Owners
from features.person_table import contents_by_person, counters_by_person, person_table
from features.sliding.state import State
from features.windows import in_units


def table_of(state: State, owners: Owners, persons: pl.Series | None = None) -> pl.DataFrame:
    """Put the figures of some people (None: of all) side by side, as `person_table` does."""
    received = in_units(_with_person(state, owners, persons))
    published = _of(owners.with_person(state.published.lazy(), "account"), persons, "account")
    counted = _of(owners.with_person(state.counters.lazy(), "account"), persons, "account")
    pages = _some(state.pages, persons) if owners.network.page_graph else None
    return _some(
        person_table(
            owners,
            received.drop("receiver"),
            counters_by_person(
                state.counters.lazy().join(counted, on="account", how="semi"), owners
            ),
            contents_by_person(
                state.published.lazy().join(published, on="account", how="semi"), owners
            ),
            pages,
        ),
        persons,
    )


def _with_person(state: State, owners: Owners, persons: pl.Series | None) -> pl.DataFrame:
    """Add the ``person`` behind each receiver."""
    unclaimed = pl.concat_str(pl.lit(f"{owners.network.name}:"), pl.col("account"))
    named = (
        state.figures.lazy()
        .select("receiver")
        .join(owners.persons.lazy().select("person", receiver="key"), on="receiver", how="left")
        .join(state.accounts.lazy().select("account", receiver="key"), on="receiver", how="left")
        .select("receiver", person=pl.coalesce("person", unclaimed))
        .collect()
    )
    return _some(named, persons).join(state.figures, on="receiver")


def _of(rows: pl.LazyFrame, persons: pl.Series | None, column: str) -> pl.LazyFrame:
    mine = rows if persons is None else rows.filter(pl.col("person").is_in(persons.implode()))
    return mine.select(column).unique()


def _some(table: pl.DataFrame, persons: pl.Series | None) -> pl.DataFrame:
    return table if persons is None else table.filter(pl.col("person").is_in(persons.implode()))
