"""Connections: SQLite in a file of its own, or PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError

from features.errors import KloutError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
PATIENCE_S = 120
"""A writer waits so long for another one: publishing a million people takes some 20 s."""
CONNECT_S = 5
"""Within so long a server lets us in, or it is not there."""


@dataclass(frozen=True)
class Patience:
    """How long the database may take.

    Attributes
    ----------
    write_s
        A writer waits so long for another one.
    busy_s
        A reader waits so long for a SQLite file that somebody has for itself alone: in WAL none of
        ours keeps a reader out.
    read_s
        What a statement of a reader may take in PostgreSQL; None: as long as it likes.
    """

    write_s: float
    busy_s: float
    read_s: float | None


COMMANDS = Patience(write_s=PATIENCE_S, busy_s=PATIENCE_S, read_s=None)
REQUESTS = Patience(write_s=20, busy_s=0.25, read_s=10)
"""A client waits too, and behind it others for the same threads."""
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


def connected(url: URL, patience: Patience = COMMANDS) -> Engine:
    """Make the engine. Nothing is opened before it is used."""
    told = {"klout_patience": patience}
    if url.get_backend_name() == POSTGRESQL:
        more = {} if patience.read_s is None else {"pool_timeout": CONNECT_S}
        given = {"connect_timeout": CONNECT_S, "options": _options(url, patience)}
        return create_engine(
            url, pool_pre_ping=True, connect_args=given, execution_options=told, **more
        )
    timeout = {"timeout": patience.busy_s}
    engine = create_engine(url, connect_args=timeout, execution_options=told)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "connect", _remember)
    event.listen(engine, "checkout", _look)
    event.listen(engine, "begin", _begin)
    return engine


def _options(url: URL, patience: Patience) -> str:
    """Add ours to the options of a session that the URL gives, which come last and so prevail."""
    limit = 0 if patience.read_s is None else round(patience.read_s * 1_000)
    given = url.query.get("options", "")
    return f"-c statement_timeout={limit} {given if isinstance(given, str) else ' '.join(given)}"


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
            patience: Patience = connection.get_execution_options()["klout_patience"]
            limits = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {}"
            connection.exec_driver_sql(limits.format(round(patience.write_s * 1_000)))
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection


@contextmanager
def translated_db_errors(name: str) -> Iterator[None]:
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
    options = connection.get_execution_options()
    # By the driver itself: each read begins so, and SQLAlchemy's way takes longer than SQLite's.
    cursor = connection.connection.cursor()
    if options.get("klout_begin") is None:
        cursor.execute("BEGIN DEFERRED")
        return
    patience: Patience = options["klout_patience"]
    cursor.execute(f"PRAGMA busy_timeout = {round(patience.write_s * 1_000)}")
    try:
        cursor.execute(f"BEGIN {options['klout_begin']}")
    finally:  # the connection is a reader's next
        cursor.execute(f"PRAGMA busy_timeout = {round(patience.busy_s * 1_000)}")
