"""How far an actor is believed to be a real person acting for itself: 0, ¼, ½, ¾ or 1.

It is kept in whole quarters, since what is summed over days is an integer. An actor of whom nothing
is said has all four. Each account has its own, also of several that one person owns: a person may
be real and one of its accounts run by a machine.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from features.errors import KloutError
from features.identity import account_key, midnight
from features.lake import Lake
from features.lake.contracts import STEPS
from features.lake.ledger import LakeFile

QUARTERS = 4
"""Quarters in one: the fixed point of authenticity."""

BELIEVED = 2
"""Quarters from which on an actor counts for days, hit rate and peak: a half."""

_ACCOUNT = ["network", "account"]


def authenticity_by_account(
    lake: Lake, as_of: date, given: pl.DataFrame | None, network: str
) -> pl.DataFrame | None:
    """Collect what is known of the authenticity of a network's accounts.

    Parameters
    ----------
    lake
        The latest row of an account in ``authenticity``, up to 00:00 UTC of `as_of`, counts. That
        moment is included: what is known then was computed from what happened before. The latest
        of its ``overrides`` that was decided before `as_of` stands above it. Of several at the
        same time, the smallest value counts.
    as_of
        The date of the run.
    given
        ``network``, ``account`` and ``authenticity``, for a lake without a history of it; None:
        everybody has 1.
    network
        The accounts' network.

    Returns
    -------
    DataFrame or None
        ``actor`` (key) and ``quarters`` (u8, 0 to 3): a row for each account below 1. None if
        there is no such account.

    Raises
    ------
    KloutError
        If a given value is none of the five.
    """
    if given is None and not _files(lake, as_of):
        return None
    rows = [_overrides(lake, as_of), _computed(lake, as_of, given, network)]
    known = pl.concat(rows).filter(pl.col("network") == network)
    quarters = (pl.col("authenticity") * QUARTERS).cast(pl.UInt8)
    # Overrides come first, so they are what is kept.
    below = (
        known.unique("account", keep="first", maintain_order=True)
        .select(account_key("account").alias("actor"), quarters=quarters)
        .filter(pl.col("quarters") < QUARTERS)
        .collect()
    )
    return below if len(below) else None


def weight(quarters: pl.Expr) -> pl.Expr:
    """Take an actor's quarters as joined: who is not among those below 1 has all of them."""
    return quarters.fill_null(QUARTERS)


def _computed(lake: Lake, as_of: date, given: pl.DataFrame | None, network: str) -> pl.LazyFrame:
    if given is not None and _history(lake, as_of).head(1).collect().is_empty():
        return _checked(given).lazy()
    return _latest(_history(lake, as_of, [network]), "as_of")


def _files(lake: Lake, as_of: date) -> list[LakeFile]:
    """Name what has to be read: without any, nothing was ever said, and no query is needed."""
    return [*lake.files("overrides"), *lake.files("authenticity", until=as_of + timedelta(1))]


def _history(lake: Lake, as_of: date, networks: list[str] | None = None) -> pl.LazyFrame:
    rows = lake.scan("authenticity", networks, until=as_of + timedelta(1))
    return rows.filter(pl.col("as_of") <= midnight(as_of))


def _overrides(lake: Lake, as_of: date) -> pl.LazyFrame:
    before = pl.col("decided_at") < midnight(as_of)
    return _latest(lake.scan("overrides").filter(before), "decided_at")


def _latest(rows: pl.LazyFrame, time: str) -> pl.LazyFrame:
    """Take each account's latest value; of the same time the smallest, whatever the row order."""
    return rows.group_by(_ACCOUNT).agg(
        pl.col("authenticity").filter(pl.col(time) == pl.col(time).max()).min()
    )


def _checked(given: pl.DataFrame) -> pl.DataFrame:
    rows = given.select(pl.col(*_ACCOUNT).cast(pl.String), pl.col("authenticity").cast(pl.Float64))
    wrong = rows.filter(~pl.col("authenticity").is_in(STEPS).fill_null(value=False))
    if len(wrong):
        network, account, value = wrong.row(0)
        raise KloutError(
            f"authenticity of {account!r} on {network!r} is {value}, not one of {list(STEPS)}"
        )
    return rows.group_by(_ACCOUNT).agg(pl.col("authenticity").min())
