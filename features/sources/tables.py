"""Our own tables, as ``interactions.parquet``, ``contents.csv.gz`` or ``counters.jsonl.zst``.

The file's stem names the table, the suffixes the format and the compression. CSV and JSON lines
are read as texts (an empty CSV field is null), so that no id is taken for a number and no zero in
front is lost; the lake's checks make them numbers and times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from features.errors import KloutError
from features.lake import TABLES, Piece, Table
from features.lake.checking import OURS
from features.sources.json_lines import read_json
from features.sources.reader import Chunk, Options, Reader, one_file
from features.sources.scans import COMPRESSIONS, read_csv, read_parquet

FORMATS: dict[str, Callable[[Path, Table], Iterator[Chunk]]] = {
    "parquet": read_parquet,
    "csv": read_csv,
    "jsonl": read_json,
    "ndjson": read_json,
}
"""Suffix to a function that yields rows, at most `PIECE_ROWS` at a time."""


def _read(path: Path, _options: Options) -> Iterator[Piece]:
    stem, *suffixes = path.name.split(".")
    if stem not in TABLES:
        raise KloutError(f"{path}: {stem!r} names no table; the file's stem is one of {[*TABLES]}")
    form = suffixes[0] if suffixes else ""
    if form not in FORMATS or f".{''.join(suffixes[1:])}" not in (".", *COMPRESSIONS):
        raise KloutError(
            f"{path}: unknown suffix; expected one of {[f'.{name}' for name in FORMATS]}, "
            f"then nothing or one of {list(COMPRESSIONS)}"
        )
    for chunk in FORMATS[form](path, TABLES[stem]):
        if own := [name for name in OURS if name in chunk.frame.columns]:
            allowed = list(TABLES[stem].columns)
            raise KloutError(f"{path}: {stem} has no column {own[0]!r}; allowed: {allowed}")
        frame = chunk.frame.with_columns(row=chunk.rows)
        if chunk.damaged is not None:
            frame = frame.with_columns(damaged=chunk.damaged)
        yield Piece(stem, frame, str(path))


TABLE_FILES = Reader(
    "tables",
    "our own tables, named by the file's stem: Parquet, CSV or JSON lines, plain, gz or zst",
    one_file,
    _read,
)
