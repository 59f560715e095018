"""What people are influential about into the tables: those of the day before make room."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
from sqlalchemy import Connection

from features.errors import KloutError
from features.topics.slugs import own_id
from serving.store import bulk, packing
from serving.store.day import (
    TOPIC_IDS,
    TOPIC_NAMES,
    TOPIC_PARENTS,
    TOPICS,
    TopicWords,
    checked,
    with_nul,
)
from serving.store.schema import person_topics, topic_boards, topic_names, topic_parents, topics

ENGLISH = "en"
"""The language of those who say none, and of names that are not there in theirs."""
_TABLES = (topics, topic_names, topic_parents, person_topics, topic_boards)
_PAIR = ["person", "topic"]


def put_topics(
    connection: Connection, rows: pl.DataFrame, keys: pl.DataFrame, words: TopicWords
) -> None:
    """Have these topics be the latest day's; of a day that has none nothing is left.

    Parameters
    ----------
    rows
        `TOPICS`, of those who may be seen.
    keys
        ``key`` and ``person`` of all who have a score.
    words
        What is said of the topics.
    """
    drop_topics(connection)
    theirs = rows.join(keys, on="person")
    if theirs.is_empty():
        return
    numbered = _numbered(theirs)
    known = numbered.select("topic", "id")
    by_id = theirs.join(known, on="topic").with_columns(topic="id")
    strongest = by_id.sort("key", "influence", "topic", descending=[False, True, False])
    bulk.insert(connection, person_topics, packing.topics(strongest))
    best = by_id.sort(
        "topic", "rank", "influence", "person", descending=[False, False, True, False]
    )
    bulk.insert(connection, topic_boards, packing.boards(best))
    _put_words(connection, numbered, words)
    _put_parents(connection, known, words)


def drop_topics(connection: Connection) -> None:
    """Have nobody be influential about anything."""
    for table in _TABLES:
        connection.execute(table.delete())


def checked_topics(rows: pl.LazyFrame | None, as_of: date) -> pl.DataFrame:
    """Check a day's topics.

    Raises
    ------
    KloutError
        If a column is not as `TOPICS` says, or a person has a topic twice.
    """
    what = f"topics of {as_of}"
    frame = pl.DataFrame(schema=dict(TOPICS)) if rows is None else rows.collect()
    made = checked(frame, TOPICS, what)
    for person, topic in made.filter(made.select(_PAIR).is_duplicated()).select(_PAIR).iter_rows():
        raise KloutError(f"{what}: person {person!r} has topic {topic!r} twice")
    return made.filter(~with_nul(made, "topic"))


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """List the topics with ``id``, ``experts`` and ``sensitive``, those of most experts first."""
    found = rows.group_by("topic").agg(pl.col("experts").max(), pl.col("sensitive").any())
    ordered = found.sort("experts", "topic", descending=[True, False])
    return ordered.with_columns(id=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))


def _put_words(connection: Connection, numbered: pl.DataFrame, words: TopicWords) -> None:
    ids = checked(words.ids, TOPIC_IDS, "ids of topics")
    told = checked(words.names, TOPIC_NAMES, "names of topics")
    called: dict[str, dict[str, str]] = {}
    for topic, language, name in told.join(numbered, on="topic", how="semi").iter_rows():
        called.setdefault(topic, {})[language] = name
    every = numbered.join(ids.unique("topic"), on="topic", how="left", maintain_order="left")
    slugs, given = every["topic"], every["id_right"]
    names = [{ENGLISH: plain_name(slug)} | called.get(slug, {}) for slug in slugs]
    numbers = [
        own_id(slug) if number is None else number
        for slug, number in zip(slugs, given, strict=True)
    ]
    made = every.select("id", "topic", "experts", "sensitive").with_columns(
        number=pl.Series(numbers, dtype=pl.String),
        names=pl.Series([json.dumps(each, ensure_ascii=False) for each in names], dtype=pl.String),
    )
    bulk.insert(connection, topics, made)
    bulk.insert(connection, topic_names, _searched(every, names))


def _searched(numbered: pl.DataFrame, names: list[dict[str, str]]) -> pl.DataFrame:
    """List what topics are searched by: the slug, each name, and each word of it."""
    texts = [[slug, *of.values()] for slug, of in zip(numbered["topic"], names, strict=True)]
    lists = pl.Series("name", texts, dtype=pl.List(pl.String))
    whole = numbered.select(lists, topic="id").explode("name", empty_as_null=False)
    parts = whole.with_columns(pl.col("name").str.split(" ")).explode("name", empty_as_null=False)
    lower = pl.concat([whole, parts]).with_columns(pl.col("name").str.to_lowercase())
    return lower.filter(pl.col("name") != "").unique().sort("name", "topic")


def _put_parents(connection: Connection, known: pl.DataFrame, words: TopicWords) -> None:
    told = checked(words.parents, TOPIC_PARENTS, "parents of topics")
    above = known.rename({"topic": "parent", "id": "above"})
    pairs = told.join(known, on="topic").join(above, on="parent")
    made = pairs.select(parent="above", topic="id").unique().sort("parent", "topic")
    bulk.insert(connection, topic_parents, made)


def plain_name(slug: str) -> str:
    """Name a topic of which nothing is said.

    >>> plain_name("machine-learning"), plain_name("-")
    ('machine learning', '-')
    """
    return slug.replace("-", " ").strip() or slug
