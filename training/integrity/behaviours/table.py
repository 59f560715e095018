"""A table of behaviours as a matrix, checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.errors import KloutError
from training.integrity.behaviours.behaviour import Behaviour


def as_matrix(table: pl.DataFrame, behaviours: Sequence[Behaviour]) -> NDArray[np.float64]:
    """Check behaviours, and put them in the order declared.

    Parameters
    ----------
    table
        A row per account, a number per behaviour; other columns are passed over.
    behaviours
        At least one.

    Returns
    -------
    ndarray of float64, shape (accounts, behaviours)

    Raises
    ------
    KloutError
        If a behaviour is missing or no number, or naming the row of the first value that is null,
        NaN or infinite: LightGBM's monotone constraints don't hold for NaN.
    """
    names = [behaviour.name for behaviour in behaviours]
    if not names:
        raise KloutError("behaviours: none declared; expected at least one")
    absent = [name for name in names if name not in table.columns]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise KloutError(f"behaviours: the column {absent[0]!r} is missing{more}")
    columns = table.select(names)
    for name, dtype in columns.schema.items():
        if not (dtype.is_numeric() or dtype == pl.Boolean):
            raise KloutError(f"behaviours: {name} must be a number, is {dtype}")
    matrix = columns.select(pl.all().cast(pl.Float64)).to_numpy()
    good = np.isfinite(matrix)
    if not good.all():
        row, column = (int(place[0]) for place in np.nonzero(~good))
        value = columns[row, column]
        raise KloutError(
            f"behaviours: {names[column]} of row {row} is {value}; expected a finite number"
        )
    return matrix
