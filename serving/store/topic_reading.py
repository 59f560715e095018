"""Reading topics: a part of a snapshot, and of the same day as the rest of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Row, Select, select

from serving.store import packing
from serving.store.labels import lowered
from serving.store.lookups import Lookups, RowsBy
from serving.store.schema import person_topics, topic_boards, topic_names, topic_parents, topics
from serving.store.topic_rows import Expert, PersonTopic, StoredTopic

LAST = chr(0x10FFFF)
"""No letter comes after it."""

# Made once, as in `serving.store.lookups`.
_BY_KEY = RowsBy.of(select(person_topics), person_topics.c.key)
_BY_NUMBER = RowsBy.of(select(topics), topics.c.id)


class TopicReading:
    """The topics of a snapshot.

    Parameters
    ----------
    find
        Persons and words of the snapshot.
    sensitive
        Whether those are there that speak of health, belief and the like.
    """

    def __init__(self, find: Lookups, *, sensitive: bool) -> None:
        self._find, self._sensitive = find, sensitive
        self._execute = find.connection.execute

    def of(self, person: str, after: int = 0, limit: int = 100) -> list[PersonTopic]:
        """List what a person is influential about, the strongest first.

        Parameters
        ----------
        after
            How many of them are passed over.
        limit
            At most so many.
        """
        keys = self._find.keys([person]).values()
        rows = [row for records in self._packed(keys).values() for row in records]
        known = self._topics(int(row["topic"]) for row in rows)
        shown = [row for row in rows if int(row["topic"]) in known]
        return [_told(known[int(row["topic"])], row) for row in shown[after : after + limit]]

    def find(self, topic: str) -> StoredTopic | None:
        """Find a topic by its slug."""
        return next(self._each(select(topics).where(topics.c.topic == topic)), None)

    def all(self, after: int = 0, limit: int = 100) -> list[StoredTopic]:
        """List topics, those of most experts first."""
        return list(self._each(_page(select(topics), after, limit, self._shown)))

    def search(self, prefix: str, after: int = 0, limit: int = 100) -> list[StoredTopic]:
        """List topics a name of which, or a word of one, begins so: in any language and case."""
        text = lowered(prefix)
        within = (topic_names.c.name >= text, topic_names.c.name < text + LAST)
        ids = select(topic_names.c.topic).where(*within, topic_names.c.topic > after)
        named = select(topics).where(topics.c.id.in_(ids))
        return list(self._each(_page(named, after, limit, self._shown))) if text else []

    def above(self, topic: StoredTopic) -> list[StoredTopic]:
        """List the topics right above one, those of most experts first."""
        ids = select(topic_parents.c.parent).where(topic_parents.c.topic == topic.place)
        return list(self._each(select(topics).where(topics.c.id.in_(ids)).order_by(topics.c.id)))

    def below(self, topic: StoredTopic) -> list[StoredTopic]:
        """List the topics right below one, those of most experts first."""
        ids = select(topic_parents.c.topic).where(topic_parents.c.parent == topic.place)
        return list(self._each(select(topics).where(topics.c.id.in_(ids)).order_by(topics.c.id)))

    def experts(self, topic: StoredTopic, after: int = 0, limit: int = 100) -> list[Expert]:
        """Read a topic's experts, best first.

        Parameters
        ----------
        after
            The last place that was read; 0: from the top.
        limit
            At most so many.
        """
        found: list[Expert] = []
        while len(found) < limit:
            block, skip = divmod(after, packing.BOARD_BLOCK)
            keys = self._board(topic.place, block)[skip:][: limit - len(found)]
            if not keys:
                break
            found += self._experts(topic, keys, after + 1)
            after += len(keys)
        return found

    @property
    def _shown(self) -> list[ColumnElement[bool]]:
        return [] if self._sensitive else [topics.c.sensitive.is_(False)]

    def _experts(self, topic: StoredTopic, keys: list[int], first: int) -> Iterator[Expert]:
        scored, packed = self._find.by_key(keys), self._packed(keys)
        for place, key in enumerate(keys, first):
            mine = packed.get(key)
            of_it = None if mine is None else mine[mine["topic"] == topic.place]
            if key in scored and of_it is not None and len(of_it):
                yield Expert(place, scored[key], _told(topic, of_it[0]))

    def _board(self, topic: int, block: int) -> list[int]:
        one = (topic_boards.c.topic == topic, topic_boards.c.block == block)
        packed = self._find.connection.scalar(select(topic_boards.c.persons).where(*one))
        return [] if packed is None else np.frombuffer(packed, packing.KEYS).tolist()

    def _packed(self, keys: Iterable[int]) -> dict[int, Any]:
        rows = _BY_KEY.rows(self._find.connection, keys)
        return {row.key: np.frombuffer(row.topics, packing.TOPIC) for row in rows}

    def _topics(self, numbers: Iterable[int]) -> dict[int, StoredTopic]:
        """Find topics by their numbers; those that are not shown are left out."""
        rows = _BY_NUMBER.rows(self._find.connection, numbers)
        return {row.id: _made(row) for row in rows if self._is_shown(row)}

    def _each(self, wanted: Select[Any]) -> Iterator[StoredTopic]:
        return (_made(row) for row in self._execute(wanted) if self._is_shown(row))

    def _is_shown(self, row: Row[Any]) -> bool:
        return self._sensitive or not row.sensitive


def _page(
    wanted: Select[Any], after: int, limit: int, shown: list[ColumnElement[bool]]
) -> Select[Any]:
    return wanted.where(topics.c.id > after, *shown).order_by(topics.c.id).limit(limit)


def _made(row: Row[Any]) -> StoredTopic:
    return StoredTopic(
        place=row.id,
        topic=row.topic,
        number=row.number,
        experts=row.experts,
        sensitive=row.sensitive,
        names=json.loads(row.names),
    )


def _told(topic: StoredTopic, row: Any) -> PersonTopic:
    numbers = {name: row[name].item() for name in packing.TOPIC.names or () if name != "topic"}
    return PersonTopic(of=topic, **numbers)
