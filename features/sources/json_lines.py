"""Tables as JSON lines: one object a line, all values as texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Table
from features.sources.lines import blocks, one_line
from features.sources.reader import PIECE_ROWS


def read_json(path: Path, table: Table) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
    """Read one JSON object a line, with the lines' numbers; a blank line is no row.

    The keys of the first thousand lines are the columns that the file has, so that a column that
    is not there or not known is one error and not a million bad rows.
    """
    schema: dict[str, pl.DataType] | None = None
    for first, lines in blocks(path):
        rows = [(first + n, line) for n, line in enumerate(lines) if line.strip()]
        if schema is None:
            schema = _schema(path, table, rows)
        for start in range(0, len(rows), PIECE_ROWS):
            part = rows[start : start + PIECE_ROWS]
            yield (
                pl.Series([number for number, _ in part], dtype=pl.UInt64),
                _frame(path, part, schema),
            )


def _schema(path: Path, table: Table, rows: list[tuple[int, bytes]]) -> dict[str, pl.DataType]:
    names = dict.fromkeys(key for row in islice(rows, 1000) for key in _object(path, *row))
    known = [name for name in table.columns if name in names or name in table.optional]
    # A column that may be left out may also come first in a later line.
    return {name: pl.String() for name in [*known, *names]}


def _frame(
    path: Path, rows: list[tuple[int, bytes]], schema: dict[str, pl.DataType]
) -> pl.DataFrame:
    text = b"".join(line if line.endswith(b"\n") else line + b"\n" for _, line in rows)
    try:
        return pl.read_ndjson(text, schema=schema)
    except pl.exceptions.PolarsError as error:
        for row in rows:
            _object(path, *row)
        place = f"between lines {rows[0][0]} and {rows[-1][0]}"
        raise KloutError(f"{path}, {place}: malformed JSON: {one_line(error)}") from error


def _object(path: Path, number: int, line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line)
    except UnicodeDecodeError:
        raise KloutError(f"{path}, line {number}: not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise KloutError(f"{path}, line {number}: malformed JSON: {error}") from error
    if not isinstance(found, dict):
        raise KloutError(f"{path}, line {number}: expected a JSON object")
    return found
