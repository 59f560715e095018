"""A store as the first version of klout kept it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command

from serving.store.backup import backup
from serving.store.engine import connected, parsed, writing
from serving.store.upgrading import config


def as_of_the_first_version(file: Path) -> None:
    """Put what a store holds into the tables of the first migration."""
    old = file.with_name("old.db")
    engine = connected(parsed(f"sqlite:///{old}"))
    with writing(engine) as connection:
        alembic = config()
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "0001")
    engine.dispose()
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS new", [str(file)])
        for table in columns(connection, "main").keys() & columns(connection, "new").keys():
            kept = ", ".join(columns(connection, "main")[table])
            if table != "alembic_version":
                connection.execute(f"INSERT INTO main.{table} SELECT {kept} FROM new.{table}")
    backup(f"sqlite:///{old}", file)
    for name in ("old.db", "old.db-wal", "old.db-shm", "store.db-wal", "store.db-shm"):
        file.with_name(name).unlink(missing_ok=True)


def columns(connection: sqlite3.Connection, schema: str) -> dict[str, list[str]]:
    """Name the columns of each table."""
    query = f"SELECT name FROM {schema}.sqlite_schema WHERE type = 'table'"
    tables = [table for (table,) in connection.execute(query).fetchall()]
    described = {each: connection.execute(f"PRAGMA {schema}.table_info({each})") for each in tables}
    return {each: [f'"{row[1]}"' for row in rows] for each, rows in described.items()}
