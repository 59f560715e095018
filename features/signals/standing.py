"""How much an actor's attention is worth: its standing, from the score of the day before.

Standing is ``2 ** (score / 10)``: it doubles every 10 points, so an actor at 70 counts eight times
one at 40. It is kept in whole millionths, since what is summed over days is an integer. An actor
who was never scored has standing 1.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from features.catalogue.declaration import Network
from features.catalogue.figures import MICRO
from features.lake import Lake
from features.signals.owners import Owners, account_key

DOUBLING = 10.0
"""Points of score that double the standing."""


def micro_standing(score: pl.Expr) -> pl.Expr:
    """Standing of a score in millionths (i64)."""
    return (2.0 ** (score / DOUBLING) * MICRO).round().cast(pl.Int64)


def standing_by_person(
    lake: Lake,
    as_of: date,
    given: pl.DataFrame | None,
    persons: pl.Series | None = None,
    since: date | None = None,
) -> pl.DataFrame | None:
    """Collect what is known of people's standing.

    Parameters
    ----------
    lake
        Its ``scores`` before `as_of` count, if there are any.
    as_of
        The date of the run.
    given
        ``person`` and ``score``, for a lake without a history; None: everybody has standing 1.
    persons
        Whose history is wanted; None: everybody's.
    since
        The first day of the history that is wanted; None: all of it.

    Returns
    -------
    DataFrame or None
        ``person``, ``standing`` (millionths) and, of a history, ``day`` (i32, days since 1970):
        the first day that standing holds.
    """
    scores = lake.scan("scores", since=since, until=as_of)
    if persons is not None:
        scores = scores.filter(pl.col("person").is_in(persons.implode()))
    history = (
        scores.group_by("person", day=pl.col("as_of").dt.epoch("d").cast(pl.Int32))
        .agg(micro_standing(pl.col("score").max()).alias("standing"))
        .collect()
    )
    if len(history):
        return history
    if given is None:
        return None
    return given.select(
        pl.col("person").cast(pl.String),
        standing=micro_standing(pl.col("score").cast(pl.Float64)),
    )


def standing_by_account(by_person: pl.DataFrame | None, owners: Owners) -> pl.DataFrame | None:
    """Spread people's standing over their accounts on one network.

    Returns
    -------
    DataFrame or None
        ``actor`` (key), its ``account`` (str), ``standing`` and, of a history, ``day``; None of
        None.
    """
    if by_person is None:
        return None
    claimed = owners.claimed.drop_nulls("person").select("person", "account", actor="key")
    of_claimed = by_person.join(claimed, on="person")
    of_unclaimed = _unclaimed(by_person, owners.network).join(
        owners.claimed, on="account", how="anti"
    )
    columns = ["actor", "account", *by_person.drop("person").columns]
    return pl.concat([of_claimed.select(columns), of_unclaimed.select(columns)])


def _unclaimed(by_person: pl.DataFrame, network: Network) -> pl.DataFrame:
    prefix = f"{network.name}:"
    return (
        by_person.filter(pl.col("person").str.starts_with(prefix))
        .with_columns(account=pl.col("person").str.strip_prefix(prefix))
        .with_columns(actor=account_key("account"))
    )
