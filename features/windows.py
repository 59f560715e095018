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

from datetime import date
from functools import reduce

import polars as pl

from features.catalogue import WINDOWS
from features.tiles import Tiles

FIGURES = ("count", "attention", "standing", "days", "reactors", "drawn", "peak")

BUCKET_ROWS = 3_000_000
"""Pairs looked at together: the distinct counts go bucket by bucket of receivers, so that their
hash tables stay within a few hundred megabytes."""

NEVER = -1
"""The last day of what never happened; real days are counted from 1970."""


def figures(tiles: Tiles, as_of: date, names: list[str]) -> pl.DataFrame:
    """Read all windows.

    Parameters
    ----------
    tiles
        Of the days ``[as_of - 90, as_of)``.
    as_of
        The end of every window, exclusive.
    names
        The reactions, and `any`: see `features.tiles.kinds`.

    Returns
    -------
    DataFrame
        ``receiver`` and a column ``REACTION.FIGURE.WINDOWd`` each; no row where there is nothing.
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
        parts.append(_bucket(days, pairs, contents, end, names))
    return pl.concat(parts)


def _bucket(
    days: pl.LazyFrame, pairs: pl.LazyFrame, contents: pl.LazyFrame, end: int, names: list[str]
) -> pl.DataFrame:
    parts = pl.collect_all(
        [
            _sums(days, end, names),
            _distinct(_last_reactions(pairs, names), end, names, "reactors"),
            _distinct(_last_drawn(contents, names), end, names, "drawn"),
            _peaks(contents, end, names),
        ],
        engine="streaming",
    )
    return reduce(lambda left, right: left.join(right, on="receiver", how="left"), parts).fill_null(
        0
    )


def _band(end: int) -> pl.Expr:
    """Say how many windows a day lies in: the first band is in all, the last only in the widest."""
    return pl.sum_horizontal(
        (pl.col("day") < end - window).cast(pl.UInt8) for window in sorted(WINDOWS)[:-1]
    )


def _by_band(rows: pl.LazyFrame, end: int, totals: list[pl.Expr]) -> pl.LazyFrame:
    """Aggregate by receiver and band, so that each row is looked at once for all windows."""
    return rows.group_by("receiver", band=_band(end)).agg(totals)


def _sums(days: pl.LazyFrame, end: int, names: list[str]) -> pl.LazyFrame:
    summed = [f"{name}.{what}" for name in names for what in ("count", "attention", "standing")]
    on_days = [(pl.col(f"{name}.count") > 0).sum().alias(f"{name}.days") for name in names]
    banded = _by_band(days, end, [pl.col(summed).sum(), *on_days])
    return banded.group_by("receiver").agg(
        pl.col(column).filter(pl.col("band") <= place).sum().alias(f"{column}.{window}d")
        for place, window in enumerate(sorted(WINDOWS))
        for column in [*summed, *(f"{name}.days" for name in names)]
    )


def _peaks(contents: pl.LazyFrame, end: int, names: list[str]) -> pl.LazyFrame:
    banded = _by_band(contents, end, [pl.col(f"{name}.count").max() for name in names])
    return banded.group_by("receiver").agg(
        pl.col(f"{name}.count")
        .filter(pl.col("band") <= place)
        .max()
        .alias(f"{name}.peak.{window}d")
        for place, window in enumerate(sorted(WINDOWS))
        for name in names
    )


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


def _distinct(last: pl.LazyFrame, end: int, names: list[str], figure: str) -> pl.LazyFrame:
    return last.group_by("receiver").agg(
        (pl.col(name) >= end - window).sum().alias(f"{name}.{figure}.{window}d")
        for window in WINDOWS
        for name in names
    )
