"""Judgements about accounts, put as judgements about the persons who own them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from features.lake import Lake
from features.lake.times import midnight
from features.signals.owners import claims

ORDER = ["judged_at", "judge", "a", "b", "preference"]
"""So that the order of the lake's files does not matter."""


class Owned(NamedTuple):
    """Judgements by owner, and how many were about two accounts of one person."""

    judgements: pl.DataFrame
    left_out: int


def lake_judgements(lake: Lake, as_of: date | None = None) -> pl.DataFrame:
    """Read a lake's judgements, as about persons: see `owned_judgements`."""
    return owned_judgements(lake, as_of).judgements


def owned_judgements(lake: Lake, as_of: date | None = None) -> Owned:
    """Read a lake's judgements; who is named by an account is named by its owner instead.

    Signals are by person, and a person must be on one side of a division, whichever of its
    accounts were judged.

    Parameters
    ----------
    lake
        The lake.
    as_of
        Judgements and identities before it count; None: the lake's end.

    Returns
    -------
    Owned
        The columns of the lake's table, in order of `ORDER`. A pair that is two accounts of one
        person is left out and counted. A disconnected account, which is nobody's, keeps its name.
    """
    day = as_of or _end(lake)
    judged = lake.scan("judgements").filter(pl.col("judged_at") < midnight(day))
    named = _by_owner(judged.sort(ORDER).collect(), claims(lake, day))
    kept = named.filter(pl.col("a") != pl.col("b"))
    return Owned(kept, len(named) - len(kept))


def _by_owner(judgements: pl.DataFrame, claimed: pl.DataFrame) -> pl.DataFrame:
    owner = claimed.drop_nulls("person").select(pl.format("{}:{}", "network", "account"), "person")
    return judgements.with_columns(
        pl.col(side).replace(owner["network"], owner["person"]) for side in ("a", "b")
    )


def _end(lake: Lake) -> date:
    """Give the day after the last day on which anything happened, was judged or was claimed."""
    days = [date.fromisoformat(file.day) for file in lake.every_file() if file.day]
    for table, time in (("judgements", "judged_at"), ("identities", "connected_at")):
        last = lake.scan(table).select(pl.col(time).max().dt.date()).collect().item()
        days += [last] if last else []
    return max(days, default=date(1970, 1, 1)) + timedelta(1)
