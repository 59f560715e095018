"""The key of whoever serves on their own machine: made for them, and kept for their eyes alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from serving.store import Store
from serving.store.api_keys import SCOPES
from serving.store.engine import SQLITE

NAME = "who serves on this machine"
_ENDING = ".key"


def own_key(store: Store) -> Path | None:
    """Give the file of a key for all scopes, beside a store in SQLite; make it if need be.

    A file whose key the store does not know, or no more, gets another one.

    Returns
    -------
    Path or None
        None: the store is in no file of this machine, or nothing can be written beside it.
    """
    database = store.engine.url.database
    if store.engine.dialect.name != SQLITE or database is None:
        return None
    file = Path(database + _ENDING)
    try:
        if not _is_good(file, store):
            with _private(file) as out:
                out.write(store.create_key(NAME, SCOPES)[1] + "\n")
    except OSError:
        return None
    return file


def _is_good(file: Path, store: Store) -> bool:
    try:
        secret = file.read_text().strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return False
    key = store.verify_key(secret)
    return key is not None and key.scopes >= set(SCOPES)


@contextmanager
def _private(file: Path) -> Iterator[TextIO]:
    """Write a file that appears whole, and is never readable by others, not even for a moment."""
    new = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            yield out
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
