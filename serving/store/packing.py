"""What is read whole is kept as bytes: a tenth of the space and time of a row for each value.

A history of 90 days of a million people is 90 million rows, 6 GB with an index in PostgreSQL; in
blocks of 128 people it is 700,000 rows and 0.4 GB, and publishing a day adds 8,000 rows. Parts are
a list of a person that nobody reads an element of. All numbers are little-endian.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

HISTORY_BLOCK = 128
"""Persons whose scores of a day are one row: 512 bytes, eight rows a page of SQLite."""
BOARD_BLOCK = 500
"""Places of a leaderboard in one row: a few pages of a reader."""
MILLION = 1_000_000
"""Scores of the history are whole millionths; 0, which no score is, means none."""

MILLIONTHS = np.dtype("<i4")
KEYS = np.dtype("<u4")
PART = np.dtype([("word", "<u2"), ("part", "<f8")])
TOPIC = np.dtype(
    [
        ("topic", "<u4"),
        ("influence", "<f8"),
        ("share", "<f8"),
        ("rank", "<u4"),
        ("percentile", "<f8"),
        ("contents", "<u4"),
        ("reactors", "<u4"),
        ("confidence", "<f8"),
    ]
)
"""A topic of a person: 48 bytes."""


def parts(matrix: NDArray[np.float64], networks: NDArray[np.uint16]) -> list[bytes]:
    """Pack each row's values above 0, with the words of their columns."""
    rows, columns = np.nonzero(matrix)
    records = np.empty(len(rows), PART)
    records["word"], records["part"] = networks[columns], matrix[rows, columns]
    return _cut(records, np.searchsorted(rows, np.arange(1, len(matrix) + 1)))


def topics(rows: pl.DataFrame) -> pl.DataFrame:
    """Pack rows of ``key`` and the fields of `TOPIC`: ``key`` (i64) and ``topics``, their order."""
    records = np.empty(len(rows), TOPIC)
    for name in TOPIC.names or ():
        records[name] = rows[name].to_numpy()
    runs = rows["key"].rle().struct.unnest()
    packed = pl.Series("topics", _cut(records, runs["len"].cum_sum().to_numpy()), dtype=pl.Binary)
    return pl.DataFrame([runs["value"].alias("key"), packed])


def boards(rows: pl.DataFrame) -> pl.DataFrame:
    """Pack orders of persons: ``topic``, ``block`` (i64) and ``persons``.

    Parameters
    ----------
    rows
        ``topic`` and ``key`` (i64), the rows of a topic together and in order.
    """
    place = pl.int_range(pl.len(), dtype=pl.Int64).over("topic")
    found = rows.select("topic", "key", block=place // BOARD_BLOCK)
    runs = found.select(pl.struct("topic", "block").rle().alias("run")).unnest("run")
    keys = found["key"].to_numpy().astype(KEYS)
    packed = pl.Series("persons", _cut(keys, runs["len"].cum_sum().to_numpy()), dtype=pl.Binary)
    return runs.select(pl.col("value").struct.unnest()).with_columns(packed)


def history(keys: NDArray[np.int64], scores: NDArray[np.float64]) -> pl.DataFrame:
    """Pack a day's scores, shape (persons,) as their keys: ``block`` (i64) and ``scores``."""
    order = np.argsort(keys)
    blocks, places = np.divmod(keys[order], HISTORY_BLOCK)
    rows, numbers = np.unique(blocks, return_inverse=True)
    packed = np.zeros((len(rows), HISTORY_BLOCK), MILLIONTHS)
    packed[numbers, places] = np.rint(scores[order] * MILLION)
    return pl.DataFrame(
        {"block": rows, "scores": pl.Series([row.tobytes() for row in packed], dtype=pl.Binary)}
    )


def board(keys: NDArray[np.int64]) -> pl.DataFrame:
    """Pack an order of persons, shape (persons,): ``block`` (i64) and ``persons``."""
    blocks = [part.astype(KEYS).tobytes() for part in _blocks(keys)]
    packed = pl.Series("persons", blocks, dtype=pl.Binary)
    return pl.DataFrame([pl.Series("block", range(len(blocks)), dtype=pl.Int64), packed])


def _cut(records: NDArray[Any], ends: NDArray[Any]) -> list[bytes]:
    """Cut records, shape (rows,), after these numbers of them."""
    size, content = records.dtype.itemsize, records.tobytes()
    at = (size * ends.astype(np.int64)).tolist()
    return [content[a:b] for a, b in zip([0, *at], at, strict=False)]


def _blocks(keys: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(keys), BOARD_BLOCK):
        yield keys[start : start + BOARD_BLOCK]
