"""Which rows name somebody, in any role."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from features.lake.contracts import Table

NamedAccount = tuple[str | None, str]
"""Network and account."""


def unclaimed(network: str | None, account: str) -> str:
    """Give the id of the person that an account is which no identity claims.

    >>> unclaimed("twitter", "al")
    'twitter:al'
    """
    return f"{network}:{account}"


def naming(table: Table, persons: Iterable[str], accounts: Collection[NamedAccount]) -> pl.Expr:
    """Whether a row of a table names one of the persons or accounts; never null."""
    every = [*persons, *(unclaimed(*account) for account in accounts)]
    of_persons = [pl.col(column).is_in(every) for column in table.persons]
    of_accounts = [is_account(column, accounts) for column in table.accounts]
    return pl.any_horizontal(*of_persons, *of_accounts, pl.lit(value=False)).fill_null(value=False)


def is_account(column: str, accounts: Iterable[NamedAccount]) -> pl.Expr:
    """Whether the account in a column, of the row's network, is one of these; never null."""
    by_network: dict[str | None, list[str]] = {}
    for network, account in accounts:
        by_network.setdefault(network, []).append(account)
    each = [
        pl.col("network").eq_missing(pl.lit(network, pl.String)) & pl.col(column).is_in(names)
        for network, names in by_network.items()
    ]
    return pl.any_horizontal(*each, pl.lit(value=False)).fill_null(value=False)
