"""From P(authentic) to one of five steps, which changes rarely."""

from __future__ import annotations

import polars as pl

from features.catalogue.figures import QUARTERS

HOLD = 0.25
"""Of a step, beyond the half-way line: so far an account's probability must go before it leaves the
step it is on. Without, who lies on the line would change with every day's noise."""


def step(probability: pl.Expr, before: pl.Expr) -> pl.Expr:
    """Decide on a step.

    Parameters
    ----------
    probability
        P(authentic), from 0 to 1: the expected share of what the account does that is worth
        anything, so the nearest step is taken.
    before
        The step it is on: 0, ¼, ½, ¾ or 1; 1 if nothing was ever said.

    Returns
    -------
    Expr
        The step it is on from now on (f64).
    """
    wanted = probability * QUARTERS
    stays = (wanted - before * QUARTERS).abs() <= 0.5 + HOLD
    # Half-way lines belong to the upper step: in doubt for the account.
    nearest = (wanted + 0.5).floor().clip(0, QUARTERS) / QUARTERS
    return pl.when(stays).then(before).otherwise(nearest)
