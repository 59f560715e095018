"""The score that was published: what an answer is of, whatever the lake has learned since."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from features.lake import Lake
from features.lake.published import published_by
from features.people.scrubbing import PUBLISHED
from training.influence.curve import HIGHEST, LOWEST
from training.influence.model import Model


class Published(NamedTuple):
    """A person's influence and score, and how sure it is, as a page shows them."""

    influence: float
    score: float
    confidence: float = 0.0
    low: float = LOWEST
    high: float = HIGHEST


def published(lake: Lake, as_of: date, who: str, model: Model, known: Published) -> Published:
    """Read what was published, if this model published it; else what is known now."""
    file = lake.root / PUBLISHED / f"{as_of}.parquet"
    if published_by(lake, as_of) != model.version or not file.exists():
        return known
    rows = pl.scan_parquet(str(file), glob=False)
    found = rows.filter(person=who).select(Published._fields).collect().rows()
    return Published(*found[0]) if found else known
