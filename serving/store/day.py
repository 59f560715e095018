"""What is published of a day, and the frames it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from features.errors import KloutError
from training.influence.confidence import FIGURES

PART = "part."
_TEXT, _NUMBER = pl.String(), pl.Float64()

SCORES: Mapping[str, pl.DataType] = {"person": _TEXT, **dict.fromkeys(FIGURES, _NUMBER)}
"""As `Model.score` gives them, with ``part.NETWORK`` (f64, at least 0) for each
network; ``coverage`` (f64) may be added. Each person once."""
ACCOUNTS: Mapping[str, pl.DataType] = {"network": _TEXT, "account": _TEXT, "person": _TEXT}
"""Connected accounts; each account once. Those of nobody with a score are passed over."""
SHOWN_NAMES: Mapping[str, pl.DataType] = {"person": _TEXT, "name": _TEXT}
"""What people are called, each once. Those of nobody with a score are passed over."""


TOPICS: Mapping[str, pl.DataType] = {
    "person": _TEXT,
    "topic": _TEXT,
    "influence": _NUMBER,
    "share": _NUMBER,
    "rank": pl.UInt32(),
    "experts": pl.UInt32(),
    "percentile": _NUMBER,
    "contents": pl.UInt32(),
    "reactors": pl.UInt32(),
    "confidence": _NUMBER,
    "sensitive": pl.Boolean(),
}
"""What people are influential about: a person and a topic once, the topic by its slug.

``share``: of the person's influence, 0 to 1; ``rank``: among the topic's ``experts``, from 1;
``contents``, ``reactors``: what it rests on; ``sensitive``: whether it is shown only where an
operator wants it. Those of nobody with a score are passed over."""
TOPIC_IDS: Mapping[str, pl.DataType] = {"topic": _TEXT, "id": _TEXT}
TOPIC_NAMES: Mapping[str, pl.DataType] = {"topic": _TEXT, "language": _TEXT, "name": _TEXT}
TOPIC_PARENTS: Mapping[str, pl.DataType] = {"topic": _TEXT, "parent": _TEXT}


@dataclass(frozen=True)
class TopicWords:
    """What is said of topics; of those that nobody has a row of it is passed over.

    Attributes
    ----------
    ids
        `TOPIC_IDS`: their ids in the Klout API v2, as digits.
    names
        `TOPIC_NAMES`: what they are called, by language.
    parents
        `TOPIC_PARENTS`: which is above which, directly.
    """

    ids: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(TOPIC_IDS)))
    names: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(TOPIC_NAMES)))
    parents: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(TOPIC_PARENTS)))


@dataclass(frozen=True)
class Day:
    """A day to publish.

    Attributes
    ----------
    as_of
        The day.
    model, catalogue
        Version of the model that scored; digest of its signals, None if that is not known.
    scores
        `SCORES`. Lazy, since of several days published together one is read at a time.
    accounts
        `ACCOUNTS`; None: as the store has them.
    names
        `SHOWN_NAMES`; None: as the store has them.
    topics
        `TOPICS`; None: the day has none.
    topic_words
        What is said of them.
    """

    as_of: date
    model: str
    catalogue: str | None
    scores: pl.LazyFrame
    accounts: pl.DataFrame | None = None
    names: pl.DataFrame | None = None
    topics: pl.LazyFrame | None = None
    topic_words: TopicWords = TopicWords()


def networks_of(scores: pl.DataFrame) -> list[str]:
    """Name the networks that a frame has parts of."""
    return [name.removeprefix(PART) for name in scores.columns if name.startswith(PART)]


def checked(frame: pl.DataFrame, schema: Mapping[str, pl.DataType], what: str) -> pl.DataFrame:
    """Take a frame's columns as the schema has them.

    Raises
    ------
    KloutError
        If one is missing, of another type, null, or not a finite number.
    """
    for name, dtype in schema.items():
        if frame.schema.get(name) != dtype:
            found = frame.schema.get(name, "missing")
            raise KloutError(f"{what}: column {name!r} is {found}; expected {dtype}")
        column = frame[name]
        finite = column.is_finite() if dtype.is_float() else column.is_not_null()
        good = finite.fill_null(value=False)
        if not good.all():
            row = good.to_list().index(False)
            raise KloutError(f"{what}: row {row}: {name} is {frame[name][row]}; expected {dtype}")
    return frame.select(list(schema))


def checked_scores(scores: pl.DataFrame, what: str) -> pl.DataFrame:
    """Check a day's scores; ``coverage`` is added where it is not given."""
    parts = [f"{PART}{network}" for network in networks_of(scores)]
    schema = {**SCORES, **dict.fromkeys(parts, _NUMBER)}
    covered = "coverage" in scores.columns
    frame = checked(scores, schema | ({"coverage": _NUMBER} if covered else {}), what)
    if frame["person"].is_duplicated().any():
        twice = frame["person"].filter(frame["person"].is_duplicated())[0]
        raise KloutError(f"{what}: person {twice!r} is there twice")
    if covered:
        return frame
    present = pl.sum_horizontal(pl.lit(0), *(pl.col(part) > 0 for part in parts))
    return frame.with_columns(coverage=present.cast(pl.Float64) / max(1, len(parts)))


def keepable(frame: pl.DataFrame, what: str) -> pl.DataFrame:
    """Refuse ids that no store can keep, among those that are left to be kept.

    Raises
    ------
    KloutError
        If one holds the character NUL.
    """
    for person in frame["person"].filter(with_nul(frame)).head(1):
        raise KloutError(f"{what}: {person!r} holds the character NUL, which no store can keep")
    return frame


def with_nul(frame: pl.DataFrame, column: str = "person") -> pl.Series:
    """Say which rows hold the character NUL: PostgreSQL keeps none, and no page has an address."""
    return frame[column].str.contains("\0", literal=True)
