r"""Logs of JSON lines, one object a line of which a reader takes what it knows.

Dumps are not always clean: bytes 0 where a disk was full, several objects in a line, halves of
surrogate pairs in texts. What can be read is read; a line that can't is damaged, and the others
stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import polars as pl

from features.sources.lines import LONGEST_LINE, TOO_LONG, blocks

Object = dict[str, Any]

NO_OBJECT = "expected a JSON object"

_KEPT = 500
"""Characters of a damaged line that are kept in the quarantine."""

_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})"
    rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
"""Half of a surrogate pair, which no UTF-8 can hold. It stands in texts that were cut."""


class Damaged(NamedTuple):
    """A line that is no object: its number, why, and its beginning."""

    row: int
    reason: str
    text: str


@dataclass(frozen=True)
class Block:
    """Some lines of a file.

    Attributes
    ----------
    first
        The number of the first line.
    lines
        As they are in the file.
    damaged
        Those that can't be read, of the lines that `objects` has come by.
    """

    first: int
    lines: list[bytes]
    damaged: list[Damaged] = field(default_factory=list)

    def objects(self) -> Iterator[tuple[int, Object]]:
        """Read the lines, one at a time: objects that nobody keeps cost the collector nothing."""
        for number, line in enumerate(self.lines, self.first):
            try:
                found = orjson.loads(line)
            except ValueError:
                for value in self._odd(number, line.strip(b"\0 \t\r")):
                    yield number, value
                continue
            if isinstance(found, dict):
                yield number, found
            else:
                self.damaged.append(_damaged(number, NO_OBJECT, line))

    def refuse(self, number: int, reason: str, value: Object) -> None:
        """Take an object as damaged, for what it says."""
        self.damaged.append(_damaged(number, reason, orjson.dumps(value)))

    def refused(self, column: str) -> pl.DataFrame:
        """Give the damaged lines as rows to be refused, their texts in a column of the table."""
        return pl.DataFrame(
            self.damaged, {"row": pl.UInt64, "damaged": pl.String, column: pl.String}, orient="row"
        )

    def _odd(self, number: int, line: bytes) -> list[Object]:
        """Read a line that is not one JSON value as it stands; one that is blank holds none."""
        try:
            found = _values(_HALF.sub(rb"\\ufffd", line).decode())
        except UnicodeDecodeError:
            reason = "not UTF-8 text"
        except (ValueError, RecursionError) as error:
            reason = TOO_LONG if len(line) > LONGEST_LINE else f"malformed JSON: {error}"
        else:
            if all(isinstance(value, dict) for value in found):
                return found
            reason = NO_OBJECT
        self.damaged.append(_damaged(number, reason, line))
        return []


def read_objects(file: Path) -> Iterator[Block]:
    """Read some megabytes of lines at a time.

    Raises
    ------
    KloutError
        If the file is packed and was cut or is corrupt, or holds nothing.
    """
    for first, lines in blocks(file):
        yield Block(first, lines)


def _values(text: str) -> list[Any]:
    """Read the JSON values that stand in a line one after the other."""
    decoder, place, found = json.JSONDecoder(), 0, []
    while place < len(text):
        value, place = decoder.raw_decode(text, place)
        found.append(value)
        while text[place : place + 1].isspace():
            place += 1
    return found


def _damaged(number: int, reason: str, line: bytes) -> Damaged:
    text = line[:_KEPT].decode("utf-8", "backslashreplace")
    return Damaged(number, reason, text.replace("\0", ""))


def part_of(of: Object, name: str) -> Object:
    """Give a part that is an object; an empty one where it is missing, or is none."""
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def texts_of(of: Object, part: str, lists: str, name: str) -> Iterator[str]:
    """Give a text of each object in a list of a part; what is of another form holds none.

    >>> tweet = {"entities": {"hashtags": [{"text": "jazz"}, 1, {}]}}
    >>> list(texts_of(tweet, "entities", "hashtags", "text"))
    ['jazz']
    """
    found = part_of(of, part).get(lists)
    for each in found if isinstance(found, list) else []:
        text = text_of(each.get(name)) if isinstance(each, dict) else None
        if text:
            yield text


def text_of(value: Any) -> str | None:
    """Take a value as an id: a text, or a whole number as its digits; else there is none.

    >>> text_of("ann"), text_of(12), text_of(None), text_of(True), text_of(["a"])
    ('ann', '12', None, None, None)
    """
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else None
