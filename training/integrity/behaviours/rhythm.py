"""When accounts act: how much at a time, at what intervals, at which hours."""

from __future__ import annotations

import polars as pl

HOURS = 24
NIGHT_HOURS = 8
"""People sleep; the quietest eight hours in a row are nearly empty wherever they live."""


def rhythm(acts: pl.LazyFrame) -> pl.LazyFrame:
    """Read from `BehaviourTiles.acts` when each actor acts.

    Returns
    -------
    LazyFrame
        ``account`` (u64), ``given`` (i64), and Float64: ``per_day``, ``burstiness``
        and the column of `hours`.
    """
    days = acts.select("actor", "day").unique().group_by("actor").agg(days=pl.len())
    by_hour = acts.group_by("actor", "hour").agg(
        pl.col("given", "gaps", "gap_sum", "gap_squares").sum()
    )
    whole = by_hour.group_by("actor").agg(pl.col("given", "gaps", "gap_sum", "gap_squares").sum())
    return (
        whole.join(days, on="actor")
        .select(
            "given",
            account="actor",
            per_day=pl.col("given") / pl.col("days"),
            burstiness=_burstiness(),
        )
        .join(hours(by_hour.select("hour", account="actor", number="given")), on="account")
    )


def _burstiness() -> pl.Expr:
    """(s - m) / (s + m) of the gaps, s their spread and m their mean.

    -1 if all are equal, 0 as chance has it, up to 1 in bursts; 0 if there are no two gaps.
    Goh and Barabási, Burstiness and memory in complex systems, 2008.
    """
    mean = pl.col("gap_sum") / pl.col("gaps")
    spread = (pl.col("gap_squares") / pl.col("gaps") - mean**2).clip(0).sqrt()
    known = (pl.col("gaps") > 1) & (pl.col("gap_sum") > 0)
    return pl.when(known).then((spread - mean) / (spread + mean)).otherwise(0.0)


def hours(rows: pl.LazyFrame, prefix: str = "") -> pl.LazyFrame:
    """Say how the hours of the day (UTC) share in what accounts do.

    Parameters
    ----------
    rows
        ``account``, ``hour``, ``number`` (i64); an hour may have several rows.
    prefix
        Of the column's name.

    Returns
    -------
    LazyFrame
        ``account`` and ``night_share``, the part of its doings in its quietest `NIGHT_HOURS` hours
        in a row.
    """
    number = pl.col("number")
    by_hour = rows.group_by("account").agg(
        number.filter(pl.col("hour") == hour).sum().alias(str(hour)) for hour in range(HOURS)
    )
    each = [pl.col(str(hour)) for hour in range(HOURS)]
    nights = [
        pl.sum_horizontal((each + each)[first : first + NIGHT_HOURS]) for first in range(HOURS)
    ]
    whole = pl.sum_horizontal(each)
    return by_hour.select(
        "account",
        (pl.min_horizontal(nights) / whole).alias(f"{prefix}night_share"),
    )
