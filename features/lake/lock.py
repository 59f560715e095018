"""One writer at a time, and no traces of those that were killed."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import KloutError
from features.lake.contracts import EVERY_TABLE
from features.lake.lake import Lake


class BusyError(KloutError):
    """Another run holds what this one needs; later it may not."""


@contextmanager
def writing(root: Path) -> Iterator[Path]:
    """Hold the lake's lock, and clear what a killed run may have left.

    Gives the folder ``.staging``. Whoever puts files into place must have made it before: that it
    is there tells the next run to look for files that the ledger does not name.

    Raises
    ------
    KloutError
        If another run is writing, or there is a file instead of a folder.
    """
    if root.exists() and not root.is_dir():
        raise KloutError(f"{root}: a lake is a directory, this is a file")
    root.mkdir(parents=True, exist_ok=True)
    (root / "ledger").mkdir(exist_ok=True)
    staging = root / ".staging"
    with locked(root / ".lock", f"{root}: another run is writing to this lake"):
        if staging.exists():
            _clear(root, staging)
        try:
            yield staging
        except BaseException:
            _clear(root, staging)
            raise
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def locked(file: Path, refusal: str) -> Iterator[None]:
    """Hold a file's lock, which the operating system gives back whatever becomes of the run.

    Raises
    ------
    BusyError
        With the text given, if another run holds it.
    """
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(refusal) from None
        yield


def short(digest: str) -> str:
    """Give the part of a source's digest that its files are named by."""
    return digest[:12]


def _clear(root: Path, staging: Path) -> None:
    """Remove files that the ledger does not name, or no longer; the staging goes last."""
    lake = Lake(root)
    named = {file.path for file in lake.every_file()}
    for table in EVERY_TABLE:
        for path in (root / table).rglob("*.parquet"):
            if str(path.relative_to(root)) not in named:
                path.unlink()
    digests = {short(entry.digest) for entry in lake.entries}
    for path in (root / "quarantine").glob("*.parquet"):
        if path.stem.rpartition("-")[2] not in digests:
            path.unlink()
    shutil.rmtree(staging, ignore_errors=True)
