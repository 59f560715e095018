"""Pairs judged more than once, whoever was called a."""

from __future__ import annotations

import polars as pl

PAIR = ["first", "second"]
"""The columns of a pair in either order: the smaller id is the first."""


def verdicts(judgements: pl.DataFrame) -> pl.DataFrame:
    """Put each judgement so that (b, a) is the same pair as (a, b).

    Returns
    -------
    DataFrame
        In the order given: ``first`` and ``second`` (str), ``over`` (i32; 1: the first is the
        more influential, -1: the second, 0: undecided) and ``judge`` (str or null). A name that
        all judgements share tells no judges apart (it is a survey's, say): it is null then.
    """
    turned = pl.col("a") > pl.col("b")
    side = (pl.col("preference") - 0.5).sign().cast(pl.Int32)
    judge = pl.col("judge") if "judge" in judgements.columns else pl.lit(None, pl.String)
    return judgements.select(
        first=pl.min_horizontal("a", "b"),
        second=pl.max_horizontal("a", "b"),
        over=pl.when(turned).then(-side).otherwise(side),
        judge=judge.cast(pl.String),
    ).with_columns(judge=pl.when(pl.col("judge").drop_nulls().n_unique() > 1).then("judge"))


def agreements(said: pl.DataFrame, *, other_judges: bool) -> pl.DataFrame:
    """Compare every decided verdict about a pair with every other about it.

    Of n verdicts, k one way, n(n - 1)/2 couples can be made and k(k - 1)/2 + (n - k)(n - k - 1)/2
    of them agree: no couple need be looked at.

    Parameters
    ----------
    said
        From `verdicts`.
    other_judges
        Leave out couples by one judge. Verdicts without a judge are each another's.

    Returns
    -------
    DataFrame
        A row per pair with couples, ascending: ``first``, ``second``, ``couples`` and
        ``agreeing`` (i64).
    """
    decided = said.filter(pl.col("over") != 0)
    every = decided.group_by(PAIR).agg(_couples())
    if other_judges:
        own = decided.drop_nulls("judge").group_by([*PAIR, "judge"]).agg(_couples())
        less = own.group_by(PAIR).agg(pl.col("couples", "agreeing").sum().name.suffix("_own"))
        every = every.join(less, on=PAIR, how="left").select(
            *PAIR,
            pl.col("couples") - pl.col("couples_own").fill_null(0),
            pl.col("agreeing") - pl.col("agreeing_own").fill_null(0),
        )
    return every.filter(pl.col("couples") > 0).sort(PAIR)


def majority_of_others(said: pl.DataFrame) -> pl.Series:
    """Side (1, -1; 0: none or a tie) most other judges take on each verdict's pair, in order."""
    everybody = pl.col("over").sum().over(PAIR)
    own = pl.col("over").sum().over([*PAIR, "judge"])
    mine = pl.when(pl.col("judge").is_null()).then("over").otherwise(own)
    return said.select((everybody - mine).sign().alias("others"))["others"]


def _couples() -> list[pl.Expr]:
    up = (pl.col("over") == 1).sum().cast(pl.Int64)
    down = (pl.col("over") == -1).sum().cast(pl.Int64)
    every = pl.len().cast(pl.Int64)
    return [
        (every * (every - 1) // 2).alias("couples"),
        ((up * (up - 1) + down * (down - 1)) // 2).alias("agreeing"),
    ]
