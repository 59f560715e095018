"""From names to rows and back: what all reading is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    select,
    tuple_,
)

from serving.store import packing
from serving.store.labels import every_word
from serving.store.published_rows import Scored
from serving.store.schema import accounts, persons, scores, shown_names

StoredAccount = tuple[str, str]
"""Network and account."""
T = TypeVar("T")


@dataclass(frozen=True)
class RowsBy:
    """Rows by the values of a column. Made once: that takes longer than a database to answer.

    Attributes
    ----------
    one, some
        Statements that take a value, and several: telling one alone is twice as fast.
    """

    one: Select[Any]
    some: Select[Any]

    @staticmethod
    def of(rows: Select[Any], column: ColumnElement[Any]) -> RowsBy:
        """Make both."""
        several: BindParameter[Any] = bindparam("some", expanding=True)
        return RowsBy(rows.where(column == bindparam("one")), rows.where(column.in_(several)))

    def rows(
        self, connection: Connection, values: Iterable[Any], **more: Any
    ) -> Iterator[Row[Any]]:
        """Read the rows of distinct values; `more` are the statements' other parameters."""
        for some in chunks(values):
            if len(some) == 1:
                yield from connection.execute(self.one, {"one": some[0], **more})
            else:
                yield from connection.execute(self.some, {"some": some, **more})


_SCORED = (
    select(persons.c.person, persons.c.klout_id, shown_names.c.name, scores)
    .join_from(persons, scores, persons.c.key == scores.c.key)
    .outerjoin(shown_names, shown_names.c.key == persons.c.key)
)
_BY_ID = RowsBy.of(_SCORED, persons.c.person)
_BY_KLOUT_ID = RowsBy.of(_SCORED, persons.c.klout_id)
_BY_KEY = RowsBy.of(_SCORED, persons.c.key)
_KEYS = RowsBy.of(select(persons.c.person, persons.c.key), persons.c.person)
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_OWNERS = select(accounts).where(tuple_(accounts.c.network, accounts.c.account).in_(_SOME))
_AT_ONCE = 500
"""Values of one IN. SQLite takes 32,766, and each number of them is another statement to plan."""


@dataclass(frozen=True)
class Words:
    """Words and their numbers, as far as they were read: they never change.

    Threads share them, so they are only looked up, never gone through.
    """

    by_number: dict[int, str] = field(default_factory=dict)
    by_word: dict[str, int] = field(default_factory=dict)

    def learn(self, read: Mapping[str, int]) -> None:
        """Add what was read."""
        self.by_word.update(read)
        self.by_number.update({number: word for word, number in read.items()})


@dataclass(frozen=True)
class Lookups:
    """Persons and words of one snapshot.

    Attributes
    ----------
    connection
        Within a transaction that sees one state of the database.
    words
        Those that were read before.
    known
        Keys of persons that were.
    """

    connection: Connection
    words: Words
    known: dict[str, int] = field(default_factory=dict)

    def word(self, number: int) -> str:
        """Give a word."""
        if number not in self.words.by_number:
            self.words.learn(every_word(self.connection))
        return self.words.by_number[number]

    def number(self, word: str) -> int | None:
        """Give a word's number; None: it was never published."""
        if word not in self.words.by_word:
            self.words.learn(every_word(self.connection))
        return self.words.by_word.get(word)

    def by_id(self, ids: Iterable[str]) -> dict[str, Scored]:
        """Find persons that have a score by their ids."""
        found = self._scored(_BY_ID, ids)
        return {each.person: each for each in found.values()}

    def by_klout_id(self, number: int) -> Scored | None:
        """Find the person that has a score by its number in the Klout API v2."""
        return next(iter(self._scored(_BY_KLOUT_ID, [number]).values()), None)

    def by_key(self, keys: Iterable[int]) -> dict[int, Scored]:
        """Find persons that have a score by their keys."""
        return self._scored(_BY_KEY, keys)

    def keys(self, ids: Iterable[str]) -> dict[str, int]:
        """Give the keys of persons, with or without a score."""
        asked = list(ids)
        unknown = (each for each in asked if each not in self.known)
        self.known.update((row.person, row.key) for row in _KEYS.rows(self.connection, unknown))
        return {each: self.known[each] for each in asked if each in self.known}

    def owners(self, wanted: Iterable[StoredAccount]) -> dict[StoredAccount, int]:
        """Give the keys of the persons that have connected accounts."""
        asked = ((self.number(network), account) for network, account in wanted)
        found = {}
        for some in chunks(each for each in asked if each[0] is not None):
            for row in self.connection.execute(_OWNERS, {"some": some}):
                found[self.word(row.network), row.account] = row.key
        return found

    def _scored(self, by: RowsBy, values: Iterable[Any]) -> dict[int, Scored]:
        found = {row.key: self._made(row) for row in by.rows(self.connection, values)}
        self.known.update((each.person, key) for key, each in found.items())
        return found

    def _made(self, row: Row[Any]) -> Scored:
        parts = np.frombuffer(row.parts, packing.PART).tolist()
        return Scored(
            person=row.person,
            score=row.score,
            influence=row.influence,
            percentile=row.percentile,
            confidence=row.confidence,
            low=row.low,
            high=row.high,
            rank=row.rank,
            coverage=row.coverage,
            parts={self.word(number): part for number, part in parts},
            klout_id=row.klout_id,
            name=row.name,
        )


def chunks(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """Cut distinct values into lists that one statement takes."""
    rest = iter(dict.fromkeys(values))
    while some := list(islice(rest, _AT_ONCE)):
        yield some
