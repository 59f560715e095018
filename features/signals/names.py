"""Accounts by key and by name, so that no two of one key are taken for one without a word.

Rows of accounts are joined by key. Wherever keys are made of what is read, each account's name is
at hand once, and is compared with the name that its key has had until then.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from features.errors import KloutError
from features.signals.owners import account_key

_COLUMNS = ["key", "account"]
_REMEDY = "docs/decisions/0002-hashed-ids.md says what to do"


def both_ends(interactions: pl.LazyFrame, *columns: str | pl.Expr) -> pl.LazyFrame:
    """Give actors and targets as ``account``, as often as they take part, beside other columns."""
    return pl.concat(interactions.select(*columns, account=end) for end in ("actor", "target"))


def named(accounts: pl.LazyFrame) -> pl.DataFrame:
    """Give each ``account`` (str) once, with its ``key`` (u64).

    Raises
    ------
    KloutError
        If two of them have one key.
    """
    every = accounts.select("account").unique()
    keyed = every.select(account_key("account").alias("key"), "account")
    return _told_apart(keyed.collect(engine="streaming"))


def unknown(accounts: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Keep the accounts that are not known yet.

    Parameters
    ----------
    accounts, known
        ``key`` and ``account``, each once; as of `named`.

    Raises
    ------
    KloutError
        If an account has the key of another that is known.
    """
    before = known.select("key", known="account")
    both = accounts.join(before, on="key", how="left")
    _refuse(both.filter(pl.col("account") != pl.col("known")).select(*_COLUMNS, "known"))
    return both.filter(pl.col("known").is_null()).select(_COLUMNS)


def compared(accounts: pl.DataFrame, *tables: pl.DataFrame | None) -> None:
    """Compare accounts with what is known of accounts, and joined by key.

    Parameters
    ----------
    accounts
        As of `named`.
    tables
        Each with ``account``, and its key as ``key`` or ``actor``; accounts may come repeatedly.

    Raises
    ------
    KloutError
        If an account has the key of another in a table.
    """
    for table in tables:
        if table is not None:
            key = "key" if "key" in table.columns else "actor"
            theirs = table.lazy().select(pl.col(key).alias("key"), known="account")
            both = theirs.join(accounts.lazy(), on="key")
            other = both.filter(pl.col("account") != pl.col("known")).head(1)
            _refuse(other.select(*_COLUMNS, "known").collect(engine="streaming"))


def together(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put accounts together, as of `named`, of which some are in several parts."""
    return _told_apart(pl.concat(parts).unique("account"))


def _told_apart(keyed: pl.DataFrame) -> pl.DataFrame:
    """Give accounts that are each there once, if each has a key of its own."""
    if keyed["key"].n_unique() < len(keyed):
        alike = keyed.filter(pl.col("key").is_duplicated()).sort("key", "account")
        _refuse(alike.with_columns(known=pl.col("account").shift(-1)).select(*_COLUMNS, "known"))
    return keyed


def _refuse(pairs: pl.DataFrame) -> None:
    if len(pairs):
        key, *names = pairs.row(0)
        one, other = sorted(names)
        raise KloutError(f"the accounts {one!r} and {other!r} have one key, {key:016x}; {_REMEDY}")
