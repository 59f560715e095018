"""The index that tells whether the lake has a key already, without reading the lake.

It is the table ``keys``: hashes of rows' keys (`Table.key`), each with the day of its row (null in
a table without days), in runs that are sorted by hash. A run is a file that the ledger names like
any other, so it is there from the instant on that its rows are. What is looked for decides how much
of a run is read: a few keys touch a few row groups, as many as a run holds touch all of it, at 6 to
9 bytes a key.

The index may hold too much (rows that were dropped since), never too little: a hit is a suspicion,
and `features.lake.repeats` compares the rows themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from pyarrow import parquet

from features.lake.contracts import EVERY_TABLE, KEYS, Table
from features.lake.lake import Lake
from features.lake.ledger import LakeFile
from features.storage.atomic import sync_file, sync_folder
from features.storage.hashing import hashed
from features.storage.paths import move

RUN_KEYS = 8_000_000
"""Keys of a run at most: sorting them takes some 300 MB."""

_GROUP = 1 << 17
"""Keys of a row group, about 1 MB: what it costs to look for a single key."""


def hash_of(table: Table) -> pl.Expr:
    """Stand for a row's key by 64 bits; null where the key's last column is.

    XXH3 with seed 0 of the table's name and the key's columns, joined by NUL. It is stored, so it
    may never change; what two keys share by chance or by design is told apart by the keys.
    """
    joined = pl.concat_str(pl.lit(table.name), *(table.key or ()), separator="\0")
    return hashed(joined).alias("key")


def alike(lake: Lake, keys: pl.DataFrame) -> pl.DataFrame:
    """Find what the index holds of some keys.

    Parameters
    ----------
    lake
        Whose index.
    keys
        ``key`` (u64), ascending, each once.

    Returns
    -------
    DataFrame
        ``key`` and ``day`` as the index has them, in no order.
    """
    found = [part for file in lake.files(KEYS) for part in _shared(lake.root / file.path, keys)]
    return pl.concat([pl.DataFrame(schema=dict(EVERY_TABLE[KEYS].columns)), *found])


def _shared(run: Path, keys: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Read the row groups of a run that may hold any of the keys, and give what they hold."""
    hashes = keys["key"].to_numpy()
    with run.open("rb") as stream:
        file = parquet.ParquetFile(stream)
        for number in range(file.num_row_groups):
            least, most = _limits(file.metadata.row_group(number))
            first = hashes.searchsorted(least, "left")
            last = hashes.searchsorted(most, "right")
            if first < last:
                group = pl.DataFrame(pl.from_arrow(file.read_row_group(number)))
                yield group.join(keys[first:last], on="key", how="semi")


def _limits(group: Any) -> tuple[np.uint64, np.uint64]:
    statistics = group.column(0).statistics
    return np.uint64(statistics.min), np.uint64(statistics.max)


def put_run(root: Path, staging: Path, run: pl.DataFrame, name: str) -> LakeFile:
    """Put ``key`` and ``day``, sorted by ``key``, into a lake, where the ledger may name it."""
    path = f"{KEYS}/{name}.parquet"
    draft = staging / path
    draft.parent.mkdir(parents=True, exist_ok=True)
    # Sorted numbers lie close together: their differences take less than 8 bytes each.
    parquet.write_table(
        run.select("key", "day").to_arrow(),
        draft,
        row_group_size=_GROUP,
        use_dictionary=["day"],
        column_encoding={"key": "DELTA_BINARY_PACKED"},
        compression="zstd",
    )
    sync_file(draft)
    move({draft: root / path})
    sync_folder((root / path).parent)
    return LakeFile(KEYS, path, len(run))


def runs_to_join(
    runs: Iterable[LakeFile], small: int, old: Collection[LakeFile]
) -> list[list[LakeFile]]:
    """Group runs that one can take the place of: several with few keys, or one that is old."""
    groups: list[list[LakeFile]] = [[]]
    for run in sorted(runs, key=lambda run: (run.rows >= small, run.path)):
        together = sum(each.rows for each in groups[-1]) + run.rows
        if together > RUN_KEYS or run.rows >= small:
            groups.append([])
        groups[-1].append(run)
    return [group for group in groups if len(group) > 1 or not set(group).isdisjoint(old)]


def runs_with(lake: Lake, keys: pl.DataFrame) -> list[LakeFile]:
    """Name the runs that hold any of some keys, given as in `alike`."""
    return [run for run in lake.files(KEYS) if any(map(len, _shared(lake.root / run.path, keys)))]
