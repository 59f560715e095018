"""One writer at a time, and no traces of those that were killed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory

from features.lake.contracts import EVERY_TABLE
from features.lake.lake import Lake
from features.lake.ledger import fence, newest_of_sources, short
from features.storage.folders import LAKE, MARKER, claim, read_marker
from features.storage.lease import leased
from features.storage.objects import create, is_remote
from features.storage.paths import exists, found, remove
from features.storage.waiting import BusyError, named, signature, take_turn

__all__ = ["BusyError", "clear", "locked", "writing"]

_MADE = ".made"
"""Object that stands in the ledger's folder, where there are no folders, for an empty lake."""

_NAME = re.compile(r"(\w+-)?[0-9a-f]{12}(-[0-9a-f]{8})?(-[a-z]+)?(-r?\d{4,})*\.(parquet|arrow)")
"""How files of tables and of the quarantine are named: `short`, what comes before and after it."""


@contextmanager
def writing(root: Path) -> Iterator[Path]:
    """Hold the lake's lock, and clear what a killed run may have left.

    Gives the folder ``.staging``. Whoever puts files into place must have made it before: that it
    is there tells the next run to look for files that the ledger does not name. Of a lake on
    object storage it is a temporary one; there it is the lock that a killed run leaves.

    Raises
    ------
    KloutError
        If another run is writing, or what is there is no lake, nor empty or new.
    """
    if is_remote(root):
        with _writing_objects(root) as drafts:
            yield drafts
        return
    is_new, staging = read_marker(root) is None, root / ".staging"
    made = [folder for folder in (root, *root.parents) if not folder.exists()]
    claim(root, LAKE)
    with locked(root / ".lock", _refusal(root)):
        # Whoever was here first may have been refused, and have left nothing.
        claim(root, LAKE)
        (root / "ledger").mkdir(exist_ok=True)
        if staging.exists():
            clear(root)
            shutil.rmtree(staging, ignore_errors=True)
        try:
            yield staging
        except BaseException:
            clear(root)
            shutil.rmtree(staging, ignore_errors=True)
            if is_new:
                _unmake(root, made)
            raise
        shutil.rmtree(staging, ignore_errors=True)


def _unmake(root: Path, made: list[Path]) -> None:
    """Remove a lake to which nothing was ever committed, and the folders that were made for it."""
    with suppress(OSError):  # the ledger holds something, or somebody put something there
        (root / "ledger").rmdir()
        for folder in sorted(root.rglob("*/"), reverse=True):
            folder.rmdir()
        remove([root / MARKER, root / ".lock"])
        for folder in made:
            folder.rmdir()


@contextmanager
def locked(file: Path, refusal: str) -> Iterator[None]:
    """Hold a file's lock, which the operating system gives back whatever becomes of the run.

    On object storage it is one that runs out (`features.storage.lease`).

    Raises
    ------
    BusyError
        With the text given and who holds it, if another run does, longer than we wait.
    """
    if is_remote(file):
        with leased(file, refusal):
            yield
        return
    with _turn(file, refusal) as lock:
        with suppress(OSError):  # a full disk hides who holds it, and does no more
            lock.truncate(0)
            lock.write(signature())
        try:
            yield
        finally:
            lock.truncate(0)


def _turn(file: Path, refusal: str) -> FileIO:
    """Open a lock's file and wait for it; again, where whoever had it has removed it."""
    while True:
        lock = file.open("a+b", buffering=0)
        try:
            take_turn(partial(_taken, lock), refusal, partial(_holder, file))
            if _is_there(file, lock):
                return lock
        except BaseException:
            lock.close()
            raise
        lock.close()
        file.parent.mkdir(parents=True, exist_ok=True)


def _is_there(file: Path, lock: FileIO) -> bool:
    """Whether an open file is still the one of its name."""
    try:
        return os.path.samestat(file.stat(), os.fstat(lock.fileno()))
    except FileNotFoundError:
        return False


def _holder(file: Path) -> str:
    """Name who has a lock."""
    try:
        return named(file.read_bytes(), "since")
    except FileNotFoundError:
        return ""


def _taken(lock: FileIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _writing_objects(root: Path) -> Iterator[Path]:
    with (
        leased(root / ".lock", _refusal(root)) as lease,
        TemporaryDirectory(prefix="klout-") as drafts,
    ):
        ledger = root / "ledger"
        if not exists(ledger):
            claim(root, LAKE)
            create(ledger / _MADE, b"")
        if lease.taken_over:
            fence(ledger)
            clear(root)
        try:
            yield Path(drafts)
        except BaseException:
            lease.is_settled = False
            # Whoever has the lock now may have put files there that the ledger does not name yet.
            if lease.renew():
                clear(root)
            lease.is_settled = True
            raise


def _refusal(root: Path) -> str:
    return f"{root}: another run is writing to this lake"


def clear(root: Path) -> None:
    """Remove files of ours that the ledger does not name, or no longer, or quarantined no more."""
    lake = Lake(root)
    named = {file.path for file in (*lake.every_file(), *lake.aside)}
    for table in EVERY_TABLE:
        there = _ours(found(root / table, "*.*", deep=True))
        remove([path for path in there if str(path.relative_to(root)) not in named])
    digests = {short(entry.digest) for entry in newest_of_sources(lake.entries).values()}
    refused = _ours(found(root / "quarantine", "*.parquet"))
    remove([path for path in refused if path.stem.rpartition("-")[2] not in digests])


def _ours(files: list[Path]) -> list[Path]:
    return [file for file in files if _NAME.fullmatch(file.name)]
