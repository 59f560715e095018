"""The ledger: one small JSON file per ingested source, whose appearance is the commit.

Readers see the files that the ledger names and no others, so a partition is seen whole or not at
all, and a run killed at any moment leaves the lake as it was. An entry may also take files away:
those that it names and those that it removes change places in the same instant.

On object storage an entry is one object, whose PUT fails if there is one of its number: whoever
commits to another lake than it has read is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from features.errors import KloutError
from features.lake.contracts import KEYS
from features.lake.times import day_number
from features.storage.atomic import sync_folder
from features.storage.objects import create, is_remote
from features.storage.paths import found, read_all
from features.storage.waiting import BusyError

FENCE = "fence"
"""Format of entries that bring nothing, and only take a number from somebody else."""

NETWORKS = "networks"
"""Format of entries that bring no rows, and declare networks (`features.lake.networks`)."""

CHUNK_ROWS = 400_000
"""Interactions folded together, in whole days: their tables fit in the processor's caches, which
makes folding half as long again as fast as by the million."""


@dataclass(frozen=True)
class LakeFile:
    """A Parquet file of a table, and the partition it belongs to."""

    table: str
    path: str
    rows: int
    network: str | None = None
    day: str | None = None

    def within(
        self, networks: frozenset[str] | None, since: date | None, until: date | None
    ) -> bool:
        """Whether the file may hold rows of these networks and days ``[since, until)``."""
        if networks is not None and self.network is not None and self.network not in networks:
            return False
        if self.day is None:
            return True
        day = date.fromisoformat(self.day)
        return (since is None or day >= since) and (until is None or day < until)


@dataclass(frozen=True)
class Entry:
    """What one source brought, or one rewriting changed.

    Attributes
    ----------
    source, format, digest
        Where it came from, how it was read, and SHA-256 of its bytes and options.
    files
        The files it added to the lake.
    repeated
        Rows left out because the lake had them already.
    quarantined
        Rows refused; they are in ``quarantine/``.
    suppressed
        Rows left out because they name somebody who was forgotten; they are nowhere.
    removed
        Paths of files of earlier entries that are no longer of the lake.
    networks
        Declarations in force from then on, by network: what `network_to_dict` makes.
    aside
        Files of earlier entries that are no longer of the lake and stay on the disk until a later
        entry removes them or takes them back.
    why, at
        What somebody gave as the reason, and when (UTC, ISO 8601); empty where none is asked for.
    follows
        Digest of the source's first entry, if this one brought what had been refused before.
    left_out
        How many of the source's rows its format makes nothing of, by the reason, the most first.
    cursor
        Of what a stream brought: where it goes on; empty otherwise.
    merged
        Paths of files of the index whose keys are in one of `files`: they are no longer of the
        lake. Unlike `removed` they say nothing of the rows that there are.
    """

    source: str
    format: str
    digest: str
    files: tuple[LakeFile, ...]
    repeated: int
    quarantined: int
    suppressed: int = 0
    removed: tuple[str, ...] = ()
    networks: dict[str, Any] = field(default_factory=dict)
    aside: tuple[LakeFile, ...] = ()
    why: str = ""
    at: str = ""
    follows: str = ""
    left_out: dict[str, int] = field(default_factory=dict)
    cursor: str = ""
    merged: tuple[str, ...] = ()

    @property
    def rows(self) -> dict[str, int]:
        """Rows added, by table; the index to them is no table of rows."""
        totals: dict[str, int] = {}
        for file in (file for file in self.files if file.table != KEYS):
            totals[file.table] = totals.get(file.table, 0) + file.rows
        return totals


def short(digest: str) -> str:
    """Give the part of a digest that files are named by."""
    return digest[:12]


def read_ledger(folder: Path) -> list[Entry]:
    """Read all entries, fences too, oldest first; none if the folder does not exist."""
    files = found(folder, "*.json")
    return [_read(file, data) for file, data in zip(files, read_all(files), strict=True)]


def present(entries: Iterable[Entry]) -> list[LakeFile]:
    """Name the files that no later entry removed, in the order they came."""
    files: dict[str, LakeFile] = {}
    for entry in entries:
        for path in (*entry.removed, *entry.merged, *(file.path for file in entry.aside)):
            files.pop(path, None)
        files.update((file.path, file) for file in entry.files)
    return list(files.values())


def aside(entries: Iterable[Entry]) -> list[LakeFile]:
    """Name the files that were put aside, and neither removed since nor taken back."""
    files: dict[str, LakeFile] = {}
    for entry in entries:
        for path in (*entry.removed, *(file.path for file in entry.files)):
            files.pop(path, None)
        files.update((file.path, file) for file in entry.aside)
    return list(files.values())


def head(entries: Iterable[Entry]) -> str:
    """Digest what was ingested and rewritten, in order: of a copy that goes its own way another."""
    said = ((entry.source, entry.digest, len(entry.files), entry.removed) for entry in entries)
    return hashlib.sha256(repr(list(said)).encode()).hexdigest()


def newest_of_sources(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Give the latest entry of each source, by the source's digest.

    What it quarantined is still refused; what earlier ones did is in the lake since.
    """
    return {entry.follows or entry.digest: entry for entry in entries}


