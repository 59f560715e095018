"""A copy of a store's SQLite file, whole, while it is in use.

The file itself is not the store: what was written last is in ``store.db-wal`` beside it, and moves
over while somebody copies. SQLite's own backup reads one state of the database.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from features.errors import KloutError
from features.storage.atomic import replacing, sync_file
from serving.store.engine import PATIENCE_S, SQLITE, parsed, shown, translated_db_errors
from serving.store.schema import days, persons

_OF_A_COPY = "delete"
"""The journal of a file that is whole by itself; a store that was opened has a write-ahead log."""


def backup(url: str, file: Path) -> None:
    """Copy a store of any version to a file, as it is now; who reads or publishes goes on.

    Parameters
    ----------
    url
        ``sqlite:///FILE``.
    file
        Appears whole or not at all, in the place of what was there.

    Raises
    ------
    KloutError
        If the store is none in SQLite, or the file can't be written.
    """
    made = parsed(url)
    name = shown(made)
    if made.get_backend_name() != SQLITE:
        raise KloutError(f"store {name}: `pg_dump -Fc DATABASE > FILE` is for PostgreSQL")
    store = Path(made.database or "").resolve()
    if not store.is_file():
        raise KloutError(f"no store at {name}")
    if file.resolve() == store:
        raise KloutError(f"{file} is the store itself; expected a file to copy it to")
    with replacing(file) as draft:
        with translated_db_errors(name):
            _copy(store, draft)
        sync_file(draft)


def is_backup(file: Path) -> bool:
    """Whether a file is what `backup` writes, and no store that is in use."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as there:
            mode = there.execute("PRAGMA journal_mode").fetchone()[0]
            tables = {name for (name,) in there.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error:
        return False
    return mode == _OF_A_COPY and tables >= {days.name, persons.name}


def _copy(store: Path, to: Path) -> None:
    address = f"{store.as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=PATIENCE_S)) as here,
        closing(sqlite3.connect(to)) as there,
    ):
        here.backup(there)
        # So that the copy is one file. A store that is opened goes back to WAL.
        there.execute(f"PRAGMA journal_mode = {_OF_A_COPY}").close()
