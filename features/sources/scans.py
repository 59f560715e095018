"""Tables as Parquet and CSV, streamed by Polars; CSV as texts, an empty field being null."""

from __future__ import annotations

import re
import shutil
import tempfile
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import KloutError
from features.lake import Table
from features.lake.texts import uuid_texts
from features.sources.csv_damage import csv_damage
from features.sources.lines import (
    LONGEST_LINE,
    PIECE_ROWS,
    TOO_LONG,
    UNREADABLE,
    damage,
    lines_of,
    one_line,
    opened,
    suffix_of,
)
from features.sources.reader import Chunk

COMPRESSIONS = (".gz", ".zst")

_STAND_IN = "\x1a"
"""Takes the place of a line that is too long: a control character, which no id may hold."""

_OFFSET = re.compile(r"[+-]\d\d:\d\d")
"""A time zone that is only an offset."""


def read_parquet(path: Path, _table: Table) -> Iterator[Chunk]:
    """Read Parquet, with row numbers.

    Parquet is read from its end, so a packed file is unpacked to a temporary one first.
    """
    if suffix_of(path) not in COMPRESSIONS:
        yield from _plain_parquet(path, path)
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "table.parquet"
        try:
            with opened(path) as stream, plain.open("wb") as out:
                shutil.copyfileobj(stream, out)
        except UNREADABLE as error:
            raise KloutError(f"{path}: {damage(path, error)}") from error
        yield from _plain_parquet(path, plain)


def _plain_parquet(path: Path, plain: Path) -> Iterator[Chunk]:
    try:
        uuids = _uuids(path, plain)
        for chunk in _batches(pl.scan_parquet(plain, glob=False, hive_partitioning=False)):
            texts = (uuid_texts(pl.col(name)) for name in uuids)
            yield chunk._replace(frame=chunk.frame.with_columns(texts))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise KloutError(f"{path}: damaged Parquet: {one_line(error)}") from error


def _uuids(path: Path, plain: Path) -> list[str]:
    """Name the columns of UUIDs, which Polars takes for any bytes.

    Raises
    ------
    KloutError
        If a column's time zone is not known: Polars would panic.
    """
    try:
        with pq.ParquetFile(plain) as file:
            leaves, schema = file.schema, file.schema_arrow
    except (pa.ArrowException, OSError):
        return []  # Polars will say what is wrong
    for field in schema:
        zone = getattr(field.type, "tz", None)
        if zone is not None and not _is_zone(zone):
            raise KloutError(f"{path}: {field.name}: {zone!r} is no known time zone")
    columns = [leaves.column(number) for number in range(len(leaves))]
    return [each.path for each in columns if each.logical_type.type == "UUID"]


def _is_zone(name: str) -> bool:
    return bool(_OFFSET.fullmatch(name)) or name in zoneinfo.available_timezones()


def _batches(scan: pl.LazyFrame) -> Iterator[Chunk]:
    """Stream a scan; an empty one gives an empty frame, so that its columns are checked."""
    row = 1
    for frame in scan.collect_batches(chunk_size=PIECE_ROWS):
        yield Chunk(pl.int_range(row, row + len(frame), dtype=pl.UInt64, eager=True), frame)
        row += len(frame)
    if row == 1:
        yield Chunk(pl.Series(dtype=pl.UInt64), pl.DataFrame(schema=scan.collect_schema()))


def read_csv(path: Path, _table: Table) -> Iterator[Chunk]:
    """Read CSV with a header, with row numbers (the header is none); ``""`` is null as well.

    A row without a value, as a line that is empty or of blanks, is no row. One with a line that is
    too long is a damaged one.
    """
    try:
        with _short_lines(path) as plain:
            _check_header(path, plain)
            for chunk in _batches(pl.scan_csv(plain, infer_schema=False, glob=False)):
                yield _given(chunk)
    except UNREADABLE as error:
        raise KloutError(f"{path}: {damage(path, error)}") from error
    except pl.exceptions.PolarsError as error:
        raise KloutError(f"{path}{csv_damage(path, error)}") from error


def _check_header(path: Path, plain: Path) -> None:
    """Refuse a column that is there twice, to which Polars would give a name of its own."""
    first = pl.scan_csv(plain, has_header=False, infer_schema=False, glob=False, n_rows=1).collect()
    names = first.row(0) if len(first) else ()
    for name in names:
        if names.count(name) > 1:
            raise KloutError(f"{path}: column {name!r} is there twice")


def _given(chunk: Chunk) -> Chunk:
    """Leave out the rows without a value, and say which were too long."""
    frame = chunk.frame.with_columns(pl.all().replace("", None))
    if frame.is_empty():
        return Chunk(chunk.rows, frame)
    blanks = pl.nth(0).str.strip_chars() == ""
    others = pl.any_horizontal(pl.exclude(frame.columns[0]).is_not_null())
    frame = frame.with_columns(pl.when(blanks.not_() | others).then(pl.nth(0)))
    is_long = (frame.to_series() == _STAND_IN).fill_null(value=False)
    frame = frame.with_columns(pl.nth(0).replace(_STAND_IN, None))
    says = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series() | is_long
    damaged = pl.select(pl.when(is_long).then(pl.lit(TOO_LONG))).to_series()
    return Chunk(
        chunk.rows.filter(says), frame.filter(says), damaged.filter(says) if is_long.any() else None
    )


@contextmanager
def _short_lines(path: Path) -> Iterator[Path]:
    """Give a plain CSV without lines that are too long: the file itself, if it is one.

    Polars would hold such a line in memory, and what is packed as well.
    """
    if suffix_of(path) not in COMPRESSIONS and not _has_long_lines(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="klout-") as folder:
        plain, quotes = Path(folder) / "table.csv", 0
        with opened(path) as stream, plain.open("wb") as out:
            for number, line in enumerate(chain.from_iterable(lines_of(stream)), 1):
                if len(line) > LONGEST_LINE:
                    if quotes % 2 or number == 1:
                        raise KloutError(f"{path}, line {number}: {TOO_LONG}, within a text")
                    line = _STAND_IN.encode()
                quotes += line.count(b'"')
                out.write(line + b"\n")
        yield plain


def _has_long_lines(path: Path) -> bool:
    """Whether a plain file has a line that is too long; stops at the first."""
    since = 0
    with path.open("rb") as stream:
        while data := stream.read(LONGEST_LINE):
            since += len(data)
            if (last := data.rfind(b"\n")) < 0:
                if since > LONGEST_LINE:
                    return True
                continue
            if since - len(data) + data.find(b"\n") > LONGEST_LINE:
                return True
            since = len(data) - last - 1
    return False
