"""XML of the kind ``<posts><row Id="1" …/>…</posts>``, streamed: no tree is ever built.

Read with expat itself. It fetches no external entities, and from 2.4.0 on (2022; any current
Python's) refuses entities that expand out of proportion, so a hostile file is an error like any
other and no second XML library is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

import polars as pl

from features.errors import KloutError
from features.sources.lines import UNREADABLE, damage, opened

PIECE = 100_000
"""Rows read before they are handed over: as Python's texts they take far more memory than later."""

LONGEST_ROW = 16_000_000
"""Bytes of a row. Of texts we read nothing, but expat holds a row whole before it hands it over."""

_CHUNK = 1_000_000


def read_rows(file: Path, root: str, names: list[str]) -> Iterator[pl.DataFrame]:
    """Read some attributes of the rows.

    Parameters
    ----------
    file
        XML, plain or gz.
    root
        The outermost element's name.
    names
        The attributes to read; all others, such as texts, are dropped at once.

    Yields
    ------
    DataFrame
        ``row`` (u64), counted from 1, and the attributes as texts, null where they are missing.

    Raises
    ------
    KloutError
        If the XML is malformed, truncated, has other elements, or a row that is too long.
    """
    parser = expat.ParserCreate()
    rows: list[list[str | None]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            rows.append([attributes.get(name) for name in names])
        elif tag != root:
            place = f"{file}, line {parser.CurrentLineNumber}"
            raise KloutError(f"{place}: expected <row> elements in <{root}>, found <{tag}>")

    parser.StartElementHandler = start
    done = read = 0
    for data in _chunks(file, parser):
        read += len(data)
        try:
            parser.Parse(data, not data)
        except (expat.ExpatError, LookupError, ValueError) as error:  # also unknown encodings
            place = f"{file}, line {parser.CurrentLineNumber}"
            raise KloutError(f"{place}: malformed XML: {error}") from error
        if read - max(parser.CurrentByteIndex, 0) > LONGEST_ROW:
            place = f"{file}, line {parser.CurrentLineNumber}"
            raise KloutError(f"{place}: a row is longer than {LONGEST_ROW // 10**6} MB")
        if len(rows) >= PIECE or (rows and not data):
            yield _frame(rows, names, done)
            done += len(rows)
            rows.clear()


def _chunks(file: Path, parser: expat.XMLParserType) -> Iterator[bytes]:
    """Read the file's bytes; an empty chunk is the last."""
    try:
        with opened(file) as stream:
            while data := stream.read(_CHUNK):
                yield data
    except UNREADABLE as error:
        place = f"after line {parser.CurrentLineNumber}"
        raise KloutError(f"{file}: {damage(file, error)}, {place}") from error
    yield b""


def _frame(rows: list[list[str | None]], names: list[str], done: int) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")
    return frame.with_columns(row=pl.int_range(done + 1, done + 1 + len(rows), dtype=pl.UInt64))
