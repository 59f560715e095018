"""The report of a run, on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl

from features.sliding.inputs import Inputs
from serving.daily.alarms import Thresholds
from serving.daily.steps import Steps
from training.model import Model


@contextmanager
def reported(
    inputs: Inputs, scores: pl.DataFrame, model: Model, steps: Steps, thresholds: Thresholds
) -> Iterator[None]:
    """Report on a run whose scores are published within the block."""
    yield


def settle(root: Path, as_of: date) -> None:
    """Finish the report of a run that was killed after it had published."""
