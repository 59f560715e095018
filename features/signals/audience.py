"""How much of a claimed audience is plausible: counters of people can be bought, reactions less.

Two bounds, and the smaller one counts:

1. Growth. From one day to a later one a counter grows by no more than its own history makes
   plausible: by `DAILY_GROWTH`, and by some people a day however small it is. With readings
   v_1 .. v_k on the days t_1 .. t_k,

       p_1 = v_1,    p_i = min(v_i, (p_{i-1} + SEED) exp(DAILY_GROWTH (t_i - t_{i-1})) - SEED).

   The chain is a minimum over all readings, each grown to the last day, so no loop is needed:

       p_k = min over i of (v_i + SEED) exp(DAILY_GROWTH (t_k - t_i)) - SEED.

2. Engagement. Of a real audience some react; who claims thousands of whom nobody ever reacted has
   bought them. The bound lies far above what is usual, so that quiet audiences count in full.

A first reading has no history, so it is bounded by the second alone.
"""

from __future__ import annotations

import polars as pl

DAILY_GROWTH = 0.01
"""Growth in a day, in logarithms: doubles in 69 days, and is 37-fold in a year."""

SEED = 200.0
"""Stands for those who may come from elsewhere: 200 x 0.01 are 2 a day for who has nobody yet."""

PER_REACTOR = 50.0
"""Audience that one distinct reactor of 90 days makes plausible: one of fifty reacts. Where nobody
reacts, nobody is moved to act, however many there are said to be."""


def last_of_days(readings: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the last reading of each day; of the same instant, the largest.

    Parameters
    ----------
    readings
        ``account``, ``counter``, ``value`` (f64) and ``at`` (UTC).

    Returns
    -------
    LazyFrame
        ``account``, ``counter``, ``day`` (UTC) and ``value``.
    """
    by_day = readings.group_by("account", "counter", day=pl.col("at").dt.date())
    return by_day.agg(pl.col("value").sort_by("at", "value").last())


def grown() -> pl.Expr:
    """Aggregate the ``value`` of each ``day`` of a counter to what growth makes plausible.

    Each term grows with its reading, also after rounding, so the minimum never falls when a
    reading rises. The last day's reading is taken as it is, without the rounding of the formula.
    """
    age = (pl.col("day").max() - pl.col("day")).dt.total_days()
    since = (pl.col("value") + SEED) * (age * DAILY_GROWTH).exp() - SEED
    return pl.when(age == 0).then(pl.col("value")).otherwise(since).min()


def engaged(audience: pl.Expr, reactors: pl.Expr) -> pl.Expr:
    """Bound a person's audience by those who react.

    One more interaction received never lowers it: the distinct reactors, each weighed by its
    authenticity, then grow or stay, the bound rises with them, and the audience claimed does not
    depend on them.

    Parameters
    ----------
    audience
        What growth makes plausible, summed over the person's accounts.
    reactors
        ``NETWORK.any.reactors.90d``; null: none.
    """
    return pl.min_horizontal(audience.fill_null(0), PER_REACTOR * reactors.fill_null(0))
