"""From columns of numbers to pieces of the lake's tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from features.lake import Piece
from features.simulator.chance import Ints
from features.simulator.events import Contents, Reactions
from features.simulator.places import Place

FILE = "simulate"
"""Stands for the file's name, were a row ever refused."""


def times(seconds: Ints, start: date) -> pl.Series:
    """Turn seconds since the world's first midnight into UTC times; -1 becomes null."""
    origin = np.datetime64(start, "us")
    series = pl.Series("at", origin + (seconds * 1_000_000).astype("timedelta64[us]"))
    return series.dt.replace_time_zone("UTC")


def named(names: pl.Series, index: Ints) -> pl.Series:
    """Look up names by place."""
    return names.gather(pl.Series(index).cast(pl.UInt32))


def piece(table: str, columns: dict[str, pl.Series | pl.Expr | str]) -> Iterator[Piece]:
    """Make a piece of a table, unless it has no rows.

    Parameters
    ----------
    columns
        Equal for all rows where a text is given.
    """
    values = [
        (pl.lit(value) if isinstance(value, str | pl.Series) else value).alias(name)
        for name, value in columns.items()
    ]
    frame = pl.select(values).with_row_index("row").with_columns(pl.col("row").cast(pl.UInt64))
    if len(frame):
        yield Piece(table, frame, FILE)


def contents_piece(place: Place, contents: Contents, start: date) -> Iterator[Piece]:
    """Make rows of ``contents``."""
    if not len(contents):
        return iter(())
    kinds = pl.Series([kind.name for kind in place.network.contents], dtype=pl.String)
    return piece(
        "contents",
        {
            "network": place.network.name,
            "author": named(place.accounts.names, contents.author),
            "content": content_names(contents.number),
            "kind": named(kinds, contents.kind),
            "at": times(contents.at, start),
        },
    )


def interactions_piece(place: Place, reactions: Reactions, start: date) -> Iterator[Piece]:
    """Make rows of ``interactions``."""
    if not len(reactions):
        return iter(())
    kinds = pl.Series([reaction.name for reaction in place.network.reactions], dtype=pl.String)
    return piece(
        "interactions",
        {
            "network": place.network.name,
            "reaction": named(kinds, reactions.reaction),
            "actor": named(place.accounts.names, reactions.actor),
            "target": named(place.accounts.names, reactions.target),
            "content": content_names(reactions.content),
            "at": times(reactions.at, start),
        },
    )


def content_names(number: Ints) -> pl.Expr:
    """Name contents by number; -1 is none."""
    values = pl.lit(pl.Series(number))
    return pl.when(values >= 0).then(pl.format("c{}", values))
