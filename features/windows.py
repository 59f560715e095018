"""Windows read from tiles: for each receiver and reaction, what the measures are made of.

==========  ==========================================================================
figure      over the window
==========  ==========================================================================
count       interactions received, each by its actor's authenticity
attention   millionths, by the actor's authenticity
standing    millionths, by the actor's authenticity
days        days with at least one of an actor believed by half
reactors    actors whose last reaction lies in the window, each by its authenticity
drawn       contents whose last reaction, of an actor believed by half, lies in the window
peak        the largest count of one content in one day, of actors believed by half
==========  ==========================================================================

None falls when one more interaction is received, or an actor is believed more: the sums grow, the
sets grow, last days and the maximum never go back.

Figures are whole numbers until `in_units`, so that days can be added and taken away exactly: what
weighs its actors' authenticity is in quarters, and a peak carries the last day on which it was
reached (`PEAK`), by which is known when it leaves a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce

import polars as pl

from features.authenticity import QUARTERS, weight
from features.catalogue.catalogue import WINDOWS
from features.identity import day_number
from features.tiles import WEIGHED, Tiles

FIGURES = ("count", "attention", "standing", "days", "reactors", "drawn", "peak")

BUCKET_ROWS = 3_000_000
"""Pairs looked at together: the distinct counts go bucket by bucket of receivers, so that their
hash tables stay within a few hundred megabytes."""

NEVER = -1
"""The last day of what never happened; real days are counted from 1970."""

PEAK = 2**16
"""A peak is kept as ``count * PEAK + day``: the largest of them is the largest count, and of its
days the last. There are 2¹⁶ days from 1970 to 2149."""

IN_QUARTERS = ("count", "attention", "standing", "reactors")
"""Figures that weigh each actor's authenticity."""


