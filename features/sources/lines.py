"""Text files as lines: opened whatever their compression, read in pieces, damage named by line.

What all readers of lines share. Polars has `scan_lines`, but it is unstable and its errors don't
name a line; reading bytes here and handing whole blocks to Polars costs little and names it.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl
import pyarrow as pa

from features.errors import KloutError
from features.sources.reader import PIECE_ROWS

BLOCK = 16_000_000
"""Bytes of text handled at a time. A line is never cut, so ids of megabytes come whole."""

_BOM = b"\xef\xbb\xbf"
_LATEST = 253_402_300_799
"""Seconds to the end of the year 9999: a number beyond it is no time, and would overflow."""


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, unpacking gz and zst on the way.

    gzip is known by its name or its first two bytes, zst by its name.
    """
    with file.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        if file.suffix == ".zst":
            yield cast(BinaryIO, pa.input_stream(raw, compression="zstd"))
        elif packed or file.suffix == ".gz":
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield raw


def blocks(file: Path) -> Iterator[tuple[int, list[bytes]]]:
    r"""Read lines block by block.

    Yields
    ------
    tuple of int and list of bytes
        The number of the block's first line, counted from 1, and its lines with their ends.

    Raises
    ------
    KloutError
        If the compressed stream is cut short or corrupt, or the file holds nothing.
    """
    row = 1
    try:
        with opened(file) as stream:
            lines = io.BufferedReader(cast(io.RawIOBase, stream), 1 << 20)
            if lines.peek(3)[:3] == _BOM:
                lines.read(3)
            while block := lines.readlines(BLOCK):
                yield row, block
                row += len(block)
    except (EOFError, zlib.error, OSError) as error:
        raise KloutError(f"{file}: {damage(file, error)}, after line {row - 1}") from error
    if row == 1:
        raise KloutError(f"{file}: the file is empty")


def damage(file: Path, error: Exception) -> str:
    """Say in a few words what is wrong with a file that could not be read to its end."""
    kind = {".gz": "gzip", ".zst": "zst"}.get(file.suffix, "")
    return f"truncated or corrupt {kind}".rstrip() + f" ({one_line(error)})"


def one_line(error: Exception) -> str:
    """Give the first paragraph of an error as one line; the rest of Polars' is advice."""
    return " ".join(str(error).split("\n\n", 1)[0].split())


def read_lines(file: Path) -> Iterator[pl.DataFrame]:
    """Read a UTF-8 text file, at most `PIECE_ROWS` lines at a time.

    Yields
    ------
    DataFrame
        ``row`` (u64), the line's number, and ``line``, its text without spaces around it or a
        line end of either kind; blank lines are left out.
    """
    for first, block in blocks(file):
        for start in range(0, len(block), PIECE_ROWS):
            part = block[start : start + PIECE_ROWS]
            yield _as_text(file, part, first + start).filter(pl.col("line") != "")


def _as_text(file: Path, lines: list[bytes], first: int) -> pl.DataFrame:
    try:
        text = pl.Series(lines, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        line = next(n for n, line in enumerate(lines, first) if not _is_text(line))
        raise KloutError(f"{file}, line {line}: not UTF-8 text") from None
    numbers = pl.int_range(first, first + len(lines), dtype=pl.UInt64, eager=True)
    return pl.DataFrame({"row": numbers, "line": text.str.strip_chars(" \r\n")})


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def split(frame: pl.DataFrame, separator: str, names: list[str]) -> pl.DataFrame:
    """Split ``line`` into fields; ``whole`` says whether there were as many as there should be.

    A line with another number of fields keeps its text in the first field, the others being
    null: the checks will refuse it as incomplete, and its text is kept in the quarantine.
    """
    parts = pl.col("line").str.split(separator)
    frame = frame.select("row", "line", parts=parts).with_columns(
        whole=pl.col("parts").list.len() == len(names)
    )
    fields = {name: pl.col("parts").list.get(n, null_on_oob=True) for n, name in enumerate(names)}
    first = pl.when("whole").then(fields[names[0]]).otherwise("line").alias(names[0])
    others = [pl.when("whole").then(fields[name]).alias(name) for name in names[1:]]
    return frame.select("row", "whole", first, *others)


def with_unix_time(frame: pl.DataFrame, name: str, per_second: int) -> pl.DataFrame:
    """Turn a column of texts that count from 1970 into times.

    Parameters
    ----------
    frame
        Holds the column.
    name
        The column.
    per_second
        1 if it counts seconds, 1,000 if milliseconds.

    Returns
    -------
    DataFrame
        The column is a time; or a text, so that the checks can name what could not be read, if
        some of it is no number or not between 1970 and 9999.
    """
    number = pl.col(name).cast(pl.Int64, strict=False)
    micros = pl.when(number.is_between(0, _LATEST * per_second)).then(
        number * (1_000_000 // per_second)
    )
    time = micros.cast(pl.Datetime("us", "UTC"))
    if frame.select(pl.col(name).is_not_null() & time.is_null()).to_series().any():
        time = pl.coalesce(time.dt.to_string("iso:strict"), pl.col(name))
    return frame.with_columns(time.alias(name))
