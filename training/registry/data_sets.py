"""Data sets as MLflow shows them beside a run: a name, a digest, the first columns."""

from __future__ import annotations

from pathlib import Path

import mlflow
import polars as pl
from mlflow.data.polars_dataset import from_polars


def log_data(file: Path, context: str, digest: str) -> None:
    """Log a file of the active run.

    Parameters
    ----------
    file
        In Parquet.
    context
        What it is to the run, as ``signals``.
    digest
        What names the content, at most 36 characters: the MD5 by which DVC knows it.
    """
    frame = pl.read_parquet(file, glob=False)
    # The digest and the shape are what a run is compared by; 900 columns of profile are not.
    small, named = frame.select(frame.columns[:5]), f"{context} ({len(frame):,} rows)"
    data = from_polars(small, source=str(file), name=named, digest=digest)
    mlflow.log_input(data, context=context)
