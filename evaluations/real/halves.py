"""A log seen twice: its actors parted by chance in two halves, each a log of its own.

What a person drew of either half comes of the same rate, and neither half has seen the other. So an
interval that holds what another look of the same size would give can be tried: made of one half, it
holds the score by the other as often as it says, or it does not.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from evaluations.real.logs import TIMED, Log, written
from features.lake import Lake
from features.signals.materialize import materialize

SIDES = ("a", "b")
ACTS = {"interactions": "actor", "links": "source"}
"""Tables that are parted, and by whom."""


def halves(log: Log, lake: Lake, at: datetime, scratch: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Materialize the signals of both halves, as of the day that ends after a moment.

    Parameters
    ----------
    log, lake
        The log, and the lake it was read into.
    at
        Later reactions are left out; UTC.
    scratch
        A folder to write in, which is made.

    Returns
    -------
    tuple of DataFrame
        ``person`` and the log's signals: the same persons in the same order, all that either half
        knows; 0 for who drew nothing of a half.
    """
    scratch.mkdir()
    rows = {name: lake.scan(name).filter(pl.col("at") < at).collect() for name in TIMED}
    rows["links"] = lake.scan("links").collect()
    side = {name: sides(rows[name][column]) for name, column in ACTS.items()}
    as_of = (at + timedelta(1) - timedelta(microseconds=1)).date()
    tables = []
    for number, name in enumerate(SIDES):
        own = rows | {table: rows[table].filter(of == number) for table, of in side.items()}
        known = {table: frame for table, frame in own.items() if len(frame)}
        half = written(known, scratch / name, log.catalogue)
        tables.append(materialize(half, as_of, log.catalogue).collect())
    persons = pl.concat([table.select("person") for table in tables]).unique().sort("person")
    a, b = (
        persons.join(table, on="person", how="left", maintain_order="left").fill_null(0.0)
        for table in tables
    )
    return a, b


def sides(actors: pl.Series) -> pl.Series:
    """Say of each actor, by a checksum of its name, which half it is in: 0 or 1."""
    each = actors.unique()
    side = pl.Series([zlib.crc32(name.encode()) % len(SIDES) for name in each], dtype=pl.Int64)
    return actors.replace_strict(each, side, return_dtype=pl.Int64)
