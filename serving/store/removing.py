"""People who must not be seen any more: nothing of them stays in any table."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from sqlalchemy import Connection, delete, select, tuple_, update

from serving.store import packing
from serving.store.labels import names_of
from serving.store.lookups import chunks
from serving.store.schema import (
    accounts,
    history,
    names,
    person_topics,
    persons,
    scores,
    shown_names,
    topic_boards,
    topic_names,
    topic_parents,
    topics,
)

_FEW = 20
"""So many experts are not all gone on one day, but by those who look for it."""


def remove(connection: Connection, person: str) -> bool:
    """Remove a person, within a transaction; returns whether there was anything.

    Its key stays in leaderboards until the next day is published: a number that no name belongs to
    any more, which reading passes over, and which nobody else is ever given.
    """
    key = connection.scalar(select(persons.c.key).where(persons.c.person == person))
    if key is None:
        return False
    mine = select(accounts.c.account).where(accounts.c.key == key)
    called = select(shown_names.c.name).where(shown_names.c.key == key)
    searched = names_of(person, connection.scalars(mine), connection.scalars(called))
    pairs = tuple_(names.c.name, names.c.key)
    connection.execute(delete(names).where(pairs.in_([(name, key) for name in searched])))
    packed = connection.scalar(select(person_topics.c.topics).where(person_topics.c.key == key))
    for table in (accounts, scores, person_topics, shown_names, persons):
        connection.execute(delete(table).where(table.c.key == key))
    if packed is not None:
        _drop_unheld(connection, np.frombuffer(packed, packing.TOPIC)["topic"].tolist())
    _blot_out(connection, key)
    return True


def hide_topics(connection: Connection, person: str, hidden: Collection[str]) -> bool:
    """Take topics from a person, within a transaction; returns whether it had any of them.

    As in `remove`, its key stays in the order of their experts until the next day is published.
    """
    mine = select(persons.c.key, person_topics.c.topics).where(persons.c.person == person)
    row = connection.execute(
        mine.join_from(persons, person_topics, persons.c.key == person_topics.c.key)
    ).one_or_none()
    if row is None:
        return False
    named = select(topics.c.id).where(topics.c.topic.in_(hidden))
    packed = np.frombuffer(row.topics, packing.TOPIC)
    left = packed[~np.isin(packed["topic"], connection.scalars(named).all())]
    of_one = person_topics.c.key == row.key
    connection.execute(update(person_topics).where(of_one).values(topics=left.tobytes()))
    _drop_unheld(connection, np.setdiff1d(packed["topic"], left["topic"]).tolist())
    return len(left) < len(packed)


def _drop_unheld(connection: Connection, numbers: Sequence[int]) -> None:
    """Drop those of some topics that nobody has any more: a tag of one person may be its name."""
    for some in chunks(numbers):
        few = select(topic_boards).where(topic_boards.c.topic.in_(some))
        orders = {
            row.topic: np.frombuffer(row.persons, packing.KEYS).tolist()
            for row in connection.execute(few.where(topic_boards.c.block == 0))
            if len(row.persons) <= _FEW * packing.KEYS.itemsize
        }
        gone = [number for number, keys in orders.items() if not _held(connection, number, keys)]
        for column in (
            topics.c.id,
            topic_names.c.topic,
            topic_parents.c.topic,
            topic_parents.c.parent,
            topic_boards.c.topic,
        ):
            connection.execute(delete(column.table).where(column.in_(gone)))


def _held(connection: Connection, number: int, keys: Sequence[int]) -> bool:
    """Whether any of some persons still has a topic."""
    rows = select(person_topics.c.topics).where(person_topics.c.key.in_(keys))
    held = (np.frombuffer(packed, packing.TOPIC)["topic"] for packed in connection.scalars(rows))
    return any(number in topics_of for topics_of in held)


def _blot_out(connection: Connection, key: int) -> None:
    """Take a person out of the history, where it is a place in a block of many."""
    block, place = divmod(key, packing.HISTORY_BLOCK)
    rows = connection.execute(select(history).where(history.c.block == block)).all()
    for row in rows:
        packed = np.frombuffer(row.scores, packing.MILLIONTHS).copy()
        packed[place] = 0
        same = (history.c.block == block, history.c.as_of == row.as_of)
        connection.execute(update(history).where(*same).values(scores=packed.tobytes()))
