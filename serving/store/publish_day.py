"""A day into the tables, within one transaction of the caller's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select

from features.errors import KloutError
from serving.store import bulk, labels, packing
from serving.store.day import PART, Day, checked_scores, keepable, networks_of
from serving.store.klout_id import klout_ids
from serving.store.publish_topics import checked_topics, drop_topics, put_topics
from serving.store.schema import boards, days, history, persons, scores
from training.influence.confidence import FIGURES

EVERYWHERE = -1
"""The network of the leaderboard of all."""
_BOARD = ["network", "block", "persons"]
_SCORES = ["key", *FIGURES, "coverage", "rank", "parts"]
_PERSON = {"key": pl.Int64, "person": pl.String}

LeaveOut = Callable[[pl.DataFrame], pl.DataFrame]
"""Takes the rows of people (``person``) who must not be seen out of a frame, and of a frame with
``topic`` the topics that its person does not want to be seen with."""


def put_days(connection: Connection, new: list[Day], leave_out: LeaveOut) -> None:
    """Publish days that come after those there are: the last whole, the others as history.

    Raises
    ------
    KloutError
        If a frame is not as `serving.store.day` says, or the days do not go forward.
    """
    latest: date | None = connection.scalar(select(func.max(days.c.as_of)))
    for day in new:
        if latest is not None and day.as_of <= latest:
            raise KloutError(f"the store has {latest}; it goes forward, not back to {day.as_of}")
        latest = day.as_of
    for day in new:
        keyed = _keyed(connection, day, leave_out)
        _put_history(connection, day, keyed)
        if day is new[-1]:
            _put_whole(connection, day, keyed)
            seen = leave_out(checked_topics(day.topics, day.as_of))
            put_topics(connection, seen, keyed.select("key", "person"), day.topic_words)


def take_back(connection: Connection, since: date) -> None:
    """Undo the history from a day on; what is whole is still that of the latest of them."""
    connection.execute(delete(history).where(history.c.as_of >= since))
    connection.execute(delete(days).where(days.c.as_of >= since))


def put_nobody(connection: Connection) -> None:
    """Have nobody's score be whole: that of the latest day is not known."""
    for table in (scores, boards):
        connection.execute(delete(table))
    drop_topics(connection)


def drop_history(connection: Connection, before: date) -> None:
    """Drop the history of earlier days. That they were published stays known."""
    connection.execute(delete(history).where(history.c.as_of < before))


def last_key(connection: Connection) -> int:
    """Tell up to which persons were ever given keys."""
    most = [func.max(days.c.last_key), func.max(persons.c.key)]
    return max(connection.scalar(select(each)) or 0 for each in most)


def _keyed(connection: Connection, day: Day, leave_out: LeaveOut) -> pl.DataFrame:
    """Check a day's scores and give each person its ``key``; new ones are added."""
    what = f"scores of {day.as_of}"
    frame = keepable(leave_out(checked_scores(day.scores.collect(), what)), what).sort("person")
    known = bulk.read(connection, persons, _PERSON)
    fresh = frame.select("person").join(known, on="person", how="anti", maintain_order="left")
    first = last_key(connection) + 1
    added = fresh.select(key=pl.int_range(first, first + pl.len(), dtype=pl.Int64), person="person")
    if len(added):
        taken = bulk.read(connection, persons, {"klout_id": pl.Int64})["klout_id"]
        numbers = pl.Series(klout_ids(added["person"], taken), dtype=pl.Int64)
        bulk.insert(connection, persons, added.with_columns(klout_id=numbers))
    both = pl.concat([known, added])
    return frame.join(both, on="person", maintain_order="left")


def _put_history(connection: Connection, day: Day, keyed: pl.DataFrame) -> None:
    rows = packing.history(keyed["key"].to_numpy(), keyed["score"].to_numpy())
    bulk.insert(connection, history, rows.with_columns(as_of=pl.lit(day.as_of)))
    row = {
        "as_of": day.as_of,
        "model": day.model,
        "catalogue": day.catalogue,
        "published_at": datetime.now(UTC).replace(tzinfo=None),
        "persons": len(keyed),
        "last_key": last_key(connection),
    }
    connection.execute(insert(days).values(row))


def _put_whole(connection: Connection, day: Day, keyed: pl.DataFrame) -> None:
    networks = networks_of(keyed)
    ids = labels.words_of(connection, networks)
    numbers = np.array([ids[network] for network in networks], np.uint16)
    matrix = keyed.select(f"{PART}{network}" for network in networks).to_numpy()
    parts = packing.parts(matrix, numbers) if networks else [b""] * len(keyed)
    rank = np.empty(len(keyed), np.int64)
    rank[_order(keyed, "score")] = np.arange(1, len(keyed) + 1)
    rows = keyed.with_columns(rank=pl.Series(rank), parts=pl.Series(parts, dtype=pl.Binary))
    bulk.replace(connection, scores, rows.select(_SCORES).sort("key"))
    _put_boards(connection, keyed, dict(zip(networks, numbers.tolist(), strict=True)))
    labels.put_names(connection, keyed.select("key", "person"), day)


def _put_boards(connection: Connection, keyed: pl.DataFrame, networks: dict[str, int]) -> None:
    made = [_board(EVERYWHERE, keyed, "score")]
    for network, number in networks.items():
        column = f"{PART}{network}"
        made.append(_board(number, keyed.filter(pl.col(column) > 0), column))
    bulk.replace(connection, boards, pl.concat(made))


def _board(number: int, keyed: pl.DataFrame, column: str) -> pl.DataFrame:
    rows = packing.board(keyed["key"].to_numpy()[_order(keyed, column)])
    return rows.with_columns(network=pl.lit(number, pl.Int64)).select(_BOARD)


def _order(keyed: pl.DataFrame, column: str) -> NDArray[np.intp]:
    """Give the row numbers by a column, highest first; equal ones stay in order of id."""
    return np.argsort(-keyed[column].to_numpy(), kind="stable")
