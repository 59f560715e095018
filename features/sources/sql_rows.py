"""Dumps of MySQL tables, as MediaWiki's: ``INSERT INTO `page` VALUES (1,0,'Title'),…;``.

Read as they come, so that a table of gigabytes takes no memory. A statement is a line of a
megabyte, or lines of a row each. Texts have their quotes and line ends escaped by a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from features.errors import KloutError
from features.sources.lines import UNREADABLE, damage, opened

PIECE = 100_000
"""Rows read before they are handed over: as Python's texts they take far more memory than later."""

LONGEST = 16_000_000
"""Bytes of a row, and of what stands between statements: MySQL takes no longer packets."""

_CHUNK = 1_000_000
_HEAD = 2**16
"""Bytes in which the table is declared."""

_CREATE = re.compile(rb"^CREATE TABLE `(\w+)` \((.*?)^\)", re.M | re.S)
_COLUMN = re.compile(rb"^\s+`(\w+)`", re.M)
_INSERT = re.compile(rb"^INSERT INTO `(\w+)` VALUES\s*", re.M)
_VALUE = rb"'(?:[^'\\]++|\\.)*+'|[^',()]++"
_ESCAPE = re.compile(rb"\\(.)", re.S)
_ESCAPED = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"}


def columns_of(file: Path) -> tuple[str, list[str]]:
    """Give the name of the table that a file declares, and of its columns in order.

    Raises
    ------
    KloutError
        If it declares none, or can't be read.
    """
    try:
        with opened(file) as stream:
            found = _CREATE.search(stream.read(_HEAD))
    except UNREADABLE as error:
        raise KloutError(f"{file}: {damage(file, error)}") from error
    if found is None:
        raise KloutError(f"{file}: no CREATE TABLE; expected a dump of a MySQL table")
    return found[1].decode(), [name.decode() for name in _COLUMN.findall(found[2])]


def read_rows(file: Path, names: list[str]) -> Iterator[pl.DataFrame]:
    """Read some columns of a dump of one table.

    Parameters
    ----------
    file
        SQL, plain or packed.
    names
        The columns.

    Yields
    ------
    DataFrame
        ``row`` (u64), counted from 1, and the columns as texts; NULL is null, and a byte that is no
        UTF-8 is written by its number.

    Raises
    ------
    KloutError
        If the table lacks a column, or the file was cut or has other rows.
    """
    table, columns = columns_of(file)
    for name in names:
        if name not in columns:
            raise KloutError(f"{file}: the table {table!r} has no column {name!r}; has {columns}")
    wanted, done = sorted(names, key=columns.index), 0
    rows: list[tuple[bytes, ...]] = []
    try:
        with opened(file) as stream:
            for row in _rows(file, table, stream, _pattern(columns, names)):
                rows.append(row)
                if len(rows) == PIECE:
                    yield _frame(rows, wanted, done)
                    done, rows = done + len(rows), []
    except UNREADABLE as error:
        place = f"after row {done + len(rows)}"
        raise KloutError(f"{file}: {damage(file, error)}, {place}") from error
    yield _frame(rows, wanted, done)


def _pattern(columns: list[str], names: list[str]) -> re.Pattern[bytes]:
    """Match a row and what ends it, with a group for each column that is wanted."""
    values = [b"(%s)" % _VALUE if name in names else b"(?:%s)" % _VALUE for name in columns]
    return re.compile(rb"\s*\(%s\)\s*([,;])" % b",".join(values), re.S)


def _rows(
    file: Path, table: str, stream: BinaryIO, pattern: re.Pattern[bytes]
) -> Iterator[tuple[bytes, ...]]:
    """Give the wanted values of each row, as they are written."""
    buffer, place, within, number = b"", 0, False, 0
    while True:
        if not within and (found := _INSERT.search(buffer, place)):
            if (other := found[1].decode()) != table:
                raise KloutError(f"{file}: rows of {other!r} among those of {table!r}")
            within, place = True, found.end()
        while within and (row := pattern.match(buffer, place)):
            *values, end = row.groups()
            yield tuple(values)
            place, within, number = row.end(), end == b",", number + 1
        if not within and _INSERT.search(buffer, place):
            continue
        # Between statements, a line that is not whole may begin the next.
        rest = buffer[place:] if within else buffer[max(place, buffer.rfind(b"\n")) :]
        data = stream.read(_CHUNK)
        if (within and not data) or len(rest) > LONGEST:
            what = "is cut, or has other columns than the table declares"
            raise KloutError(f"{file}: row {number + 1} {what}")
        if not data:
            return
        buffer, place = rest + data, 0


def _frame(rows: list[tuple[bytes, ...]], names: list[str], done: int) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    texts = [_texts(name, values) for name, values in zip(names, columns, strict=True)]
    numbers = pl.int_range(done + 1, done + 1 + len(rows), dtype=pl.UInt64, eager=True)
    return pl.DataFrame([numbers.alias("row"), *texts])


def _texts(name: str, values: tuple[bytes, ...]) -> pl.Series:
    written = pl.Series(name, values, pl.Binary)
    if written.bin.starts_with(b"'").any():
        return pl.Series(name, map(_text, values), pl.String)
    return written.cast(pl.String).str.strip_chars().replace("NULL", None)


def _text(value: bytes) -> str | None:
    r"""Read a value as it is written.

    >>> _text(b"12"), _text(rb"'It\'s'"), _text(b"NULL")
    ('12', "It's", None)
    """
    if value[:1] != b"'":
        return None if value.strip() == b"NULL" else value.decode().strip()
    text = value[1:-1]
    if b"\\" in text:
        text = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)
    return text.decode("utf-8", "backslashreplace")
