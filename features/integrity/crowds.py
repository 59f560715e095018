"""Throw-away accounts: newcomers, and the moments in which they come in crowds."""

from __future__ import annotations

import polars as pl

NEWCOMER_GIVES = 2
"""Most that a newcomer gives in 90 days, all of it to one account."""

FEWEST_NEWCOMERS = 10
"""In one hour at one target: fewer may be friends who came by."""

LARGE_PART = 0.75
"""Of all who react in that hour, the newcomers in a bought burst. A burst that people make brings
newcomers too, but most are known from elsewhere."""

_MOMENT = ["target", "day", "hour"]


def newcomers(outward: pl.LazyFrame) -> pl.LazyFrame:
    """Name the newcomers (``actor``) of `features.integrity.circle.outward` with ``given``."""
    few = (pl.col("given") <= NEWCOMER_GIVES) & (pl.col("targets") == 1)
    return outward.filter(few).select(actor="account")


def bursts(deeds: pl.LazyFrame, newcomers: pl.LazyFrame) -> pl.LazyFrame:
    """Count what each ``account`` gave in hours that newcomers had filled: ``in_bursts`` (i64)."""
    new = deeds.join(newcomers, on="actor", how="semi")
    crowded = (
        new.group_by(_MOMENT)
        .agg(new=pl.col("actor").n_unique())
        .filter(pl.col("new") >= FEWEST_NEWCOMERS)
    )
    here = deeds.select("actor", *_MOMENT).join(crowded, on=_MOMENT)
    bought = (
        here.group_by(_MOMENT)
        .agg(pl.col("new").first(), all=pl.col("actor").n_unique())
        .filter(pl.col("new") >= LARGE_PART * pl.col("all"))
    )
    inside = here.join(bought, on=_MOMENT, how="semi")
    return inside.group_by(account="actor").agg(in_bursts=pl.len().cast(pl.Int64))
