"""Taking out of what is staged the rows that the lake has, or that came earlier in the source.

A repeat is a row alike another in all columns of `Table.key`. Repeats are suspected by the keys'
hashes and told by the keys themselves. However many rows there are, a few million hashes at a time
are in memory, keys only where they are suspected, and beside them one byte a row of the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyarrow import parquet

from features.lake.contracts import Table
from features.lake.key_index import UNDATED, alike, hash_of, ranges
from features.lake.key_run import KeyRun
from features.lake.lake import Lake

BUCKET = 2_000_000
"""Hashes that are sorted at a time, about. More takes memory, less reads the source more often."""


@dataclass(frozen=True)
class _Bucket:
    """The part of the source whose hashes lie in one range.

    Attributes
    ----------
    keys
        ``key`` and ``day`` of its rows that the index lacks, sorted by ``key``.
    suspects
        ``key`` of rows that may be repeats, each once.
    days
        Days on which the lake has rows of these hashes; `UNDATED` in a table without days.
    """

    keys: pl.DataFrame
    suspects: pl.DataFrame
    days: frozenset[date]


def take_out_repeats(
    table: Table, staged: list[Path], lake: Lake, staging: Path
) -> tuple[int, list[Path]]:
    """Rewrite staged files without repeats, the first of the same rows being kept.

    Parameters
    ----------
    table
        One with a key.
    staged
        Files with the table's columns and ``key`` (u64, of `features.lake.key_index.hash_of`), in
        the order of the source.
    lake
        As it is.
    staging
        Folder for drafts.

    Returns
    -------
    tuple of int and list of Path
        How many rows were repeats; and drafts of `KeyRun`, the index to the others.
    """
    sizes = [parquet.read_metadata(path).num_rows for path in staged]
    repeats = np.zeros(sum(sizes), dtype=np.bool_)
    runs: list[Path] = []
    waiting: list[_Bucket] = []
    for low, high in ranges(len(repeats), BUCKET):
        bucket = _bucket(table, staged, lake, low, high)
        if len(bucket.keys):
            runs.append(staging / "index" / f"{table.name}-{len(runs):04d}.arrow")
            KeyRun.of_frame(bucket.keys).write(runs[-1])
        waiting.append(bucket)
        # Each telling reads the source: many suspects at a time, if they are few of many.
        if sum(len(each.suspects) for each in waiting) > BUCKET:
            _tell(table, staged, lake, waiting, repeats)
            waiting = []
    _tell(table, staged, lake, waiting, repeats)
    _leave_out(staged, sizes, repeats)
    return int(repeats.sum()), runs


def _bucket(table: Table, staged: list[Path], lake: Lake, low: int, high: int) -> _Bucket:
    wanted = pl.col("key").is_between(pl.lit(low, pl.UInt64), pl.lit(high, pl.UInt64))
    rows = pl.scan_parquet(staged, glob=False).filter(wanted)
    day = pl.lit(UNDATED) if table.time is None else pl.col(table.time).dt.date()
    rows = rows.select("key", day=day)
    keys = rows.collect(engine="streaming").sort("key")
    each = keys.select(pl.col("key").rle()).unnest("key")
    known = alike(lake, each.select(key="value"))
    several = each.filter(pl.col("len") > 1).select(key="value")
    suspects = pl.concat([several, known.select("key")]).unique()
    if len(suspects):
        keys = keys.unique(["key", "day"], maintain_order=True)
        keys = keys.join(known, on=["key", "day"], how="anti", maintain_order="left")
    return _Bucket(keys, suspects, frozenset(known["day"].unique()))


def _tell(
    table: Table,
    staged: list[Path],
    lake: Lake,
    buckets: list[_Bucket],
    repeats: NDArray[np.bool_],
) -> None:
    """Mark the rows, by number, that are repeats: neither in the lake nor first is what stays."""
    if not any(len(bucket.suspects) for bucket in buckets):
        return
    suspects = pl.concat(bucket.suspects for bucket in buckets)
    days = {None if day == UNDATED else str(day) for bucket in buckets for day in bucket.days}
    columns, number = list(table.key or ()), pl.col("number").cast(pl.Int64)
    here = pl.scan_parquet(staged, glob=False, row_index_name="number")
    here = here.join(suspects.lazy(), on="key", how="semi")
    files = [file for file in lake.files(table.name) if file.day in days]
    there = lake.scan_files(table.name, files).select(*columns, hash_of(table))
    there = there.join(suspects.lazy(), on="key", how="semi")
    firsts = (
        pl.concat(
            [there.select(*columns, number=pl.lit(-1, pl.Int64)), here.select(*columns, number)]
        )
        .group_by(columns)
        .agg(pl.col("number").min())
        .filter(pl.col("number") >= 0)
        .select("number")
    )
    repeats[here.select("number").collect(engine="streaming")["number"].to_numpy()] = True
    repeats[firsts.collect(engine="streaming")["number"].to_numpy()] = False


def _leave_out(staged: list[Path], sizes: list[int], repeats: NDArray[np.bool_]) -> None:
    ends = np.cumsum(sizes)
    for path, size, end in zip(staged, sizes, ends, strict=True):
        mine = repeats[end - size : end]
        if mine.any():
            left = pl.read_parquet(path, glob=False).filter(pl.Series(~mine))
            path.unlink()  # it is still read from
            left.write_parquet(path, compression="lz4")
