"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import ctypes
import fcntl
import os
import secrets
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from features.errors import KloutError
from features.storage.folders import DRAFT, MARKER, FolderKind, check_own, claim, mark, read_marker
from features.storage.objects import is_remote
from features.storage.paths import move

_FORMER, _LOCK = "former", ".draft.lock"


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Give a local draft to write to; it takes the file's place once the block ends well.

    Raises
    ------
    KloutError
        If the folder, or the object storage, can't be written to.
    """
    if is_remote(file):
        with TemporaryDirectory(prefix="klout-") as folder:
            draft = Path(folder) / file.name
            yield draft
            move({draft: file})
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.draft")
        draft.unlink(missing_ok=True)
    except OSError as error:
        raise KloutError(f"{file}: can't be written: {error.strerror}") from error
    try:
        yield draft
        draft.replace(file)
    except FileNotFoundError:
        raise  # of something that was to be read: the draft's folder is there
    except OSError as error:
        raise KloutError(f"{file}: can't be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def replacing_folder(
    folder: Path, kind: FolderKind, marker_id: str | None = None
) -> Iterator[Path]:
    """Give a new folder to write to; it takes the folder's place once the block ends well.

    It is finished beside it, and the former is removed last: a kill at any moment leaves one of
    them whole, which `standing` finds.

    Parameters
    ----------
    folder
        New, empty, or a local folder of this kind.
    kind, marker_id
        For its marker; an id of None is one at random.

    Raises
    ------
    KloutError
        If the folder holds anything else, another run is replacing it, or it can't be written.
    """
    check_own(folder, kind)
    whole = folder.resolve()  # a link to a folder stays a link
    draft, former = _beside(whole, DRAFT.name), _beside(whole, _FORMER)
    try:
        _settle(whole, former, kind)
        lock = _taken(draft, kind, f"{folder}: another run is writing to it")
        try:
            yield draft
            mark(draft, kind, marker_id or secrets.token_hex(16))
            for path in (*draft.iterdir(), draft):
                sync_folder(path) if path.is_dir() else sync_file(path)
            (draft / _LOCK).unlink()
            _swap(draft, whole, former)
        finally:
            lock.close()
            if draft.exists():
                _remove(draft)
        _discard(former, kind)
    except OSError as error:
        raise KloutError(f"{folder}: can't be written: {error.strerror or error}") from error


def standing(folder: Path) -> Path:
    """Give a folder, or the former one where a kill came just before another took its place."""
    if is_remote(folder) or folder.exists():
        return folder
    former = _beside(folder.resolve(), _FORMER)
    return former if former.is_dir() else folder


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.{what}")


def _settle(folder: Path, former: Path, kind: FolderKind) -> None:
    """End what a killed run began."""
    if former.exists() and not folder.exists():
        former.rename(folder)
    _discard(former, kind)


def _discard(former: Path, kind: FolderKind) -> None:
    if former.exists():
        check_own(former, kind)
        _remove(former)


def _remove(folder: Path) -> None:
    """Remove a folder of ours, its marker last: killed, it is still known for one."""
    _empty(folder, but=(MARKER,))
    (folder / MARKER).unlink(missing_ok=True)
    folder.rmdir()


def _empty(folder: Path, but: tuple[str, ...]) -> None:
    for path in folder.iterdir():
        if path.name in but:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _taken(draft: Path, kind: FolderKind, refusal: str) -> TextIO:
    """Make the draft's folder, or empty that of a killed run; gives its lock."""
    if (there := read_marker(draft)) is None or there.kind != kind.name:
        claim(draft, DRAFT)
    try:
        lock = (draft / _LOCK).open("w")
    except OSError:
        if not (draft / _LOCK).exists():  # else another run is in it
            _remove(draft)
        raise
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise KloutError(refusal) from None
    _empty(draft, but=(_LOCK, MARKER))
    return lock


def _swap(draft: Path, folder: Path, former: Path) -> None:
    """Put the draft into the folder's place, by two renames."""
    if folder.exists():
        folder.rename(former)
    try:
        draft.rename(folder)
    except OSError:
        if former.exists():
            former.rename(folder)
        raise
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Have the operating system write a folder's list of names to disk; object storage has none."""
    if is_remote(folder):
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_FEW = 64
"""Files and folders that are synced one by one. Each takes a turn of the disk, 3 to 6 ms."""


def sync_all(files: Collection[Path], folders: Collection[Path]) -> None:
    """Have the operating system write files and folders' lists of names to disk.

    Where it can be told to write all that waits at once, thousands take a second, and no minute.

    Raises
    ------
    OSError
        If the disk is full or fails.
    """
    if len(files) + len(folders) > _FEW and sys.platform == "linux":
        for folder in {folder.stat().st_dev: folder for folder in folders}.values():
            _sync_disk(folder)
        return
    for file in files:
        sync_file(file)
    for folder in folders:
        sync_folder(folder)


def _sync_disk(folder: Path) -> None:
    """Write all that waits for a folder's file system; Python has `os.sync`, which hides errors."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        if libc.syncfs(handle):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    finally:
        os.close(handle)


def sync_file(file: Path) -> None:
    """Have the operating system write a file's content to disk."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
