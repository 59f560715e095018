"""Which model a day is explained by: the one that scored it."""

from __future__ import annotations

from datetime import date

from features.lake import Lake
from features.lake.published import published_by
from training.registry.archive import Scorer, model_of

__all__ = ["Scorer", "scored_by"]


def scored_by(lake: Lake, as_of: date, fallback: Scorer) -> Scorer:
    """Find the model that published a day, with its percentiles.

    Parameters
    ----------
    lake
        Whose ledger names the model, and which keeps it.
    as_of
        The day.
    fallback
        For a day that no model published, or whose model the lake does not keep: as before it kept
        any.

    Raises
    ------
    KloutError
        If the kept model is damaged.
    """
    version = published_by(lake, as_of)
    if version is None or version == fallback.model.version:
        return fallback
    return model_of(lake.root, version) or fallback
