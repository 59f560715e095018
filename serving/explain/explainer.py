"""The job behind `klout explain`: files in, answers out.

Which model a day is explained by: the one that scored it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from features.errors import KloutError
from features.lake import Lake
from features.lake.left_out import UNTRAINED, name_left_out
from features.lake.published import published_by
from features.lake.remembering import lake_now
from serving.explain.change import explain_change
from serving.explain.counterfactual import next_point
from serving.explain.explanation import Explanation, Movement, Way, as_json
from serving.explain.person import person_of
from serving.explain.records import Records, StandInTables, at_the_end, read
from serving.explain.why import why
from training.influence.model import Model
from training.influence.reference import FILE, read_reference
from training.registry.archive import ArchivedModel, model_of


def scored_by(lake: Lake, as_of: date, fallback: ArchivedModel) -> ArchivedModel:
    """Find the model that published a day, with its percentiles; it covers the lake's networks.

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
    kept = None
    if version is not None and version != fallback.model.version:
        kept = model_of(lake.root, version)
    by = kept or fallback
    model = by.model.covering(lake.populated)
    return by if model is by.model else replace(by, model=model)


@dataclass(frozen=True)
class Question:
    """What is asked, and the files to answer it from: see `klout explain --help`.

    `model` is for days that no kept model published, `model_then` for `since` in any case.
    """

    lake: Path
    person: str
    as_of: date
    since: date | None
    model: Path
    model_then: Path | None
    reference: Path | None
    standing: Path | None
    authenticity: Path | None
    ways: bool


@dataclass(frozen=True)
class Answers:
    """What was found; None: not asked for."""

    why: Explanation
    moved: Movement | None
    ways: list[Way] | None

    def plain(self) -> dict[str, Any]:
        """Make data for JSON."""
        return {
            "why": as_json(self.why),
            "moved": None if self.moved is None else as_json(self.moved),
            "ways": None if self.ways is None else [as_json(way) for way in self.ways],
        }


def answers(question: Question, say: Callable[[str], None] = lambda _: None) -> Answers:
    """Answer a question; ``say`` is told of networks that the model does not know.

    Raises
    ------
    KloutError
        If a file is not as its contract says, or there is nobody to explain.
    """
    lake, who, as_of = lake_now(question.lake), question.person, question.as_of
    if not lake.entries:
        raise KloutError(f"{question.lake}: nothing is in this lake")
    named = _scorer(question.model, question.reference)
    by = scored_by(lake, as_of, named)
    reference = by.reference if question.reference is None else named.reference
    given = StandInTables(_read(question.standing), _read(question.authenticity))
    name_left_out(lake, as_of, by.model.catalogue, UNTRAINED, say)
    person = person_of(lake, as_of, who, by.model.catalogue)
    first = as_of if question.since is None else min(question.since, as_of)
    both = read(lake, first, as_of, person, by.model.catalogue.networks, given)
    now = at_the_end(both)
    return Answers(
        why=why(lake, as_of, who, by.model, reference, given, now),
        moved=_moved(question, lake, named, by.model, given, both),
        ways=next_point(lake, as_of, who, by.model, given, now) if question.ways else None,
    )


def _scorer(folder: Path, reference: Path | None) -> ArchivedModel:
    """Read a model, and the percentiles given, or else those in its folder."""
    model, kept = Model.load(folder), reference or folder / FILE
    is_known = reference is not None or kept.is_file()
    return ArchivedModel(model, read_reference(kept, model.catalogue) if is_known else None)


def _moved(
    question: Question,
    lake: Lake,
    named: ArchivedModel,
    model: Model,
    given: StandInTables,
    records: list[Records],
) -> Movement | None:
    since = question.since
    if since is None:
        return None
    then = (
        scored_by(lake, since, named).model
        if question.model_then is None
        else Model.load(question.model_then).covering(lake.populated)
    )
    return explain_change(lake, since, question.as_of, question.person, then, model, given, records)


def _read(file: Path | None) -> pl.DataFrame | None:
    if file is None:
        return None
    try:
        return pl.read_parquet(file, glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise KloutError(f"{file}: no Parquet that can be read: {error}") from error
