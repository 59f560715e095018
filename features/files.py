"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from features.errors import KloutError
from features.objects import is_remote
from features.storage import move


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
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give a new folder to write to; it takes the folder's place once the block ends."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    yield draft
    if folder.exists():
        shutil.rmtree(folder)
    draft.rename(folder)


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
