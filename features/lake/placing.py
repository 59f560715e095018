"""Putting staged rows into the lake's folders, where the ledger may name them."""

from __future__ import annotations

import secrets
from pathlib import Path

import polars as pl
from polars.io.partition import FileProviderArgs
from pyarrow import parquet

from features.files import sync_folder
from features.lake.contracts import Table
from features.lake.ledger import LakeFile
from features.objects import is_remote
from features.storage import move

_NO_KEYS = pl.DataFrame()


def place(
    root: Path, staging: Path, table: Table, rows: pl.LazyFrame, digest: str
) -> list[LakeFile]:
    """Write the partitions aside, then move each file, whole, to where it stays.

    No reader of ours sees them before the ledger names them; whoever lists the folders by other
    means sees whole files only.
    """
    aside = staging / "placed"
    paths: list[str] = []
    stem = _stem(root, digest)

    def path_of(part: FileProviderArgs) -> str:
        folders = [f"{key}={part.partition_keys[key][0]}" for key in table.partitions]
        name = f"{stem}-{part.index_in_partition:04d}.parquet"
        paths.append("/".join([table.name, *folders, name]))
        return paths[-1]

    rows = with_day(table, rows)
    target: pl.PartitionBy | Path
    if table.partitions:
        target = pl.PartitionBy(
            aside, key=table.partitions, include_key=True, file_path_provider=path_of
        )
    else:
        target = aside / path_of(FileProviderArgs(index_in_partition=0, partition_keys=_NO_KEYS))
    rows.sink_parquet(target, mkdir=True, sync_on_close="data", statistics=True)
    files = [described(aside, path) for path in sorted(paths)]
    move({aside / path: root / path for path in paths})
    # New folders are on disk only when the folders above them are.
    for folder in {above for path in paths for above in Path(path).parents}:
        sync_folder(root / folder)
    return files


def _stem(root: Path, digest: str) -> str:
    """Begin the names of files: where a lock can be lost (`features.lake.lease`), like no others.

    A run that lost it may still be putting files into place, of the same source.
    """
    return f"{digest}-{secrets.token_hex(4)}" if is_remote(root) else digest


def with_day(table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add the partition's day, which a file holds beside its table's columns."""
    return rows.with_columns(day=pl.col(table.time).dt.date()) if table.time else rows


def described(root: Path, path: str) -> LakeFile:
    """Describe a local file of a table by its path and its footer."""
    rows: int = parquet.read_metadata(root / path).num_rows
    keys = dict(part.split("=", 1) for part in path.split("/") if "=" in part)
    return LakeFile(path.split("/", 1)[0], path, rows, **keys)


def place_quarantine(root: Path, staging: Path, digest: str) -> None:
    """Move what was refused, table by table, to where it stays."""
    for folder in sorted((staging / "bad").glob("*")):
        final = root / "quarantine" / f"{folder.name}-{digest}.parquet"
        draft = staging / f"{folder.name}.quarantine"
        rows = pl.scan_parquet(sorted(folder.glob("*.parquet")), glob=False)
        rows.sink_parquet(draft, sync_on_close="data")
        move({draft: final})
        sync_folder(final.parent)
