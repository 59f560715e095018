"""Tables as Parquet and CSV, streamed by Polars; CSV as texts, an empty field being null."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Table
from features.sources.lines import damage, one_line, opened
from features.sources.reader import PIECE_ROWS

COMPRESSIONS = (".gz", ".zst")


def read_parquet(path: Path, _table: Table) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
    """Read Parquet, with row numbers.

    Parquet is read from its end, so a packed file is unpacked to a temporary one first.
    """
    if path.suffix not in COMPRESSIONS:
        yield from _plain_parquet(path, path)
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "table.parquet"
        try:
            with opened(path) as stream, plain.open("wb") as out:
                shutil.copyfileobj(stream, out)
        except (EOFError, OSError) as error:
            raise KloutError(f"{path}: {damage(path, error)}") from error
        yield from _plain_parquet(path, plain)


def _plain_parquet(path: Path, plain: Path) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
    try:
        for rows, frame in _batches(pl.scan_parquet(plain, glob=False, hive_partitioning=False)):
            # Some writers don't say that their bytes are texts.
            yield rows, frame.with_columns(pl.col(pl.Binary).cast(pl.String))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise KloutError(f"{path}: damaged Parquet: {one_line(error)}") from error


def _batches(scan: pl.LazyFrame) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
    """Stream a scan; an empty one gives an empty frame, so that its columns are checked."""
    row = 1
    for frame in scan.collect_batches(chunk_size=PIECE_ROWS):
        yield pl.int_range(row, row + len(frame), dtype=pl.UInt64, eager=True), frame
        row += len(frame)
    if row == 1:
        yield pl.Series(dtype=pl.UInt64), pl.DataFrame(schema=scan.collect_schema())


def read_csv(path: Path, _table: Table) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
    """Read CSV with a header, with row numbers (the header is none); ``""`` is null as well."""
    try:
        for rows, frame in _batches(pl.scan_csv(path, infer_schema=False, glob=False)):
            yield rows, frame.with_columns(pl.all().replace("", None))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise KloutError(f"{path}{_csv_damage(path, error)}") from error


def _csv_damage(path: Path, error: Exception) -> str:
    """Read a damaged CSV once more, slowly, to say where; Polars does not."""
    line = 0
    before = csv.field_size_limit(1 << 30)
    try:
        with opened(path) as stream, TextIOWrapper(stream, "utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            header = next(rows, [])
            for row in rows:
                if len(row) > len(header):
                    return f", line {rows.line_num}: {len(row)} fields; expected {len(header)}"
                line = rows.line_num
    except csv.Error as found:
        return f", after line {line}: malformed CSV: {found}"
    except UnicodeDecodeError:
        return f", after line {line}: not UTF-8 text"
    except (EOFError, OSError) as found:
        return f": {damage(path, found)}, after line {line}"
    finally:
        csv.field_size_limit(before)
    return f": malformed CSV: {one_line(error)}"
