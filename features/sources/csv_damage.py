"""Where a CSV is damaged: it is read once more, slowly; Polars does not say."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from features.sources.lines import (
    LONGEST_LINE,
    UNREADABLE,
    damage,
    is_text,
    lines_of,
    one_line,
    opened,
)

_TWICE = "a quote within a text is written twice, and the text in quotes"


def csv_damage(path: Path, error: Exception) -> str:
    """Say where and how a CSV is damaged, to be put behind its name.

    Parameters
    ----------
    path
        The file, packed or not.
    error
        What Polars said of it, for damage that is not found again.
    """
    line = 0
    try:
        if (found := _not_text(path)) is not None:
            return f", line {found}: not UTF-8 text"
        for line, fields, expected in _rows(path):
            if fields > expected:
                return f", line {line}: {fields} fields; expected {expected}"
        if (found := _left_open(path)) is not None:
            return f", line {found}: a quote stands in the middle of a text; {_TWICE}"
    except csv.Error as found:
        return f", line {line + 1}: a quote is opened here and {_ending(found)}; {_TWICE}"
    except UNREADABLE as found:
        return f": {damage(path, found)}, after line {line}"
    return f": malformed CSV: {one_line(error)}"


def _lines(path: Path) -> Iterator[bytes]:
    """Read the lines; of one that is too long, which is refused by itself, nothing."""
    with opened(path) as stream:
        for line in chain.from_iterable(lines_of(stream)):
            yield line if len(line) <= LONGEST_LINE else b""


def _not_text(path: Path) -> int | None:
    """Return the number of the first line that is not UTF-8; None: there is none."""
    return next((n for n, line in enumerate(_lines(path), 1) if not is_text(line)), None)


def _rows(path: Path) -> Iterator[tuple[int, int, int]]:
    """Give of each row its last line, how many fields it has, and how many the header has."""
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        rows = csv.reader((line.decode() + "\n" for line in _lines(path)), strict=True)
        expected = len(next(rows, []))
        yield rows.line_num, expected, expected
        for row in rows:
            yield rows.line_num, len(row), expected
    finally:
        csv.field_size_limit(before)


def _ending(error: csv.Error) -> str:
    """Say how a text in quotes ends, by what Python's reader says of it."""
    said = str(error)
    if "field larger" in said:
        return f"not closed for {LONGEST_LINE // 2**20} MiB"
    return "never closed" if "end of data" in said else "closed in the middle of a text"


def _left_open(path: Path) -> int | None:
    """Return the line of the last quote that has no other; None: each has."""
    opened_at = None
    for number, line in enumerate(_lines(path), 1):
        if line.count(b'"') % 2:
            opened_at = number if opened_at is None else None
    return opened_at
