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

MOMENT = ["target", "day"]


def devoted(outward: pl.DataFrame) -> pl.Series:
    """Name the devoted (keys) of `training.integrity.behaviours.reciprocity.outward`."""
    return outward.filter(pl.col("targets") <= DEVOTED_TARGETS)["account"]


def crowds(deeds: pl.LazyFrame, devoted: pl.Series) -> pl.LazyFrame:
    """Count what each ``account`` that came with a crowd gave in crowds: ``in_crowds`` (i64).

    Who was there before the crowd has nothing to do with it: its reactions to somebody who is
    attacked count as they did.
    """
    visited = visits(deeds, devoted)
    crowded = bought(visited)
    came = visited.filter(pl.col("day") == pl.col("day").min().over("actor"))
    with_it = came.join(crowded, on=MOMENT, how="semi").select("actor")
    inside = visited.join(crowded, on=MOMENT, how="semi").join(with_it, on="actor", how="semi")
    return inside.group_by(account="actor").agg(in_crowds=pl.col("len").sum())


def visits(deeds: pl.LazyFrame, devoted: pl.Series) -> pl.LazyFrame:
    """Put together who visits whom on a day: ``target``, ``day``, ``actor``, ``len``, ``devoted``.

    Parameters
    ----------
    deeds
        ``actor``, ``target``, ``day``.
    devoted
        Actors.
    """
    counted = deeds.group_by(*MOMENT, "actor").agg(pl.len().cast(pl.Int64))
    return counted.with_columns(devoted=pl.col("actor").is_in(devoted.implode()))


def bought(visits: pl.LazyFrame) -> pl.LazyFrame:
    """Name each ``target`` and ``day`` of a bought crowd."""
    return (
        visits.group_by(MOMENT)
        .agg(all=pl.len(), devoted=pl.col("devoted").sum())
        .filter(
            (pl.col("devoted") >= FEWEST_DEVOTED)
            & (pl.col("devoted") >= LARGE_PART * pl.col("all"))
        )
        .select(MOMENT)
    )


def likely(visits: pl.DataFrame, devoted: pl.Series | None = None) -> pl.DataFrame:
    """Keep what would be bought crowds if these were devoted.

    Parameters
    ----------
    visits
        ``actor``, ``target`` and ``day``, each once.
    devoted
        Actors; None: all.
    """
    maybe = pl.lit(value=True) if devoted is None else pl.col("actor").is_in(devoted.implode())
    marked = visits.with_columns(devoted=maybe)
    return marked.join(bought(marked.lazy()).collect(), on=MOMENT, how="semi")
