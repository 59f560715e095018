"""The score that was published: what an explanation is of, whatever the lake has learned since."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from features.lake import Lake
from serving.daily.publishing import published_by
from training.model import Model


def published_score(lake: Lake, as_of: date, who: str, model: Model, known: float) -> float:
    """Read the score that was published, if this model published it; else what is known now."""
    if published_by(lake, as_of) != model.version:
        return known
    rows = lake.scan("scores", since=as_of, until=as_of + timedelta(1)).filter(person=who)
    scores = rows.select(pl.col("score").max()).collect()["score"]
    return known if scores[0] is None else float(scores[0])
