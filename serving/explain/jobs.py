"""The job behind `klout explain`: files in, answers out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from features.errors import KloutError
from features.lake import Lake
from serving.explain.answers import Explanation, Movement, Way, as_json
from serving.explain.movement import moved
from serving.explain.reading import Given
from serving.explain.reasons import why
from serving.explain.report import moved_lines, way_lines, why_lines
from serving.explain.supposing import next_point
from training.model import Model
from training.reference import FILE, read_reference


@dataclass(frozen=True)
class Question:
    """What is asked, and the files to answer it from: see `klout explain --help`."""

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

    def lines(self) -> Iterator[str]:
        """Tell it, with rich's markup."""
        yield from why_lines(self.why)
        if self.moved is not None:
            yield ""
            yield from moved_lines(self.moved)
        if self.ways is not None:
            yield ""
            yield from way_lines(self.ways)


def answers(question: Question) -> Answers:
    """Answer a question.

    Raises
    ------
    KloutError
        If a file is not as its contract says, or there is nobody to explain.
    """
    lake, who, as_of = Lake(question.lake), question.person, question.as_of
    if not lake.entries:
        raise KloutError(f"{question.lake}: nothing is in this lake")
    model = Model.load(question.model)
    kept = question.reference or question.model / FILE
    is_known = question.reference is not None or kept.is_file()
    reference = read_reference(kept, model.catalogue) if is_known else None
    given = Given(_read(question.standing), _read(question.authenticity))
    movement = None
    if question.since is not None:
        then = model if question.model_then is None else Model.load(question.model_then)
        movement = moved(lake, question.since, as_of, who, then, model, given)
    return Answers(
        why=why(lake, as_of, who, model, reference, given),
        moved=movement,
        ways=next_point(lake, as_of, who, model, given) if question.ways else None,
    )


def _read(file: Path | None) -> pl.DataFrame | None:
    if file is None:
        return None
    try:
        return pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise KloutError(f"{file}: no Parquet that can be read: {error}") from error
