"""A copy of a store's SQLite file, whole, while it is in use.

The file itself is not the store: what was written last is in ``store.db-wal`` beside it, and moves
over while somebody copies. SQLite's own backup reads one state of the database.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from features.errors import KloutError
from features.files import replacing, sync_file
from serving.store.engine import PATIENCE_S, SQLITE, explained, parsed, shown


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
        with explained(name):
            _copy(store, draft)
        sync_file(draft)


def _copy(store: Path, to: Path) -> None:
    address = f"{store.as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=PATIENCE_S)) as here,
        closing(sqlite3.connect(to)) as there,
    ):
        here.backup(there)
        # So that the copy is one file. A store that is opened goes back to WAL.
        there.execute("PRAGMA journal_mode = DELETE").close()
