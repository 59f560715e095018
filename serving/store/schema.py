"""The tables. docs/store.md draws them; a change here needs a migration in `migrations/versions`.

Persons and words (names of networks) are named once and stand elsewhere as small integers. What is
only ever read whole is packed into bytes: see `serving.store.packing`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

REVISION = "0007"
"""Of the newest migration: what an open store must be of."""

metadata = MetaData()

# Ordered by code point in both databases, so that a prefix is a range of the index.
Name = Text().with_variant(Text(collation="C"), "postgresql")

days = Table(
    "days",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("model", Text, nullable=False),
    Column("catalogue", Text),
    Column("published_at", DateTime, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("last_key", Integer, nullable=False),
)
"""Published days. ``last_key``: up to which persons had keys; a key is never given twice."""

words = Table(
    "words",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("word", Text, nullable=False, unique=True),
)
"""Names of networks. Rows are added and never changed."""

persons = Table(
    "persons",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("person", Name, nullable=False, unique=True),
    Column("klout_id", BigInteger, nullable=False, server_default="0"),
    Index("persons_klout_id", "klout_id", unique=True),
)
"""``klout_id``: from `serving.store.klout_id`; the default is for tables older than the column."""

scores = Table(
    "scores",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("score", Double, nullable=False),
    Column("influence", Double, nullable=False),
    Column("percentile", Double, nullable=False),
    Column("confidence", Double, nullable=False, server_default="0"),
    Column("low", Double, nullable=False, server_default="1"),
    Column("high", Double, nullable=False, server_default="100"),
    Column("coverage", Double, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("parts", LargeBinary, nullable=False),
)
"""The latest day's, whole. The defaults are for rows older than the columns: nothing is known."""

boards = Table(
    "boards",
    metadata,
    Column("network", SmallInteger, primary_key=True, autoincrement=False),
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("persons", LargeBinary, nullable=False),
)
"""The latest day's orders: of all by score (network `EVERYWHERE`), and of each network by part."""

history = Table(
    "history",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("as_of", Date, primary_key=True),
    Column("scores", LargeBinary, nullable=False),
    Index("history_as_of", "as_of"),
    sqlite_with_rowid=False,
)
"""Scores of a day of `packing.HISTORY_BLOCK` persons whose keys follow each other."""

accounts = Table(
    "accounts",
    metadata,
    Column("network", SmallInteger, primary_key=True, autoincrement=False),
    Column("account", Name, primary_key=True),
    Column("key", Integer, nullable=False),
    Index("accounts_key", "key"),
    sqlite_with_rowid=False,
)
"""Accounts that a person has connected. Others are persons of their own, ``network:account``."""

names = Table(
    "names",
    metadata,
    Column("name", Name, primary_key=True),
    Column("key", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""What persons are searched by, in lower case: ids, accounts, and the names that are shown."""

shown_names = Table(
    "shown_names",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)
"""What persons are called, where their profiles say so."""

topics = Table(
    "topics",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("topic", Name, nullable=False, unique=True),
    Column("number", Text, nullable=False),
    Column("experts", Integer, nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Column("names", Text, nullable=False),
)
"""The latest day's, numbered by how many experts they have, the most first. ``number``: its id in
the Klout API v2, which may be beyond 63 bits; ``names``: by language, in JSON."""

topic_names = Table(
    "topic_names",
    metadata,
    Column("name", Name, primary_key=True),
    Column("topic", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""What topics are searched by, in lower case: their names in all languages, and each word."""

topic_parents = Table(
    "topic_parents",
    metadata,
    Column("parent", Integer, primary_key=True, autoincrement=False),
    Column("topic", Integer, primary_key=True, autoincrement=False),
    Index("topic_parents_topic", "topic"),
    sqlite_with_rowid=False,
)

person_topics = Table(
    "person_topics",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("topics", LargeBinary, nullable=False),
)
"""What a person is influential about on the latest day, the strongest first."""

topic_boards = Table(
    "topic_boards",
    metadata,
    Column("topic", Integer, primary_key=True, autoincrement=False),
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("persons", LargeBinary, nullable=False),
)
"""The latest day's orders of experts."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("per_minute", Integer),
    Column("created_at", DateTime, nullable=False),
    Column("revoked_at", DateTime),
    CheckConstraint("per_minute > 0", name="api_keys_per_minute"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("what", Text, nullable=False),
    Column("person", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("asked_at", DateTime, nullable=False),
    Column("worker", Text),
    Column("beat_at", DateTime),
    Column("tries", Integer, nullable=False),
)
"""What takes longer than a request may: see `serving.store.jobs`. An ended one names nobody."""
