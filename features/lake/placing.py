"""Putting staged rows into the lake's folders, where the ledger may name them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from itertools import count
from pathlib import Path

import polars as pl
from polars.io.partition import FileProviderArgs
from pyarrow.parquet import read_metadata

from features.lake.contracts import Table
from features.lake.ledger import LakeFile, short
from features.storage.atomic import sync_all, sync_folder
from features.storage.objects import is_remote
from features.storage.paths import move

PART_ROWS = 2_000_000
"""Rows that are partitioned at a time, in whole days. Polars keeps up to a row group, 262,144 rows,
of each partition in memory, whatever the source's size."""

_NO_KEYS = pl.DataFrame()


def place(root: Path, staging: Path, table: Table, rows: pl.LazyFrame, stem: str) -> list[LakeFile]:
    """Write the partitions aside, then move each file, whole, to where it stays.

    No reader of ours sees them before the ledger names them; whoever lists the folders by other
    means sees whole files only. The files' names begin with ``stem`` (`stem_of`).
    """
    finals: dict[Path, str] = {}
    for part in _parts(table, with_day(table, rows)):
        finals |= _sink(staging / "placed", table, part, stem, len(finals))
    files = [described(path, read_metadata(draft).num_rows) for draft, path in finals.items()]
    move({draft: root / path for draft, path in finals.items()})
    sync_placed(root, finals.values())
    return sorted(files, key=lambda file: file.path)


def _parts(table: Table, rows: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """Split rows by days, so that what waits for a partition's file to be full stays small."""
    if table.time is None:
        yield rows
        return
    by_day = rows.group_by("day").len().sort("day").collect(engine="streaming")
    if by_day["len"].sum() <= PART_ROWS:
        yield rows
        return
    group = (pl.col("len").cum_sum() - 1) // PART_ROWS
    bounds = by_day.group_by(group.alias("group"), maintain_order=True).agg(
        first=pl.col("day").min(), last=pl.col("day").max()
    )
    for _, first, last in bounds.iter_rows():
        yield rows.filter(pl.col("day").is_between(first, last))


def _sink(aside: Path, table: Table, rows: pl.LazyFrame, stem: str, made: int) -> dict[Path, str]:
    """Write a file for each partition, all in one folder, and say where each belongs.

    A folder for each would be as much work for the disk as its file.
    """
    number, finals = count(made), {}

    def draft_of(part: FileProviderArgs) -> str:
        folders = [f"{key}={part.partition_keys[key][0]}" for key in table.partitions]
        name = f"{stem}-{part.index_in_partition:04d}.parquet"
        draft = f"{table.name}-{next(number):06d}.parquet"
        finals[aside / draft] = "/".join([table.name, *folders, name])
        return draft

    target: pl.PartitionBy | Path
    if table.partitions:
        target = pl.PartitionBy(
            aside, key=table.partitions, include_key=True, file_path_provider=draft_of
        )
    else:
        target = aside / draft_of(FileProviderArgs(index_in_partition=0, partition_keys=_NO_KEYS))
    rows.sink_parquet(target, mkdir=True, statistics=True)
    return finals


def stem_of(root: Path, digest: str) -> str:
    """Begin the names of files.

    Where a lock can be lost (`features.storage.lease`), like no others.

    A run that lost it may still be putting files into place, of the same source.
    """
    return f"{digest}-{secrets.token_hex(4)}" if is_remote(root) else digest


def sync_placed(root: Path, paths: Collection[str]) -> None:
    """Have files that were put into a lake on disk, and the folders that name them.

    New folders are on disk only when the folders above them are.
    """
    if not is_remote(root):
        folders = {root / above for path in paths for above in Path(path).parents}
        sync_all([root / path for path in paths], folders)


def with_day(table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add the partition's day, which a file holds beside its table's columns."""
    return rows.with_columns(day=pl.col(table.time).dt.date()) if table.time else rows


def described(path: str, rows: int) -> LakeFile:
    """Describe a file of a table, whose partition its path says."""
    keys = dict(part.split("=", 1) for part in path.split("/") if "=" in part)
    return LakeFile(path.split("/", 1)[0], path, rows, **keys)


def quarantine_file(root: Path, table: str, digest: str) -> Path:
    """Name the file of a table's rows that an entry refused."""
    return root / "quarantine" / f"{table}-{short(digest)}.parquet"


def place_quarantine(root: Path, staging: Path, digest: str) -> None:
    """Move what was refused, table by table, to where it stays."""
    for folder in sorted((staging / "bad").glob("*")):
        final = quarantine_file(root, folder.name, digest)
        draft = staging / f"{folder.name}.quarantine"
        rows = pl.scan_parquet(sorted(folder.glob("*.parquet")), glob=False)
        rows.sink_parquet(draft, sync_on_close="data", row_group_size=100_000)
        move({draft: final})
        sync_folder(final.parent)
