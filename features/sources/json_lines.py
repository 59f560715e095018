"""Tables as JSON lines: one object a line, all values as texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from features.errors import KloutError
from features.lake import Table
from features.lake.texts import unkept
from features.sources.lines import LONGEST_LINE, PIECE_ROWS, TOO_LONG, blocks
from features.sources.reader import Chunk

NumberedLine = tuple[int, bytes]
"""A line's number, and the line."""


_KEY = r'"\s*:'
"""The end of a key; also in the middle of some texts."""

_DAMAGE = ""
"""Stands for a line's damage where its columns would."""


class _Whole(str):
    """A whole number as it was written, with all its digits."""


class _Fraction(str):
    """Another number as it was written."""


def read_json(path: Path, table: Table) -> Iterator[Chunk]:
    """Read one JSON object a line, with the lines' numbers; a blank line is no row.

    The keys of the first thousand lines are the columns that the file has, so that a column that
    is not there is one error and not a million bad rows; a key that is no column is an error
    wherever it stands. An id that is neither a text nor a whole number makes its row a damaged one,
    as does a line that is too long.
    """
    schema: dict[str, pl.DataType] | None = None
    for first, lines in blocks(path):
        rows = [(first + n, line) for n, line in enumerate(lines) if line.strip()]
        if schema is None:
            schema = _schema(path, table, rows)
        for start in range(0, len(rows), PIECE_ROWS):
            yield _chunk(path, rows[start : start + PIECE_ROWS], schema, table)


def _schema(path: Path, table: Table, rows: list[NumberedLine]) -> dict[str, pl.DataType]:
    first = islice((row for row in rows if len(row[1]) <= LONGEST_LINE), 1000)
    names = {key for row in first for key in _object(path, table, *row)}
    # A column that may be left out may also come first in a later line.
    columns = [name for name in table.columns if name in names or name in table.optional]
    return dict.fromkeys(columns, pl.String())


def _chunk(
    path: Path, rows: list[NumberedLine], schema: dict[str, pl.DataType], table: Table
) -> Chunk:
    """Read lines with Polars, and those again with Python of which it can't be sure."""
    ids = [name for name in schema if table.columns[name] == pl.String]
    numbers = pl.Series([number for number, _ in rows], dtype=pl.UInt64)
    if (frame := _fast(rows, schema)) is not None:
        odd = _odd(rows, ids, frame)
    else:
        frame, odd = pl.DataFrame(schema=schema).clear(len(rows)), pl.Series(range(len(rows)))
    if odd.is_empty():
        return Chunk(numbers, frame)
    objects = [_short_object(path, table, *rows[place]) for place in odd]
    read = (frame[name].scatter(odd, [_text(row.get(name)) for row in objects]) for name in schema)
    none = pl.repeat(None, len(rows), dtype=pl.String, eager=True)
    damaged = none.scatter(odd, [row.get(_DAMAGE) or _damage(row, ids) for row in objects])
    return Chunk(numbers, frame.with_columns(read), damaged)


def _fast(rows: list[NumberedLine], schema: dict[str, pl.DataType]) -> pl.DataFrame | None:
    """Read with Polars; None if it can't, be it that a line is no JSON or a number too long."""
    text = b"\n".join(line for _, line in rows)
    try:
        frame = pl.read_ndjson(text, schema=schema)
    except pl.exceptions.PolarsError:
        return None
    return frame if len(frame) == len(rows) else None


def _odd(rows: list[NumberedLine], ids: list[str], frame: pl.DataFrame) -> pl.Series:
    r"""Find the lines (by place) of which Polars may have made something else, without a word.

    To Polars 12.0 is 12, ``true`` is "true", and ``\ud800``, half a pair, is NUL. Any escape may be
    one, or hide the name of a key. A key that is not of the schema it passes over, and
    one of two that are alike; where a line has as many keys as it has values there is neither.
    """
    names = "|".join(map(re.escape, ids))
    odd = rf'\\u|"(?:{names})"\s*:\s*(?:[tf\[{{]|-?[0-9]+[.eE])'
    lines = pl.Series([line for _, line in rows], dtype=pl.Binary).cast(pl.String)
    values = frame.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    more = (lines.str.count_matches(_KEY) != values).arg_true()
    known = rf'"(?:{"|".join(map(re.escape, frame.columns))})"\s*:'
    keys = [rf'"{re.escape(name)}"\s*:' for name in frame.columns]
    unknown = lines.gather(more).str.count_matches(_KEY) != (
        lines.gather(more).str.count_matches(known)
    )
    found = [lines.str.contains(odd).arg_true(), more.filter(unknown)]
    found += [more.filter(lines.gather(more).str.count_matches(key) > 1) for key in keys]
    return pl.concat(found).unique().sort()


def _short_object(path: Path, table: Table, number: int, line: bytes) -> dict[str, Any]:
    """Read a line; one that is too long is damaged."""
    return {_DAMAGE: TOO_LONG} if len(line) > LONGEST_LINE else _object(path, table, number, line)


def _object(path: Path, table: Table, number: int, line: bytes) -> dict[str, Any]:
    place = f"{path}, line {number}"
    try:
        found = json.loads(
            line,
            parse_int=_Whole,
            parse_float=_Fraction,
            parse_constant=_no_constant,
            object_pairs_hook=_single,
        )
    except UnicodeDecodeError:
        raise KloutError(f"{place}: not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise KloutError(f"{place}: malformed JSON: {error}") from error
    if not isinstance(found, dict):
        raise KloutError(f"{place}: expected a JSON object")
    if unknown := sorted(found.keys() - table.columns.keys()):
        allowed = list(table.columns)
        raise KloutError(f"{place}: {table.name} has no column {unknown[0]!r}; allowed: {allowed}")
    return found


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _text(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()


def _damage(row: dict[str, Any], ids: list[str]) -> str | None:
    reasons = [f"{name}: {reason}" for name in ids if (reason := _refusal(row.get(name)))]
    return "; ".join(reasons) or None


def _refusal(value: Any) -> str | None:
    if isinstance(value, str) and not isinstance(value, _Fraction):
        # Of what UTF-8 can hold, the lake's checks say what it keeps.
        return None if _text(value) == value else unkept(value)
    return None if value is None else f"not a text or a whole number: {str(_text(value))[:40]}"
