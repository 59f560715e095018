"""Archives of one account, as networks give them to people: a zip, or the folder it was.

A zip is read as it stands; nothing is unpacked to the disk. Files are named by the end of their
path, since some tools wrap an archive in one more folder. Lists of posts are read an item at a
time: they may hold a life of posts, and a small zip may hold gigabytes.
"""

from __future__ import annotations

import codecs
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from features.errors import KloutError
from features.sources.reader import one_file

LONGEST_ITEM = 2**22
"""Characters of an item of a list, far above any post; what is longer is damage."""

MOST_FILES = 1_000_000
"""In an archive: photos and films are files, too."""

_CHUNK = 2**20
_DAMAGED = (
    EOFError,
    OSError,
    RuntimeError,  # it asks for a password
    NotImplementedError,  # packed in a way that nobody knows
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
_BETWEEN = re.compile(r"[\s,]*")


@dataclass(frozen=True)
class Archive:
    """What is in a zip or a folder.

    Attributes
    ----------
    path
        As it was given.
    """

    path: Path

    @cached_property
    def names(self) -> list[str]:
        """Names of the files, with their folders, in order.

        Raises
        ------
        KloutError
            If it is neither a folder nor a zip, or a damaged one.
        """
        if self.path.is_dir():
            found = (each for each in self.path.rglob("*") if each.is_file())
            return sorted(each.relative_to(self.path).as_posix() for each in found)
        one_file(self.path)
        try:
            with zipfile.ZipFile(self.path) as packed:
                names = [each.filename for each in packed.infolist() if not each.is_dir()]
        except _DAMAGED as error:
            raise KloutError(f"{self.path}: neither a folder nor a whole zip: {error}") from error
        if len(names) > MOST_FILES:
            raise KloutError(f"{self.path}: more than {MOST_FILES:,} files")
        return sorted(names)

    def find(self, pattern: str) -> list[str]:
        """Name the files the end of whose path is a pattern's, outermost first.

        Raises
        ------
        KloutError
            If two files of one name are in different folders: they are of two archives.
        """
        ends = re.compile(rf"(?:.*/)?({pattern})")
        found = [name for name in self.names if ends.fullmatch(name)]
        ends_of = [PurePosixPath(name).name for name in found]
        if twice := sorted({name for name in ends_of if ends_of.count(name) > 1}):
            raise KloutError(f"{self.path}: {twice[0]} is there twice; give one archive")
        return found

    def one(self, pattern: str, called: str) -> str:
        """Name the one file of a pattern.

        Raises
        ------
        KloutError
            If there is none.
        """
        found = self.find(pattern)
        if not found:
            raise KloutError(f"{self.path}: no {called} here")
        return found[0]

    def named(self, name: str) -> str:
        """Name one of the files to people."""
        return f"{self.path}/{name}"

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """Open a file.

        Raises
        ------
        KloutError
            Naming it, if it is damaged: cut, of another size or checksum than the zip says, locked.
        """
        try:
            if self.path.is_dir():
                with (self.path / name).open("rb") as stream:
                    yield stream
            else:
                with zipfile.ZipFile(self.path) as packed, packed.open(name) as member:
                    yield member  # type: ignore[misc]  # all that is asked of it is read
        except _DAMAGED as error:
            raise KloutError(f"{self.named(name)}: damaged: {error}") from error

    def value(self, name: str) -> Any:
        """Read a small file of JSON, or of JavaScript that gives it a name (``window.… = {``).

        Raises
        ------
        KloutError
            If it is damaged, or longer than `LONGEST_ITEM`.
        """
        with self.opened(name) as stream:
            data = stream.read(LONGEST_ITEM + 1)
            if len(data) > LONGEST_ITEM:
                raise KloutError(f"{self.named(name)}: longer than {LONGEST_ITEM:,} bytes")
            text = data.decode("utf-8-sig")
            start = re.search(r"[\[{]", text)
            if start is None:
                raise KloutError(f"{self.named(name)}: no JSON")
            return json.JSONDecoder().raw_decode(text, start.start())[0]

    def items(self, name: str, opening: str) -> Iterator[tuple[int, Any]]:
        """Read a list an item at a time.

        Parameters
        ----------
        opening
            A pattern that ends with the list's bracket, near the file's beginning.

        Yields
        ------
        tuple
            The item's number, from 1, and the item.

        Raises
        ------
        KloutError
            If the file is damaged; an item before that has been given.
        """
        with self.opened(name) as stream:
            yield from _Items(stream, self.named(name)).after(opening)

    def made_at(self, said: datetime | None, latest: datetime | None) -> datetime:
        """Say when the archive was made: as it says, or else at the latest time that is in it."""
        moment = said or latest
        if moment is None:
            raise KloutError(f"{self.path}: no time in it: nothing was ever published")
        return moment


class _Items:
    """A list in a stream of JSON text, of which no more is in memory than an item and a chunk."""

    def __init__(self, stream: BinaryIO, called: str) -> None:
        self.stream, self.called = stream, called
        self.text, self.decode = "", codecs.getincrementaldecoder("utf-8-sig")().decode

    def after(self, opening: str) -> Iterator[tuple[int, Any]]:
        """Give the items that follow a pattern."""
        place, number, decoder = self._opened(opening), 0, json.JSONDecoder()
        while True:
            place = self._skipped(place)
            if self.text[place] == "]":
                return
            try:
                item, end = decoder.raw_decode(self.text, place)
            except (ValueError, RecursionError) as error:
                if len(self.text) - place > LONGEST_ITEM:
                    raise self._damage(f"item {number + 1} is longer than it may be") from error
                place = self._more(place, f"item {number + 1}: {error}")
                continue
            # A number that ends where the text does may go on in the next chunk.
            if end == len(self.text):
                place = self._more(place, f"the list does not end, after item {number + 1}")
                continue
            number, place = number + 1, end
            yield number, item

    def _opened(self, opening: str) -> int:
        while (match := re.search(opening, self.text)) is None:
            if len(self.text) > LONGEST_ITEM:
                raise self._damage(f"no list that begins as {opening}")
            self._more(0, f"no list that begins as {opening}")
        return match.end()

    def _skipped(self, place: int) -> int:
        while (match := _BETWEEN.match(self.text, place)) and match.end() == len(self.text):
            place = self._more(len(self.text), "the list does not end")
        assert match is not None
        return match.end()

    def _more(self, place: int, why: str) -> int:
        """Read on, and forget what lies before a place; give the place."""
        chunk = self.stream.read(_CHUNK)
        if not chunk:
            raise self._damage(why)
        self.text = self.text[place:] + self.decode(chunk)
        return 0

    def _damage(self, why: str) -> KloutError:
        return KloutError(f"{self.called}: {why}")


def utc(text: Any, form: str | None = None) -> datetime | None:
    """Read a time, ISO 8601 or of a form of `strptime`; None where there is none.

    >>> utc("2024-05-01T12:00:00+02:00")
    datetime.datetime(2024, 5, 1, 10, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        found = datetime.fromisoformat(text) if form is None else datetime.strptime(text, form)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
