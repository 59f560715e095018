"""Whom to judge today."""

from __future__ import annotations

import polars as pl

from features.catalogue.catalogue import HORIZON

TURNS = HORIZON
"""Days in which everybody has a turn: nothing of what an account did goes by unseen."""


def due_accounts(accounts: pl.DataFrame, before: int, today: int) -> pl.DataFrame:
    """Choose the accounts to judge.

    Everybody has a turn once in `TURNS` days, by its key. Out of turn come those whose interactions
    of 90 days have passed a power of two: whoever is new, and is judged again at 2, 4, 8, ...

    Parameters
    ----------
    accounts
        ``key`` (u64); ``given`` and ``was`` (i64), interactions given in the 90 days before today,
        and before the judgement before.
    before, today
        Days since 1970 of both judgements.

    Returns
    -------
    DataFrame
        The rows of those who are due; ``turn`` (bool): by turn.
    """
    since = (pl.lit(today % TURNS, pl.UInt64) + TURNS - pl.col("key") % TURNS) % TURNS
    turn = since < today - before
    grew = _doublings("given") > _doublings("was")
    return accounts.filter(pl.col("given") > 0).with_columns(turn=turn).filter(turn | grew)


def _doublings(count: str) -> pl.Expr:
    """Say how many bits a number has."""
    return 64 - pl.col(count).cast(pl.UInt64).bitwise_leading_zeros().cast(pl.Int64)
