"""What is remembered of a stream between two messages and two runs: one SQLite file.

It holds what `features.sources.bluesky.folding.Known` holds, of records that were changed or
deleted, and the last revision of each repository: some 60 and 50 bytes each. Records that only were
made need no memory.

The lake and this file change in turn: what a batch changes is put down here as *pending*, then the
lake's ledger takes the batch, then it is merged. Whoever is killed in between finds out by the
ledger what became of it, so that the file always says what the lake says.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from features.errors import KloutError
from features.sources.bluesky.folding import Known

_MOST_ASKED = 500
"""Keys in a query."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS {0}known (
    key BLOB PRIMARY KEY, rev TEXT, turn INTEGER, is_there INTEGER, since INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS {0}revs (key BLOB PRIMARY KEY, rev TEXT) WITHOUT ROWID;
"""
_OTHERS = """
CREATE TABLE IF NOT EXISTS batch (digest TEXT);
CREATE TABLE IF NOT EXISTS refills (did TEXT PRIMARY KEY, since INTEGER, tries INTEGER DEFAULT 0);
"""
_MERGE = """
INSERT OR REPLACE INTO known SELECT * FROM pending_known;
INSERT OR REPLACE INTO revs SELECT * FROM pending_revs;
"""
_FORGET = "DELETE FROM pending_known; DELETE FROM pending_revs; DELETE FROM batch;"

EVERY = "*"
"""Stands for all repositories that changed since a time, among those to be read again."""


class Memory:
    """The file.

    Parameters
    ----------
    file
        Made if it is not there.

    Raises
    ------
    KloutError
        If it is no such file, or another run has it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(file, timeout=1, isolation_level=None)
        try:
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("PRAGMA synchronous = FULL")
            script = _SCHEMA.format("") + _SCHEMA.format("pending_") + _OTHERS
            self._base.executescript(f"BEGIN IMMEDIATE; {script} COMMIT;")
        except sqlite3.DatabaseError as error:
            self._base.close()
            raise KloutError(
                f"{file}: no memory of a stream, or another run has it: {error}"
            ) from error

    def close(self) -> None:
        """Give the file back."""
        self._base.close()

    @property
    def is_new(self) -> bool:
        """Whether it holds nothing yet."""
        (found,) = self._base.execute(
            "SELECT EXISTS(SELECT 1 FROM known) OR EXISTS(SELECT 1 FROM revs)"
        ).fetchone()
        return not found

    def known(self, addresses: Iterable[str]) -> dict[str, Known]:
        """Look up what is remembered of some addresses."""
        found = {}
        for names, rows in self._rows("known", addresses):
            for key, rev, turn, is_there, since in rows:
                found[names[key]] = Known(rev, turn, bool(is_there), since)
        return found

    def revs(self, dids: Iterable[str]) -> dict[str, str]:
        """Look up the last revision of some repositories."""
        return {names[k]: rev for names, rows in self._rows("revs", dids) for k, rev in rows}

    def prepare(self, digest: str, known: Mapping[str, Known], revs: Mapping[str, str]) -> None:
        """Put down what a batch changes, before the lake takes it."""
        self._base.execute("BEGIN IMMEDIATE")
        self._base.executemany(
            "INSERT OR REPLACE INTO pending_known VALUES (?, ?, ?, ?, ?)",
            ((_key(name), *value) for name, value in known.items()),
        )
        self._base.executemany(
            "INSERT OR REPLACE INTO pending_revs VALUES (?, ?)",
            ((_key(did), rev) for did, rev in revs.items()),
        )
        self._base.execute("INSERT INTO batch VALUES (?)", (digest,))
        self._base.execute("COMMIT")

    @property
    def pending(self) -> str | None:
        """The batch that was put down last, if it is not known what became of it."""
        found = self._base.execute("SELECT digest FROM batch").fetchone()
        return None if found is None else str(found[0])

    def settle(self, *, is_taken: bool) -> None:
        """Merge what was pending, or forget it, as the lake took the batch or did not."""
        self._base.executescript(f"BEGIN IMMEDIATE; {_MERGE if is_taken else ''} {_FORGET} COMMIT;")

    def want(self, did: str, since: int = 0) -> None:
        """Note that a repository is to be read again, or (`EVERY`) all that changed since then."""
        self._base.execute("INSERT OR IGNORE INTO refills (did, since) VALUES (?, ?)", (did, since))

    def wanted(self, most: int) -> list[tuple[str, int]]:
        """Name repositories that are to be read again; `EVERY` comes first, what failed last."""
        rows = self._base.execute(
            "SELECT did, since FROM refills ORDER BY did <> ?, tries, did LIMIT ?", (EVERY, most)
        )
        return list(rows.fetchall())

    def read_again(self, did: str) -> None:
        """Note that it was."""
        self._base.execute("DELETE FROM refills WHERE did = ?", (did,))

    def failed(self, did: str) -> int:
        """Note that it could not be; returns how often."""
        self._base.execute("UPDATE refills SET tries = tries + 1 WHERE did = ?", (did,))
        found = self._base.execute("SELECT tries FROM refills WHERE did = ?", (did,)).fetchone()
        return 0 if found is None else int(found[0])

    def _rows(
        self, table: str, names: Iterable[str]
    ) -> Iterator[tuple[dict[bytes, str], list[Any]]]:
        keys = iter({_key(name): name for name in names}.items())
        while some := dict(islice(keys, _MOST_ASKED)):
            marks = ",".join("?" * len(some))
            query = f"SELECT * FROM {table} WHERE key IN ({marks})"
            yield some, self._base.execute(query, list(some)).fetchall()


def _key(name: str) -> bytes:
    """Stand for an address by 16 bytes: of two alike there is no chance."""
    return hashlib.blake2b(name.encode(), digest_size=16).digest()
