"""Questions to a lake: what the commands of the same names answer, as frames and data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Lake
from features.lake.networks import declared
from features.signals import materialize as signals
from serving.explain.explainer import scored_by
from serving.explain.explanation import Explanation
from serving.explain.why import why
from training.influence.model import Model
from training.influence.reference import FILE, read_reference
from training.registry.archive import ArchivedModel


def materialize(lake: Lake, as_of: date, networks: Path | None = None) -> pl.DataFrame:
    """Compute every signal of every person, as ``klout materialize`` does.

    Parameters
    ----------
    lake
        What happened.
    as_of
        Only what happened before 00:00 UTC of this day counts.
    networks
        A folder of declarations beside those of the lake.

    Returns
    -------
    DataFrame
        ``person`` (str, ascending), then a Float64 column per signal.

    Raises
    ------
    KloutError
        If there is nobody.
    """
    catalogue, _ = declared(lake, networks)
    found = signals.materialize(lake, as_of, catalogue).collect()
    if found.is_empty():
        raise KloutError(f"{lake.root}: nobody to compute signals of before {as_of}")
    return found


def explain(lake: Lake, person: str, as_of: date, model: Model) -> Explanation:
    """Say why a person has its score, as ``klout explain`` does.

    Parameters
    ----------
    person
        A person's id, ``network:account``, or an account that only one person has.
    model
        For a day that no run published, or whose model the lake does not keep.

    Raises
    ------
    KloutError
        If there is nobody to explain.
    """
    file = None if model.folder is None else model.folder / FILE
    known = file is not None and file.is_file()
    reference = read_reference(file, model.catalogue) if file is not None and known else None
    by = scored_by(lake, as_of, ArchivedModel(model, reference))
    return why(lake, as_of, person, by.model, by.reference)
