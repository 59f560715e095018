"""Text files as lines: opened whatever their compression, read in pieces, damage named by line.

What all readers of lines share. Polars has `scan_lines`, but it is unstable and its errors don't
name a line; reading bytes here and handing whole blocks to Polars costs little and names it.
"""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl
from backports import zstd

from features.errors import KloutError

PIECE_ROWS = 500_000
"""Rows a reader hands over at a time: large enough to be fast, small enough for any machine."""

BLOCK = 16_000_000
"""Bytes of text handled at a time."""

LONGEST_LINE = 2**20
"""Bytes of a line; the rest is dropped, and the line refused. No row of ours comes near it, and a
line of gigabytes, which a small packed file may hold, would take all memory."""

TOO_LONG = f"longer than {LONGEST_LINE // 2**20} MiB"
"""Why a line was refused."""

UNREADABLE = (EOFError, zlib.error, OSError, zstd.ZstdError)
"""What reading a damaged file raises, packed or not."""

_ANY_WINDOW: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 31}
"""A zst stream may refer back by 2 GiB; dumps are packed so, and by default it is an error."""

_GZIP, _ZSTD, _BZIP2 = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh"

_BOM = b"\xef\xbb\xbf"

LATEST = 253_402_300_799
"""Seconds to the end of the year 9999: a number beyond it is no time, and would overflow."""


def suffix_of(file: Path) -> str:
    """Give a file's last suffix, which may be written in upper case as well.

    >>> suffix_of(Path("interactions.CSV.GZ"))
    '.gz'
    """
    return file.suffix.lower()


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, unpacking gz, bz2 and zst on the way.

    Each is known by its name or its first bytes.
    """
    with file.open("rb") as raw, unpacked(raw, suffix_of(file)) as stream:
        yield stream


@contextmanager
def unpacked(raw: BufferedReader, suffix: str) -> Iterator[BinaryIO]:
    """Unpack a stream of bytes on the way, as `opened` does by a file's last suffix."""
    first = raw.peek(4)[:4]
    if first == _ZSTD or suffix == ".zst":
        with zstd.ZstdFile(raw, options=_ANY_WINDOW) as stream:
            yield cast(BinaryIO, stream)
    elif first[:2] == _GZIP or suffix == ".gz":
        with gzip.GzipFile(fileobj=raw) as stream:
            yield cast(BinaryIO, stream)
    elif first[:3] == _BZIP2 or suffix == ".bz2":
        with bz2.BZ2File(raw) as stream:
            yield cast(BinaryIO, stream)
    else:
        yield raw


def blocks(file: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Read lines block by block.

    Yields
    ------
    tuple of int and list of bytes
        The number of the block's first line, counted from 1, and its lines without their ends. A
        line longer than `LONGEST_LINE` comes with one byte more than that.

    Raises
    ------
    KloutError
        If the packed stream is cut short or corrupt, or the file holds nothing.
    """
    row = 1
    try:
        with opened(file) as stream:
            for lines in lines_of(stream):
                yield row, lines
                row += len(lines)
    except UNREADABLE as error:
        raise KloutError(f"{file}: {damage(file, error)}, after line {row - 1}") from error
    if row == 1:
        raise KloutError(f"{file}: the file is empty")


def lines_of(stream: BinaryIO) -> Iterator[list[bytes]]:
    r"""Read a stream's lines, those of some megabytes at a time, each cut after `LONGEST_LINE`.

    >>> from io import BytesIO
    >>> list(lines_of(BytesIO(b"a\nb\r\n\nc")))
    [[b'a', b'b\r', b''], [b'c']]
    """
    rest, is_first = b"", True
    while data := stream.read(BLOCK):
        if is_first:
            data, is_first = data.removeprefix(_BOM), False
        *lines, rest = (rest + data).split(b"\n")
        rest = _cut(rest)
        if lines:
            yield list(map(_cut, lines))
    if rest:
        yield [rest]


def _cut(line: bytes) -> bytes:
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE + 1]


def damage(file: Path, error: Exception) -> str:
    """Say in a few words what is wrong with a file that could not be read to its end."""
    kind = {".gz": "gzip", ".zst": "zst", ".bz2": "bzip2"}.get(suffix_of(file), "")
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
        line = next(n for n, line in enumerate(lines, first) if not is_text(line))
        raise KloutError(f"{file}, line {line}: not UTF-8 text") from None
    numbers = pl.int_range(first, first + len(lines), dtype=pl.UInt64, eager=True)
    return pl.DataFrame({"row": numbers, "line": text.str.strip_chars(" \r\n")})


def is_text(line: bytes) -> bool:
    """Tell whether a line is UTF-8."""
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


def not_whole(names: list[str]) -> pl.Expr:
    """Say of a line that `split` took apart why it is damaged; null where it is whole."""
    why = pl.format("expected {} fields: {}", pl.lit(len(names)), pl.col(names[0]).str.head(200))
    return pl.when(~pl.col("whole")).then(why)


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
    micros = pl.when(number.is_between(0, LATEST * per_second)).then(
        number * (1_000_000 // per_second)
    )
    time = micros.cast(pl.Datetime("us", "UTC"))
    if frame.select(pl.col(name).is_not_null() & time.is_null()).to_series().any():
        time = pl.coalesce(time.dt.to_string("iso:strict"), pl.col(name))
    return frame.with_columns(time.alias(name))
