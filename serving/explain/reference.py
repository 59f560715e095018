"""Where somebody stands among people: percentiles of each signal over a reference population."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from features.catalogue import Catalogue
from features.errors import KloutError

FILE = "signal_quantiles.parquet"
"""Where a model's folder may hold them."""

PERCENT = "percent"
_STEPS = 101


def signal_quantiles(signals: pl.DataFrame | pl.LazyFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Compute percentiles of every signal.

    Parameters
    ----------
    signals
        One row per person of the reference population.

    Returns
    -------
    DataFrame
        ``percent`` (0 to 100) and a Float64 column per signal: a value that somebody has, which
        that many percent of the people don't exceed, rounded down.

    Raises
    ------
    KloutError
        If there is nobody.
    """
    people = signals.lazy().select(pl.len()).collect().item()
    if not people:
        raise KloutError("signal_quantiles: nobody to take percentiles of")
    places = np.arange(_STEPS) * (people - 1) // (_STEPS - 1)
    ordered = (pl.col(name).cast(pl.Float64).sort().gather(places) for name in catalogue.names)
    table = signals.lazy().select(ordered).collect()
    return table.insert_column(0, pl.Series(PERCENT, range(_STEPS), dtype=pl.Float64))


def read_reference(file: Path, catalogue: Catalogue) -> pl.DataFrame:
    """Read percentiles, or make them of a signals file.

    Raises
    ------
    KloutError
        If the file is neither.
    """
    try:
        names = pl.scan_parquet(file).collect_schema().names()
        if PERCENT in names:
            return pl.read_parquet(file)
        return signal_quantiles(pl.scan_parquet(file), catalogue)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise KloutError(f"{file}: neither signals nor their percentiles: {error}") from error


def percent_below(reference: pl.DataFrame | None, signal: str, value: float) -> float | None:
    """Say how many people, in percent and at least, have less; None: not known."""
    if reference is None or signal not in reference.columns:
        return None
    below = int(np.searchsorted(reference[signal].to_numpy(), value, side="left")) - 1
    return float(reference[PERCENT][below]) if below >= 0 else 0.0
