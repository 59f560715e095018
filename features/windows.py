"""Windows read from tiles: for each receiver and reaction, what the measures are made of.

==========  ==========================================================================
figure      over the window
==========  ==========================================================================
count       interactions received
attention   millionths
standing    millionths
days        days with at least one
reactors    actors whose last reaction lies in the window
drawn       contents whose last reaction lies in the window
peak        the largest count of one content in one day
==========  ==========================================================================

None falls when one more interaction is received: the sums grow, the sets grow, last days and the
maximum never go back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import reduce

import polars as pl

from features.catalogue import WINDOWS
from features.tiles import Tiles

FIGURES = ("count", "attention", "standing", "days", "reactors", "drawn", "peak")

BUCKET_ROWS = 6_000_000
"""Pairs looked at together: the distinct counts go bucket by bucket of receivers, so that their
hash tables stay within a few hundred megabytes."""

_KEY = ["reaction", "receiver"]


def figures(tiles: Tiles, as_of: date, kinds: int) -> pl.DataFrame:
    """Read all windows.

    Parameters
    ----------
    tiles
        Of the days ``[as_of - 90, as_of)``.
    as_of
        The end of every window, exclusive.
    kinds
        How many reactions the network has; `any` has this number.

    Returns
    -------
    DataFrame
        ``reaction``, ``receiver`` and a column ``FIGURE.WINDOWd`` each; no row where there is
        nothing.
    """
    end = (as_of - date(1970, 1, 1)).days
    buckets = 1 + max(len(tiles.pairs), len(tiles.contents)) // BUCKET_ROWS
    parts = []
    for bucket in range(buckets):
        mine = pl.col("receiver") % buckets == bucket
        days, pairs, contents = (
            frame.lazy().filter(mine) if buckets > 1 else frame.lazy()
            for frame in (tiles.days, tiles.pairs, tiles.contents)
        )
        parts.append(_bucket(days, pairs, contents, end, kinds))
    return pl.concat(parts)


def _bucket(
    days: pl.LazyFrame, pairs: pl.LazyFrame, contents: pl.LazyFrame, end: int, kinds: int
) -> pl.DataFrame:
    last_pairs = _last(pairs, "actor", kinds)
    last_contents = _last(contents, "content", kinds)
    parts = pl.collect_all(
        [
            days.group_by(_KEY).agg(_each_window(_sums, end)),
            last_pairs.group_by(_KEY).agg(_each_window(_reactors, end)),
            last_contents.group_by(_KEY).agg(_each_window(_drawn, end)),
            _with_any(contents, kinds).group_by(_KEY).agg(_each_window(_peak, end)),
        ],
        engine="streaming",
    )
    return reduce(lambda left, right: left.join(right, on=_KEY, how="left"), parts).fill_null(0)


def _each_window(figures_of: Callable[[pl.Expr], list[pl.Expr]], end: int) -> list[pl.Expr]:
    return [
        figure.name.suffix(f".{window}d")
        for window in WINDOWS
        for figure in figures_of(pl.col("day") >= end - window)
    ]


def _sums(inside: pl.Expr) -> list[pl.Expr]:
    summed = ("count", "attention", "standing")
    sums = [pl.when(inside).then(pl.col(name)).otherwise(0).sum().alias(name) for name in summed]
    return [*sums, inside.sum().alias("days")]


def _reactors(inside: pl.Expr) -> list[pl.Expr]:
    return [inside.sum().alias("reactors")]


def _drawn(inside: pl.Expr) -> list[pl.Expr]:
    return [inside.sum().alias("drawn")]


def _peak(inside: pl.Expr) -> list[pl.Expr]:
    return [pl.when(inside).then(pl.col("count")).otherwise(0).max().alias("peak")]


def _last(rows: pl.LazyFrame, whom: str, kinds: int) -> pl.LazyFrame:
    """Last day of each actor or content with each receiver, by reaction and for `any`."""
    each = rows.group_by("reaction", "receiver", whom).agg(pl.col("day").max())
    over_kinds = each.group_by("receiver", whom).agg(pl.col("day").max())
    any_kind = over_kinds.with_columns(reaction=pl.lit(kinds, pl.UInt8))
    return pl.concat([each, any_kind.select("reaction", "receiver", whom, "day")])


def _with_any(contents: pl.LazyFrame, kinds: int) -> pl.LazyFrame:
    columns = ["reaction", "receiver", "day", "count"]
    over_kinds = (
        contents.group_by("receiver", "content", "day")
        .agg(pl.col("count").sum())
        .with_columns(reaction=pl.lit(kinds, pl.UInt8))
    )
    return pl.concat([contents.select(columns), over_kinds.select(columns)])
