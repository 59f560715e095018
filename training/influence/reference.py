"""Where somebody stands among people: percentiles of each signal over a reference population."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError

FILE = "signal_quantiles.parquet"
"""Where a model's folder may hold them."""

PERCENT = "percent"
_STEPS = 101

_TOGETHER = 50
"""Columns sorted together: of a million people they take 400 MB."""


def signal_quantiles(signals: pl.DataFrame | pl.LazyFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Compute percentiles of every signal.

    Parameters
    ----------
    signals
        One row per person of the reference population.

    Returns
    -------
    DataFrame
        ``percent`` (0 to 100) and a Float64 column per signal: the smallest value of anybody that
        at least that many percent of the people don't exceed.

    Raises
    ------
    KloutError
        If there is nobody.
    """
    people = signals.lazy().select(pl.len()).collect().item()
    if not people:
        raise KloutError("signal_quantiles: nobody to take percentiles of")
    percent = np.arange(_STEPS)
    # The smallest place up to which there are that many percent of the people, or more.
    places = np.maximum(-(-percent * people // 100) - 1, 0)
    table = {PERCENT: percent.astype(np.float64)}
    for start in range(0, len(catalogue.names), _TOGETHER):
        names = catalogue.names[start : start + _TOGETHER]
        values = signals.lazy().select(pl.col(names).cast(pl.Float64)).collect().to_numpy()
        table |= dict(zip(names, np.sort(values, axis=0)[places].T, strict=True))
    return pl.DataFrame(table)


def read_reference(file: Path, catalogue: Catalogue) -> pl.DataFrame:
    """Read percentiles, or make them of a signals file.

    Raises
    ------
    KloutError
        If the file is neither.
    """
    try:
        names = pl.scan_parquet(file, glob=False).collect_schema().names()
        if PERCENT in names:
            return pl.read_parquet(file, glob=False)
        return signal_quantiles(pl.scan_parquet(file, glob=False), catalogue)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise KloutError(f"{file}: neither signals nor their percentiles: {error}") from error


def percent_below(reference: pl.DataFrame | None, signal: str, value: float) -> float | None:
    """Say how many people, in percent and at least, have less; None: not known."""
    if reference is None or signal not in reference.columns:
        return None
    below = int(np.searchsorted(reference[signal].to_numpy(), value, side="left")) - 1
    return float(reference[PERCENT][below]) if below >= 0 else 0.0
