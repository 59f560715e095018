"""Frames of signals: checked, and put in the catalogue's order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue import Catalogue
from features.errors import KloutError

BATCH_PERSONS = 20_000
"""Persons scored together: their signals take 140 MB."""


def as_matrix(frame: pl.DataFrame, catalogue: Catalogue) -> NDArray[np.float64]:
    """Check signals, and put them in the catalogue's order.

    Returns
    -------
    ndarray of float64, shape (persons, signals)
        Column after column in memory.

    Raises
    ------
    KloutError
        Naming the person and the signal, if one is missing, not a number, not finite or below 0.
    """
    there = set(frame.columns)
    absent = [name for name in ("person", *catalogue.names) if name not in there]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise KloutError(f"signals: the column {absent[0]!r} is missing{more}")
    signals = frame.select(catalogue.names)
    for name, dtype in signals.schema.items():
        if not dtype.is_numeric():
            raise KloutError(f"signals: {name} must be a number, is {dtype}")
    matrix = signals.cast(pl.Float64).to_numpy()
    # A null comes out as NaN, and a NaN as the least and the greatest: it fails both.
    if matrix.size and not (matrix.min() >= 0 and matrix.max() < np.inf):
        _refuse(matrix, frame["person"], signals)
    return matrix


def _refuse(matrix: NDArray[np.float64], persons: pl.Series, signals: pl.DataFrame) -> None:
    row, column = np.argwhere(~((matrix >= 0) & np.isfinite(matrix)))[0].tolist()
    raise KloutError(
        f"signals: {signals.columns[column]} of {persons[row]!r} is {signals[row, column]}; "
        "expected a number of at least 0"
    )


def read_signals(file: Path, catalogue: Catalogue) -> Iterator[pl.DataFrame]:
    """Read a signals file in batches, with only the columns wanted."""
    try:
        scan = pl.scan_parquet(file)
        there = set(scan.collect_schema().names())
        wanted = [name for name in ("person", *catalogue.names) if name in there]
        yield from scan.select(wanted).collect_batches(chunk_size=BATCH_PERSONS)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise KloutError(f"{file}: not a Parquet file of signals: {error}") from error
