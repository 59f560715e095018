"""A look at a path without reading it whole: the names of its files, and how each begins."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple, cast

from features.errors import KloutError
from features.sources.lines import UNREADABLE, opened, suffix_of, unpacked

HEAD = 2**16
"""Bytes, unpacked, by which a file is known; no format needs more."""

MOST_LINES = 50


class Known(NamedTuple):
    """What a reader takes a path for.

    Attributes
    ----------
    what
        In words, as "an hour of GitHub events".
    options
        What the command needs beside the path, in the form of the command line.
    is_guess
        Whether much else looks like it: it is said where no other reader knows the path.
    reads_zip
        Whether the reader reads a zip as it stands.
    """

    what: str
    options: str = ""
    is_guess: bool = False
    reads_zip: bool = False


@dataclass(frozen=True)
class Glance:
    """What is seen of a path.

    Attributes
    ----------
    path
        As it was given.
    is_folder
        Whether it is one, or a zip, which is read as the folder that it holds.
    names
        Of its files: of a folder those that lie in it, of a file its own.
    head
        Gives the first bytes of one, unpacked; none if it can't be read.
    """

    path: Path
    is_folder: bool
    names: tuple[str, ...]
    head: Callable[[str], bytes]

    def lines(self, name: str | None = None) -> list[str]:
        """Give a file's first whole lines that hold something; None: the first file's."""
        if name is None and not self.names:
            return []
        data = self.head(name or self.names[0])
        whole = data if len(data) < HEAD else data[: data.rfind(b"\n") + 1]
        text = whole.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        found = (line.strip("\r") for line in text.split("\n"))
        return [line for line in found if line.strip()][:MOST_LINES]

    def objects(self, name: str | None = None) -> list[dict[str, Any]]:
        """Give the objects of a file's first lines; none if one of them is no JSON object."""
        try:
            found = [json.loads(line) for line in self.lines(name)]
        except (ValueError, RecursionError):
            return []
        return found if all(isinstance(each, dict) for each in found) else []

    @property
    def is_zip(self) -> bool:
        """Whether its files must be unpacked before they are read."""
        return self.is_folder and not self.path.is_dir()


def glance(path: Path) -> Glance:
    """Look at a path.

    Raises
    ------
    KloutError
        If there is nothing, or a zip is damaged.
    """
    if path.is_dir():
        names = tuple(sorted(file.name for file in path.iterdir() if file.is_file()))
        return Glance(path, True, names, lambda name: _begin(lambda: opened(path / name)))
    if not path.exists():
        raise KloutError(f"{path}: no such file")
    if not path.is_file():
        raise KloutError(f"{path}: neither a file nor a folder; keep what a pipe gives in a file")
    if zipfile.is_zipfile(path):
        return _zip(path)
    return Glance(path, False, (path.name,), lambda _: _begin(lambda: opened(path)))


def _zip(path: Path) -> Glance:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [each.filename for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise KloutError(f"{path}: damaged zip: {error}") from error
    by_name = {PurePosixPath(name).name: name for name in inside}
    return Glance(
        path,
        True,
        tuple(sorted(by_name)),
        lambda name: _begin(lambda: _member(path, by_name[name])),
    )


@contextmanager
def _member(path: Path, name: str) -> Iterator[BinaryIO]:
    with (
        zipfile.ZipFile(path) as archive,
        archive.open(name) as raw,
        unpacked(cast(BufferedReader, raw), suffix_of(Path(name))) as stream,
    ):
        yield stream


def _begin(opening: Callable[[], Any]) -> bytes:
    try:
        with opening() as stream:
            found: bytes = stream.read(HEAD)
            return found
    except (*UNREADABLE, zipfile.BadZipFile, RuntimeError):
        return b""
