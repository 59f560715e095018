"""Connections: SQLite in a file of its own, or PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError

from features.errors import KloutError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
PATIENCE_S = 120
"""A writer waits so long for another one: publishing a million people takes some 20 s."""
_LOCK = 0x6B6C6F7574
"""The number of the lock that writers take in PostgreSQL: "klout"."""
_WAL_BYTES = 64 * 2**20
"""What stays of the write-ahead log after a day was published."""


def parsed(url: str) -> URL:
    """Read a store's URL.

    Raises
    ------
    KloutError
        If it is none, or of another database.
    """
    try:
        made = make_url(url)
    except ArgumentError as error:
        raise KloutError(f"{url!r} is no URL of a store; expected {_EXPECTED}") from error
    if made.drivername == POSTGRESQL:
        made = made.set(drivername=f"{POSTGRESQL}+psycopg")
    is_file = made.drivername == SQLITE and made.database not in (None, "", ":memory:")
    if not is_file and made.drivername != f"{POSTGRESQL}+psycopg":
        raise KloutError(f"{shown(made)!r} is no URL of a store; expected {_EXPECTED}")
    return made


_EXPECTED = "sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"


def shown(url: URL) -> str:
    """Write a URL without its password."""
    return url.render_as_string(hide_password=True)


def connected(url: URL) -> Engine:
    """Make the engine. Nothing is opened before it is used."""
    if url.get_backend_name() == POSTGRESQL:
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": PATIENCE_S})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "connect", _remember)
    event.listen(engine, "checkout", _look)
    event.listen(engine, "begin", _begin)
    return engine


def reading(engine: Engine) -> Engine:
    """Give an engine whose transactions see one state of the database and change nothing."""
    if engine.dialect.name == SQLITE:
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Run a transaction that no other writer of the store runs beside; readers go on."""
    with engine.execution_options(klout_begin="IMMEDIATE").begin() as connection:
        if engine.dialect.name == POSTGRESQL:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn what a database says into one line.

    Raises
    ------
    KloutError
        Instead of any error of the database.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise KloutError(f"store {name}: {str(cause).partition(chr(10))[0]}") from error


def _set_up(connection: sqlite3.Connection, _: Any) -> None:
    # Python would begin transactions by itself, and only before some statements.
    connection.isolation_level = None
    for setting in ("journal_mode = WAL", f"journal_size_limit = {_WAL_BYTES}"):
        connection.execute(f"PRAGMA {setting}").close()


def _remember(connection: sqlite3.Connection, record: Any) -> None:
    record.info["file"] = _file(connection)


def _look(_: sqlite3.Connection, record: Any, __: Any) -> None:
    """Have a connection made anew if another store has taken the file's place."""
    if (now := _inode(record.info["file"][0])) not in (None, record.info["file"][1]):
        raise DisconnectionError(f"the file is another now: {now}")


def _file(connection: sqlite3.Connection) -> tuple[str, int | None]:
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    return path, _inode(path)


def _inode(path: str) -> int | None:
    try:
        return os.stat(path).st_ino  # noqa: PTH116 (at each read: a Path takes longer)
    except OSError:
        return None


def _begin(connection: Connection) -> None:
    kind = connection.get_execution_options().get("klout_begin", "DEFERRED")
    # By the driver itself: each read begins so, and SQLAlchemy's way takes longer than SQLite's.
    connection.connection.cursor().execute(f"BEGIN {kind}")
