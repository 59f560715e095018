"""Judgements: who is the more influential of two persons, as one judge sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.errors import KloutError
from features.lake.given import as_ids, read_given

COLUMNS = ("a", "b", "preference")

LEAST_WEIGHT, MOST_WEIGHT = 1e-6, 1e6
"""Of a judgement. LightGBM adds in float32, to which nearly nothing and nearly all are 0 and
infinity."""


def read_judgements(file: Path) -> pl.DataFrame:
    """Read judgements from Parquet.

    Returns
    -------
    DataFrame
        ``a`` and ``b`` (str, persons), ``preference`` (f64 in [0, 1]; 1: a is the more
        influential), ``weight`` (f64, a millionth to a million; 1 where the file has none) and
        ``judge`` (str; null where the file has none), in the file's order.

    Raises
    ------
    KloutError
        If the file can't be read, or a row is not as described.
    """
    return as_judgements(read_given(file, "judgements"), file)


def as_judgements(frame: pl.DataFrame, file: Path | str) -> pl.DataFrame:
    """Take rows for judgements, as `read_judgements` gives them.

    Parameters
    ----------
    file
        Where they are from, for errors.

    Raises
    ------
    KloutError
        If a row is not as described there.
    """
    if missing := [name for name in COLUMNS if name not in frame.columns]:
        raise KloutError(f"{file}: judgements need the column {missing[0]!r}; has {frame.columns}")
    ones = pl.repeat(1.0, len(frame), eager=True)
    weight = frame["weight"] if "weight" in frame.columns else ones
    known = pl.DataFrame(
        {
            "a": as_ids(frame["a"], f"{file}: a"),
            "b": as_ids(frame["b"], f"{file}: b"),
            "preference": as_numbers(frame["preference"], file),
            "weight": as_numbers(weight.alias("weight"), file),
            "judge": _judges(frame, file),
        }
    )
    _check(known, file)
    return known


def as_numbers(given: pl.Series, file: Path | str) -> pl.Series:
    """Take a column as f64.

    Raises
    ------
    KloutError
        If it is of another kind, such as texts.
    """
    if not (given.dtype.is_numeric() or given.dtype == pl.Null):
        raise KloutError(f"{file}: {given.name} must be a number, is {given.dtype}")
    return given.cast(pl.Float64)


def _judges(frame: pl.DataFrame, file: Path | str) -> pl.Series:
    if "judge" not in frame.columns:
        return pl.repeat(None, len(frame), dtype=pl.String, eager=True)
    return as_ids(frame["judge"], f"{file}: judge")


def _check(frame: pl.DataFrame, file: Path | str) -> None:
    good = (
        pl.col("preference").is_between(0, 1)
        & pl.col("weight").is_between(LEAST_WEIGHT, MOST_WEIGHT)
        & (pl.col("a") != pl.col("b"))
    ).fill_null(value=False)
    bad = frame.with_row_index("row").filter(~good)
    if len(bad):
        row = bad.row(0, named=True)
        raise KloutError(
            f"{file}, row {row['row']}: {row}: a and b must be two persons, preference in [0, 1], "
            f"weight from {LEAST_WEIGHT:f} to {MOST_WEIGHT:,.0f}"
        )
    if not len(frame):
        raise KloutError(f"{file}: holds no judgements")


def indices(frame: pl.DataFrame, persons: pl.Series) -> tuple[NDArray[Any], NDArray[Any]]:
    """Row numbers, in ``persons``, of each pair's two sides (both of shape (pairs,), i64)."""
    number = pl.DataFrame({"person": persons}).with_row_index("row")
    sides = [
        frame.select(person=side).join(number, on="person", how="left", maintain_order="left")
        for side in ("a", "b")
    ]
    first, second = (side["row"].to_numpy().astype(np.int64) for side in sides)
    return first, second


def persons_of(frame: pl.DataFrame) -> pl.Series:
    """Everybody judged, each once, ascending."""
    return pl.concat([frame["a"], frame["b"]]).unique().sort().alias("person")
