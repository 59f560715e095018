"""Bought crowds: the days on which somebody is visited by people who care for nobody else."""

from __future__ import annotations

import polars as pl

DEVOTED_TARGETS = 2
"""Accounts that a devoted one reacts to in 90 days, at most. An account opened to fill orders is
devoted; so is many a real one, to a friend."""

FEWEST_DEVOTED = 8
"""On one day at one target: fewer may be friends who came by."""

LARGE_PART = 0.5
"""Of all who react to the target on that day, the devoted in a bought crowd. A crowd that people
make brings devoted accounts too, but most react to others as well."""

_MOMENT = ["target", "day"]


def devoted(outward: pl.LazyFrame) -> pl.LazyFrame:
    """Name the devoted (``actor``) of `features.integrity.circle.outward`."""
    return outward.filter(pl.col("targets") <= DEVOTED_TARGETS).select(actor="account")


def crowds(deeds: pl.LazyFrame, devoted: pl.LazyFrame) -> pl.LazyFrame:
    """Count what each ``account`` that came with a crowd gave in crowds: ``in_crowds`` (i64).

    Who was there before the crowd has nothing to do with it: its reactions to somebody who is
    attacked count as they did.
    """
    known = devoted.with_columns(devoted=pl.lit(value=True))
    visits = (
        deeds.join(known, on="actor", how="left")
        .group_by(*_MOMENT, "actor")
        .agg(pl.len().cast(pl.Int64), pl.col("devoted").any())
    )
    bought = (
        visits.group_by(_MOMENT)
        .agg(all=pl.len(), devoted=pl.col("devoted").sum())
        .filter(
            (pl.col("devoted") >= FEWEST_DEVOTED)
            & (pl.col("devoted") >= LARGE_PART * pl.col("all"))
        )
    )
    came = visits.filter(pl.col("day") == pl.col("day").min().over("actor"))
    with_it = came.join(bought, on=_MOMENT, how="semi").select("actor")
    inside = visits.join(bought, on=_MOMENT, how="semi").join(with_it, on="actor", how="semi")
    return inside.group_by(account="actor").agg(in_crowds=pl.col("len").sum())
