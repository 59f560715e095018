"""Our own tables, as ``interactions.parquet``, ``contents.csv.gz`` or ``counters.jsonl.zst``.

The file's stem names the table, the suffixes the format and the compression. A table may also
come in several files: numbered ones (``interactions-01.csv``), or all those below a folder that the
table names, as Spark and a lake of ours write them
(``interactions/network=twitter/part-0.parquet``).

CSV and JSON lines are read as texts (an empty CSV field is null), so that no id is taken for a
number and no zero in front is lost; the lake's checks make them numbers and times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from features.catalogue.network import Network
from features.errors import KloutError
from features.lake import TABLES, Piece, Table
from features.lake.checking import OURS
from features.sources.glance import Glance, Known
from features.sources.json_lines import read_json
from features.sources.reader import Chunk, Options, Reader, one_file
from features.sources.scans import COMPRESSIONS, read_csv, read_parquet

FORMATS: dict[str, Callable[[Path, Table], Iterator[Chunk]]] = {
    "parquet": read_parquet,
    "csv": read_csv,
    "jsonl": read_json,
    "ndjson": read_json,
    "json": read_json,
}
"""Suffix to a function that yields rows, at most `PIECE_ROWS` at a time."""

_NUMBERED = re.compile(r"(.+?)[-_]\d+")
_OTHERWISE = "; or name it, as --as interactions.csv"
_NULL = "__HIVE_DEFAULT_PARTITION__"
"""How a folder's name says null."""


def _files(path: Path) -> list[Path]:
    """List the file, or the files of a folder that hold something, by name."""
    if not path.is_dir():
        return one_file(path)
    table_of(path)
    below = (file for file in path.rglob("*") if file.is_file() and file.stat().st_size)
    files = sorted(file for file in below if not _is_hidden(file.relative_to(path)))
    if not files:
        raise KloutError(f"{path}: a folder without a file of a table")
    return files


def _is_hidden(name: Path) -> bool:
    """Whether a writer keeps its own notes in a file, as Spark in ``_SUCCESS``."""
    return any(part.startswith((".", "_")) for part in name.parts)


def _read(path: Path, _options: Options) -> Iterator[Piece]:
    table = table_of(path)
    for file in _files(path):
        keys = _partition(file)
        for chunk in form_of(file)(file, table):
            yield Piece(table.name, _whole(table, file, chunk, keys), str(file))


def _tallying(path: Path, options: Options) -> list[Network]:
    """Declare that networks tally the reactions of which a table of tallies has counts."""
    if table_of(path).name != "tallies":
        return []
    found: set[tuple[object, ...]] = set()
    for piece in _read(path, options):
        if {"network", "reaction"} <= set(piece.frame.columns):
            found |= set(piece.frame.select("network", "reaction").unique().rows())
    networks = (
        replace(each, tallies=tuple(r for r in each.reactions if (each.name, r.name) in found))
        for each in options.catalogue.networks
    )
    return [each for each in networks if each.tallies]


def _whole(table: Table, file: Path, chunk: Chunk, keys: dict[str, str | None]) -> pl.DataFrame:
    """Add to a file's rows their numbers, their damage, and what its folders' names say."""
    frame = chunk.frame
    if own := [name for name in OURS if name in frame.columns]:
        allowed = list(table.columns)
        raise KloutError(f"{file}: {table.name} has no column {own[0]!r}; allowed: {allowed}")
    # A folder may be of a day that a column has already.
    frame = frame.drop(keys.keys() - table.columns.keys(), strict=False)
    told = [
        pl.lit(value, pl.String).alias(name)
        for name, value in keys.items()
        if name in table.columns and name not in frame.columns
    ]
    frame = frame.with_columns(*told, row=chunk.rows)
    return frame if chunk.damaged is None else frame.with_columns(damaged=chunk.damaged)


def table_of(path: Path) -> Table:
    """Tell which table a file or folder is of, by its name or by that of a folder above it.

    Raises
    ------
    KloutError
        If none of them names a table.
    """
    parts = path.absolute().parts
    above = len(parts) - 1
    while above and "=" in parts[above - 1]:
        above -= 1
    for part in (parts[-1], parts[above - 1]):
        stem = part.partition(".")[0]
        numbered = _NUMBERED.fullmatch(stem)
        for name in (stem, numbered[1] if numbered else stem):
            if name in TABLES:
                return TABLES[name]
    stem = path.name.partition(".")[0]
    raise KloutError(
        f"{path}: {stem!r} names no table; the file's stem is one of {[*TABLES]}{_OTHERWISE}"
    )


def form_of(file: Path) -> Callable[[Path, Table], Iterator[Chunk]]:
    """Return what reads a file, by its suffixes.

    Raises
    ------
    KloutError
        If they name no format.
    """
    given = [suffix.lower() for suffix in file.suffixes]
    suffixes = [suffix for suffix in given if suffix not in COMPRESSIONS]
    packed = len(given) - len(suffixes)
    form = suffixes[-1][1:] if suffixes else ""
    if form not in FORMATS or packed > 1 or (packed and given[-1] not in COMPRESSIONS):
        raise KloutError(
            f"{file}: unknown suffix; expected one of {[f'.{name}' for name in FORMATS]}, "
            f"then nothing or one of {list(COMPRESSIONS)}{_OTHERWISE}"
        )
    return FORMATS[form]


def _partition(file: Path) -> dict[str, str | None]:
    """Read what the folders above a file say of its rows, as ``network=twitter`` does."""
    keys: dict[str, str | None] = {}
    for folder in file.absolute().parent.parts[::-1]:
        name, equals, value = folder.partition("=")
        if not equals:
            break
        keys[name] = None if value == _NULL else unquote(value)
    return keys


def _knows(seen: Glance) -> Known | None:
    """Tell our own tables by their columns; Parquet and folders by their names alone."""
    named = None if seen.is_zip else _table_named(seen.path)
    if seen.is_folder or seen.path.suffix == ".parquet":
        return Known(f"the table {named.name}") if named else None
    objects = seen.objects()
    first = "".join(seen.lines()[:1])
    columns = set(objects[0]) if objects else {name.strip('"') for name in first.split(",")}
    for table in TABLES.values():
        if table.columns.keys() - table.optional <= columns <= table.columns.keys():
            name = f"{table.name}.{'jsonl' if objects else 'csv'}"
            return Known(f"the table {table.name}", "" if named is table else f"--as {name}")
    return None


def _table_named(path: Path) -> Table | None:
    """Give the table that a path names with a form that is read; None: it does not."""
    try:
        if not path.is_dir():
            form_of(path)
        return table_of(path)
    except KloutError:
        return None


TABLE_FILES = Reader(
    "tables",
    "our own tables, named by the file's stem or the folder: Parquet, CSV or JSON lines",
    _files,
    _read,
    declared_by=_tallying,
    knows=_knows,
)
