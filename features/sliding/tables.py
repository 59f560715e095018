"""From a network's state to the table of its people, by keys of accounts and not by names.

What `features.person_table` does with names, which is slow but needs nothing kept.
"""

from __future__ import annotations

from collections.abc import Container

import polars as pl

from features.identity import Owners
from features.sliding.state import State
from features.windows import in_units


def table_of(
    state: State,
    owners: Owners,
    persons: pl.Series | None = None,
    columns: Container[str] | None = None,
) -> pl.DataFrame:
    """Put the figures of some people (None: of all) side by side, in any order.

    Columns and values are those of `person_table`; of what was received only the `columns` asked
    for (None: all).
    """
    who = _who(state, owners)
    if persons is not None:
        who = who.join(persons.to_frame("person"), on="person", how="semi")
    received = in_units(_only(state.figures, owners, columns).join(who, on="receiver"))
    others = who.join(state.figures.select("receiver"), on="receiver", how="anti")
    table = pl.concat([received, others], how="diagonal")
    for each in (state.published, state.counters):
        table = table.join(_summed(each, state, owners), on="receiver", how="left")
    table = table.drop("receiver")
    if owners.network.page_graph:
        pages = state.pages
        if persons is not None:
            pages = pages.join(persons.to_frame("person"), on="person", how="semi")
        table = table.join(pages, on="person", how="full", coalesce=True)
    table = table.with_columns(connected=pl.lit(1.0))
    name = owners.network.name
    return table.rename({c: f"{name}.{c}" for c in table.columns if c != "person"})


def _only(figures: pl.DataFrame, owners: Owners, columns: Container[str] | None) -> pl.DataFrame:
    if columns is None:
        return figures
    named = {name: f"{owners.network.name}.{name}" for name in figures.columns}
    return figures.select("receiver", *(name for name in named if named[name] in columns))


def _who(state: State, owners: Owners) -> pl.DataFrame:
    """Name the ``person`` behind each ``receiver``: who receives, is counted, or has claimed."""
    unclaimed = pl.concat_str(pl.lit(f"{owners.network.name}:"), pl.col("account"))
    held = [state.figures.lazy().select(key="receiver"), state.counters.lazy().select("key")]
    claimed = owners.persons.lazy().select("key", "person")
    keys = pl.concat([*held, claimed.select("key")]).unique()
    named = (
        keys.join(owners.ignored.lazy(), on="key", how="anti")
        .join(claimed, on="key", how="left")
        .join(state.accounts.lazy().select("key", "account"), on="key", how="left")
        .join(owners.merged.lazy(), on="key", how="left")
        .select(receiver=pl.coalesce("one", "key"), person=pl.coalesce("person", unclaimed))
    )
    return (named if owners.merged.is_empty() else named.unique("receiver")).collect()


def _summed(by_account: pl.DataFrame, state: State, owners: Owners) -> pl.DataFrame:
    """Sum columns by ``key`` over the accounts of each person, in order of account."""
    mine = by_account.join(owners.ignored, on="key", how="anti")
    alone = mine.join(owners.merged, on="key", how="anti").rename({"key": "receiver"})
    if owners.merged.is_empty():
        return alone
    several = (
        mine.join(owners.merged, on="key")
        .join(state.accounts.select("key", "account"), on="key")
        .sort("account")
        .group_by(receiver="one", maintain_order=True)
        .agg(pl.exclude("key", "one", "account").sum())
    )
    return pl.concat([alone, several], how="vertical_relaxed")
