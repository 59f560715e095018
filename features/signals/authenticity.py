"""How far an actor is believed to be a real person acting for itself: 0, ¼, ½, ¾ or 1.

It is kept in whole quarters, since what is summed over days is an integer. An actor of whom nothing
is said has all four. Each account has its own, also of several that one person owns: a person may
be real and one of its accounts run by a machine.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from features.catalogue.figures import QUARTERS
from features.errors import KloutError
from features.lake import Lake
from features.lake.contracts import STEPS, TABLES
from features.lake.times import midnight
from features.signals.owners import account_key

ACCOUNT = ["network", "account"]
REQUIRED = [*ACCOUNT, "authenticity"]


def authenticity_by_account(
    lake: Lake, as_of: date, given: pl.DataFrame | None, network: str
) -> pl.DataFrame | None:
    """Collect what is known of the authenticity of a network's accounts.

    Parameters
    ----------
    lake
        What `steps_in_force` says of it counts.
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
        ``actor`` (key), its ``account`` (str) and ``quarters`` (u8, 0 to 3): a row for each account
        below 1. None if there is no such account.

    Raises
    ------
    KloutError
        If a column is missing in what is given, or a value is none of the five.
    """
    files = [*lake.files("overrides"), *lake.files("authenticity", until=as_of + timedelta(1))]
    if given is None and not files:  # nothing was ever said, and no query is needed
        return None
    rows = None
    if given is not None and _history(lake, as_of).head(1).collect().is_empty():
        rows = checked(given.drop("as_of", "reasons", strict=False), as_of)
    steps = steps_in_force(lake, as_of, rows, network)
    quarters = (pl.col("authenticity") * QUARTERS).cast(pl.UInt8)
    keyed = steps.select(account_key("account").alias("actor"), "account", quarters=quarters)
    below = keyed.filter(pl.col("quarters") < QUARTERS)
    return below if len(below) else None


def weight(quarters: pl.Expr) -> pl.Expr:
    """Take an actor's quarters as joined: who is not among those below 1 has all of them."""
    return quarters.fill_null(QUARTERS)


def steps_in_force(
    lake: Lake, as_of: date, given: pl.DataFrame | None = None, network: str | None = None
) -> pl.DataFrame:
    """Say how far each account is believed, and why, whoever decided it.

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
        From `checked`, instead of the lake's history.
    network
        The accounts' network; None: all of them.

    Returns
    -------
    DataFrame
        ``network``, ``account``, ``authenticity`` (f64), ``reasons`` (str, an override's ``why``;
        null where none is kept) and ``by_hand`` (bool), a row for each account of which anything
        was said, in order of network and account.
    """
    networks = None if network is None else [network]
    computed = _history(lake, as_of, networks) if given is None else _until(given.lazy(), as_of)
    decided = overrides_in_force(lake, as_of).lazy().with_columns(reasons="why", by_hand=True)
    columns = [*REQUIRED, "reasons", "by_hand"]
    rows = [decided, latest(computed, "as_of").with_columns(by_hand=False)]
    known = pl.concat(each.select(columns) for each in rows)
    if networks is not None:
        known = known.filter(pl.col("network").is_in(networks))
    # Overrides come first, so they are what is kept.
    return known.unique(ACCOUNT, keep="first", maintain_order=True).sort(ACCOUNT).collect()


def overrides_in_force(lake: Lake, as_of: date) -> pl.DataFrame:
    """Name the accounts decided by hand: the columns of the table, the latest of each account."""
    before = lake.scan("overrides").filter(pl.col("decided_at") < midnight(as_of))
    return latest(before, "decided_at").sort(ACCOUNT).collect()


def latest(rows: pl.LazyFrame, time: str) -> pl.LazyFrame:
    """Take each account's latest row; of the same time the one that believes it least."""
    text = "why" if time == "decided_at" else "reasons"
    order = rows.sort(time, "authenticity", text, descending=[True, False, False])
    return order.unique(ACCOUNT, keep="first", maintain_order=True)


def checked(given: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Take rows of a file as rows of the lake's table ``authenticity``.

    Parameters
    ----------
    given
        ``network``, ``account``, ``authenticity``, and what is known of ``as_of`` (none: all was
        said on the day) and ``reasons``.
    as_of
        The date of the run.

    Raises
    ------
    KloutError
        If a column is missing, or a value is none of the five.
    """
    for name in REQUIRED:
        if name not in given.columns:
            raise KloutError(f"authenticity: the column {name!r} is missing; expected {REQUIRED}")
    absent = {"as_of": pl.lit(midnight(as_of)), "reasons": pl.lit(None)}
    more = {name: value for name, value in absent.items() if name not in given.columns}
    rows = given.with_columns(**more).select(
        pl.col(name).cast(dtype) for name, dtype in TABLES["authenticity"].columns.items()
    )
    wrong = rows.filter(~pl.col("authenticity").is_in(STEPS).fill_null(value=False))
    if len(wrong):
        network, account, value, *_ = wrong.row(0)
        raise KloutError(
            f"authenticity of {account!r} on {network!r} is {value}, not one of {list(STEPS)}"
        )
    return rows


def _history(lake: Lake, as_of: date, networks: list[str] | None = None) -> pl.LazyFrame:
    return _until(lake.scan("authenticity", networks, until=as_of + timedelta(1)), as_of)


def _until(rows: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    return rows.filter(pl.col("as_of") <= midnight(as_of))
