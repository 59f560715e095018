"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import KloutError


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Give a draft to write to; it takes the file's place once the block ends without an error.

    Raises
    ------
    KloutError
        If the folder can't be written to.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.draft")
        draft.unlink(missing_ok=True)
    except OSError as error:
        raise KloutError(f"{file}: can't be written: {error.strerror}") from error
    try:
        yield draft
        draft.replace(file)
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