def figures(
    tiles: Tiles, as_of: date, names: list[str], authenticity: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Read all windows.

    Parameters
    ----------
    tiles
        Of the days ``[as_of - 90, as_of)``.
    as_of
        The end of every window, exclusive.
    names
        The reactions, and `any`: see `features.tiles.kinds`.
    authenticity
        That the tiles were folded with.

    Returns
    -------
    DataFrame
        ``receiver`` and a column ``REACTION.FIGURE.WINDOWd`` each (i64); no row where there is
        nothing of anybody believed at all.
    """
    end = day_number(as_of)
    buckets = 1 + max(len(tiles.pairs), len(tiles.contents)) // BUCKET_ROWS
    parts = []
    for bucket in range(buckets):
        mine = _of_bucket(tiles, bucket, buckets)
        parts.append(_bucket(mine, end, names, authenticity))
    return pl.concat(parts)


@dataclass(frozen=True)
class _Lazy:
    """The tiles of some receivers, ready to be read."""

    days: pl.LazyFrame
    doubted: pl.LazyFrame
    contents: pl.LazyFrame
    pairs: pl.LazyFrame


def _of_bucket(tiles: Tiles, bucket: int, buckets: int) -> _Lazy:
    mine = pl.col("receiver") % buckets == bucket
    frames = (tiles.days, tiles.doubted, tiles.contents, tiles.pairs)
    return _Lazy(*(f.lazy().filter(mine) if buckets > 1 else f.lazy() for f in frames))


def _bucket(
    tiles: _Lazy, end: int, names: list[str], authenticity: pl.DataFrame | None
) -> pl.DataFrame:
    reacted, drawn = _last_reactions(tiles.pairs, names), _last_drawn(tiles.contents, names)
    parts = pl.collect_all(
        [
            sums(tiles.days, tiles.doubted, end, names),
            reactors(reacted, end, names, authenticity),
            distinct(drawn, end, names, "drawn"),
            _peaks(tiles.contents, end, names),
        ],
        engine="streaming",
    )
    wide = reduce(lambda left, right: left.join(right, on="receiver", how="left"), parts)
    return wide.select("receiver", pl.col(figure_columns(names)).fill_null(0).cast(pl.Int64))


def figure_columns(names: list[str]) -> list[str]:
    """Name the columns of `figures`."""
    return [f"{name}.{what}.{w}d" for name in names for what in FIGURES for w in WINDOWS]


def in_units(table: pl.DataFrame) -> pl.DataFrame:
    """Take figures out of their fixed point: they become Float64."""
    return table.with_columns(_in_units(column) for column in table.columns if "." in column)


def _in_units(column: str) -> pl.Expr:
    figure = column.split(".")[-2]
    if figure == "peak":
        return (pl.col(column).cast(pl.Int64) // PEAK).cast(pl.Float64)
    value = pl.col(column).cast(pl.Float64)
    return value / QUARTERS if figure in IN_QUARTERS else value


def _band(end: int) -> pl.Expr:
    """Say how many windows a day lies in: the first band is in all, the last only in the widest."""
    return pl.sum_horizontal(
        (pl.col("day") < end - window).cast(pl.UInt8) for window in sorted(WINDOWS)[:-1]
    )


def _by_band(rows: pl.LazyFrame, end: int, totals: list[pl.Expr]) -> pl.LazyFrame:
    """Aggregate by receiver and band, so that each row is looked at once for all windows."""
    return rows.group_by("receiver", band=_band(end)).agg(totals)


def sums(days: pl.LazyFrame, doubted: pl.LazyFrame, end: int, names: list[str]) -> pl.LazyFrame:
    """Sum the tiles ``days`` and ``doubted``: ``receiver``, and its figures that are sums."""
    summed = [f"{name}.{what}" for name in names for what in WEIGHED]
    on_days = [(pl.col(f"{name}.count") > 0).sum().alias(f"{name}.days") for name in names]
    believed = _by_band(days, end, [pl.col(summed).sum(), *on_days])
    doubted = _by_band(doubted, end, [pl.col(summed).sum()])
    banded = pl.concat([believed, doubted], how="diagonal")
    return banded.group_by("receiver").agg(
        pl.col(column).filter(pl.col("band") <= place).sum().alias(f"{column}.{window}d")
        for place, window in enumerate(sorted(WINDOWS))
        for column in [*summed, *(f"{name}.days" for name in names)]
    )


def _peaks(contents: pl.LazyFrame, end: int, names: list[str]) -> pl.LazyFrame:
    banded = _by_band(contents, end, [peak(name) for name in names])
    return banded.group_by("receiver").agg(
        pl.col(f"{name}.peak").filter(pl.col("band") <= place).max().alias(f"{name}.peak.{window}d")
        for place, window in enumerate(sorted(WINDOWS))
        for name in names
    )


def peak(name: str) -> pl.Expr:
    """Aggregate the contents of some days to the peak of a reaction; 0 if there was none."""
    count = pl.col(f"{name}.count").cast(pl.Int64)
    code = pl.when(count > 0).then(count * PEAK + pl.col("day")).otherwise(0)
    return code.max().alias(f"{name}.peak")


def _last_reactions(pairs: pl.LazyFrame, names: list[str]) -> pl.LazyFrame:
    """Last day on which each actor reacted to each receiver, by reaction."""
    there = {name: pl.col("reactions") & 2**place != 0 for place, name in enumerate(names)}
    return pairs.group_by("receiver", "actor").agg(_last(there))


def _last_drawn(contents: pl.LazyFrame, names: list[str]) -> pl.LazyFrame:
    """Last day on which each content drew a reaction, by reaction."""
    there = {name: pl.col(f"{name}.count") > 0 for name in names}
    return contents.group_by("receiver", "content").agg(_last(there))


def _last(there: dict[str, pl.Expr]) -> list[pl.Expr]:
    return [
        pl.when(happened).then(pl.col("day")).otherwise(NEVER).max().alias(name)
        for name, happened in there.items()
    ]


def reactors(
    last: pl.LazyFrame, end: int, names: list[str], authenticity: pl.DataFrame | None
) -> pl.LazyFrame:
    """Count the distinct actors, each by its authenticity.

    Parameters
    ----------
    last
        ``receiver``, ``actor`` and, for each reaction, the last day on which there was one.
    end
        The end of every window, in days since 1970.
    names, authenticity
        As of `figures`.
    """
    if authenticity is None:
        each = pl.lit(QUARTERS, pl.UInt32)
    else:
        last = last.join(authenticity.lazy(), on="actor", how="left")
        each = weight(pl.col("quarters")).cast(pl.UInt32)
    return last.group_by("receiver").agg(
        ((pl.col(name) >= end - window).cast(pl.UInt32) * each)
        .sum()
        .alias(f"{name}.reactors.{window}d")
        for window in WINDOWS
        for name in names
    )


def distinct(last: pl.LazyFrame, end: int, names: list[str], figure: str) -> pl.LazyFrame:
    """Count by ``receiver`` the rows whose last day, by reaction, lies in each window."""
    return last.group_by("receiver").agg(
        (pl.col(name) >= end - window).sum().alias(f"{name}.{figure}.{window}d")
        for window in WINDOWS
        for name in names
    )