def commit(folder: Path, entry: Entry, number: int | None = None) -> None:
    """Make an entry, and with it its files, visible at once and for good.

    Parameters
    ----------
    folder
        The ledger.
    entry
        What to add to it.
    number
        How many there were when its writer read them; None: as many as there are.

    Raises
    ------
    BusyError
        If the ledger is on object storage, and somebody else took the number.
    """
    if is_remote(folder):
        number = len(found(folder, "*.json")) if number is None else number
        if not _put(folder, number, entry):
            raise BusyError(f"{folder.parent}: another run wrote to this lake; nothing is changed")
        return
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.glob("*.json")))
    final = folder / f"{number:06d}-{short(entry.digest)}.json"
    draft = folder / ".draft"
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(asdict(entry)))
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(final)
    sync_folder(folder)


def fence(folder: Path) -> None:
    """Refuse, from now on, what a writer commits that read the ledger before: take its number."""
    entry = Entry("a run that lost its lock", FENCE, secrets.token_hex(32), (), 0, 0)
    while not _put(folder, len(found(folder, "*.json")), entry):
        pass


def _put(folder: Path, number: int, entry: Entry) -> bool:
    data = json.dumps(asdict(entry)).encode()
    return create(folder / f"{number:06d}.json", data) is not None


def _read(file: Path, text: bytes) -> Entry:
    try:
        data = json.loads(text)
        files, kept = (tuple(LakeFile(**row) for row in data[of]) for of in ("files", "aside"))
        paths = {of: tuple(data.get(of, ())) for of in ("removed", "merged")}
        return Entry(**{**data, **paths, "files": files, "aside": kept})
    except (ValueError, TypeError, KeyError) as error:
        raise KloutError(f"{file}: damaged ledger entry: {error}") from error


def day_of(file: LakeFile) -> int:
    """Say of which day a file is, since 1970."""
    return day_number(date.fromisoformat(str(file.day)))


def by_day(files: Iterable[LakeFile]) -> dict[int, list[LakeFile]]:
    """Group files that have a day by it, since 1970."""
    found: dict[int, list[LakeFile]] = {}
    for file in files:
        found.setdefault(day_of(file), []).append(file)
    return found


def whole_days(files: list[LakeFile]) -> Iterator[list[LakeFile]]:
    """Group files into chunks of about `CHUNK_ROWS`; a day's files stay together."""
    chunk: list[LakeFile] = []
    for file in files:
        if chunk and file.day != chunk[-1].day and sum(f.rows for f in chunk) >= CHUNK_ROWS:
            yield chunk
            chunk = []
        chunk.append(file)
    if chunk:
        yield chunk
