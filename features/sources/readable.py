"""What a reader is given: a path that it may read as often as it likes.

A pipe can be read once, and some paths Polars can't say; a reader never meets either.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from features.errors import KloutError

STDIN = Path("-")
"""Stands for the standard input."""


@dataclass(frozen=True)
class Input:
    """A path to read, and how it is named to people.

    Attributes
    ----------
    path
        Exists, or will be missed under this name.
    given, read
        Texts: what people said, and what stands in its place in what the reader says.
    """

    path: Path
    given: str
    read: str

    def named(self, text: str) -> str:
        """Say what people gave where a text names what was read."""
        return text.replace(self.read, self.given)


@contextmanager
def readable(path: Path, name: str | None = None) -> Iterator[Input]:
    """Give a path that can be read more than once, by a name that says what it is.

    Parameters
    ----------
    path
        A file or folder, a pipe, or `STDIN`. What comes through a pipe is kept in a temporary file.
    name
        Instead of the path's own name, as ``interactions.csv.gz``.

    Raises
    ------
    KloutError
        If the name is one of a path.
    """
    if name is not None and (not name or Path(name).name != name):
        raise KloutError(f"{name!r}: expected a file name without folders, as interactions.csv")
    given = shown(path)
    is_pipe = path == STDIN or path.is_fifo()
    if not is_pipe and name is None and given == str(path):
        yield Input(path, given, given)
        return
    with tempfile.TemporaryDirectory(prefix="klout-") as folder:
        there = Path(folder) / (name or shown(Path(path.name)).replace("/", "_"))
        if is_pipe:
            _keep(path, there)
        else:
            there.symlink_to(path.absolute())
        yield Input(there, given, str(there))


def shown(path: Path) -> str:
    r"""Write a path as text; bytes that are no UTF-8 by their numbers.

    >>> shown(Path("a")), shown(Path("caf\udce9"))
    ('a', 'caf\\xe9')
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _keep(pipe: Path, file: Path) -> None:
    with file.open("wb") as out:
        if pipe == STDIN:
            shutil.copyfileobj(sys.stdin.buffer, out)
            return
        with pipe.open("rb") as stream:
            shutil.copyfileobj(stream, out)
