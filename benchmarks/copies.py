"""A lake made of copies of another: as large as is wanted, and as sociable as the one it is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from features.lake import Lake
from features.lake.contracts import TABLES
from features.lake.ledger import Entry, LakeFile, commit

DIGEST = "0" * 64
_COPIED = ("interactions", "contents", "counters", "identities", "links")


def copies(lake: Lake, into: Path, number: int) -> None:
    """Write a lake in which everything happens so many times, each time to other accounts.

    Parameters
    ----------
    lake
        What is copied: what happened and who owns what; nothing that was computed.
    into
        A folder that is not there yet.
    number
        How many copies.
    """
    files = [file for file in lake.every_file() if file.table in _COPIED]
    done = tuple(_copied(lake, into, files, number))
    commit(into / "ledger", Entry("copies", "copies", DIGEST, done, 0, 0))


def _copied(lake: Lake, into: Path, files: list[LakeFile], number: int) -> Iterator[LakeFile]:
    for file in files:
        rows = pl.read_parquet(lake.root / file.path, hive_partitioning=False)
        path = into / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = pl.concat([_renamed(rows, file.table, copy) for copy in range(number)])
        in_order = whole.sort(time) if (time := TABLES[file.table].time) else whole
        in_order.write_parquet(path)
        yield replace(file, rows=len(whole))


def _renamed(rows: pl.DataFrame, table: str, copy: int) -> pl.DataFrame:
    """Give all accounts, persons, contents and ids of a copy names of their own."""
    names = {*TABLES[table].accounts, *TABLES[table].persons, "content", "id"}
    there = [name for name in names if name in rows.columns]
    return rows.with_columns(pl.col(there) + f"~{copy}")
