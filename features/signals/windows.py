"""Windows read from tiles: for each receiver and reaction, the figures that measures are made of.

What they are, and how each comes of days, says `features.catalogue.measures`. Figures are whole
numbers until `in_units`, so that days can be added and taken away exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

import polars as pl

from features.catalogue import measures
from features.catalogue.catalogue import WINDOWS
from features.catalogue.figures import QUARTERS, Days, Distinct, Figure, Peak, Sum, TileTable
from features.catalogue.measures import figures_of
from features.lake.times import day_number
from features.signals.authenticity import weight
from features.signals.tiles import Tiles

BUCKET_ROWS = 3_000_000
"""Pairs looked at together: the distinct counts go bucket by bucket of receivers, so that their
hash tables stay within a few hundred megabytes."""


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
        The reactions, and `any`: see `features.signals.tiles.kinds`.
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
    parts = [
        sums(tiles.days, tiles.doubted, end, names),
        distinct_actors(_last(tiles.pairs, names, "pairs"), end, names, authenticity),
        distinct(_last(tiles.contents, names, "contents"), end, names, "contents"),
        _peaks(tiles.contents, end, names),
    ]
    return together(parts, names)


def together(parts: list[pl.LazyFrame], names: list[str]) -> pl.DataFrame:
    """Put the figures of ``receiver`` side by side, of all who are in the first part; 0 is none."""
    frames = pl.collect_all(parts, engine="streaming")
    wide = reduce(lambda left, right: left.join(right, on="receiver", how="left"), frames)
    return wide.select("receiver", pl.col(*figure_columns(names)).fill_null(0).cast(pl.Int64))


def figure_columns(names: list[str]) -> dict[str, Figure]:
    """Name the columns of `figures`, each with what it is."""
    return {
        figure.column(name, window): figure
        for name in names
        for figure in measures.figures()
        for window in WINDOWS
    }


def in_units(table: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Take figures out of their fixed point: they become Float64."""
    known = figure_columns(names)
    return table.with_columns(
        known[column].finalize(pl.col(column)) for column in table.columns if column in known
    )


def _band(end: int) -> pl.Expr:
    """Say how many windows a day lies in: the first band is in all, the last only in the widest."""
    return pl.sum_horizontal(
        (pl.col("day") < end - window).cast(pl.UInt8) for window in sorted(WINDOWS)[:-1]
    )


def _by_band(rows: pl.LazyFrame, end: int, totals: list[pl.Expr]) -> pl.LazyFrame:
    """Aggregate by receiver and band, so that each row is looked at once for all windows."""
    return rows.group_by("receiver", band=_band(end)).agg(totals)


def sums(days: pl.LazyFrame, doubted: pl.LazyFrame, end: int, names: list[str]) -> pl.LazyFrame:
    """Sum the tiles ``days`` and ``doubted``: ``receiver``, and its figures that add up by day."""
    of_doubted = [(name, figure) for name in names for figure in figures_of(Sum)]
    every = [*of_doubted, *((name, figure) for name in names for figure in figures_of(Days))]
    banded = [
        _by_band(rows, end, [f.merge(f.of_day(n)).alias(f.column(n)) for n, f in some])
        for rows, some in ((days, every), (doubted, of_doubted))
    ]
    return _by_window(pl.concat(banded, how="diagonal"), every)


def _by_window(banded: pl.LazyFrame, some: Sequence[tuple[str, Figure]]) -> pl.LazyFrame:
    """Merge the bands of each window."""
    return banded.group_by("receiver").agg(
        figure.merge(pl.col(figure.column(name)).filter(pl.col("band") <= place)).alias(
            figure.column(name, window)
        )
        for place, window in enumerate(sorted(WINDOWS))
        for name, figure in some
    )


def _peaks(contents: pl.LazyFrame, end: int, names: list[str]) -> pl.LazyFrame:
    peaks = [(name, figure) for name in names for figure in figures_of(Peak)]
    banded = _by_band(contents, end, [figure.prepare(name) for name, figure in peaks])
    return _by_window(banded, peaks)


def _last(rows: pl.LazyFrame, names: list[str], table: TileTable) -> pl.LazyFrame:
    """Last day, by reaction, on which each thing of a tile counted; null if it never did."""
    thing = {"pairs": "actor", "contents": "content"}[table]
    last = [
        figure.last(name, place).max()
        for place, name in enumerate(names)
        for figure in figures_of(Distinct, table)
    ]
    return rows.group_by("receiver", thing).agg(last)


def distinct_actors(
    last: pl.LazyFrame, end: int, names: list[str], authenticity: pl.DataFrame | None
) -> pl.LazyFrame:
    """Count the distinct actors, each by its authenticity.

    Parameters
    ----------
    last
        ``receiver``, ``actor`` and, for each `Distinct` and reaction, the last day that counts.
    end
        The end of every window, in days since 1970.
    names, authenticity
        As of `figures`.
    """
    if authenticity is None:
        return distinct(last, end, names, "pairs", pl.lit(QUARTERS, pl.UInt32))
    known = last.join(authenticity.lazy(), on="actor", how="left")
    return distinct(known, end, names, "pairs", weight(pl.col("quarters")))


def distinct(
    last: pl.LazyFrame,
    end: int,
    names: list[str],
    table: TileTable,
    quarters: pl.Expr | None = None,
) -> pl.LazyFrame:
    """Count by ``receiver`` the things whose last day, by reaction, lies in each window."""

    def counted(figure: Distinct, name: str, window: int) -> pl.Expr:
        inside = pl.col(figure.column(name)) >= end - window
        if quarters is not None:
            inside = inside.cast(pl.UInt32) * figure.believed(quarters).cast(pl.UInt32)
        return inside.sum().alias(figure.column(name, window))

    things = figures_of(Distinct, table)
    each = [counted(figure, n, w) for w in WINDOWS for n in names for figure in things]
    return last.group_by("receiver").agg(each)
