"""Rows put aside on the disk by a key, where there may be more than memory holds.

All rows of a key come back together, in one of some buckets: two tables that are put aside by the
same key, in as many buckets, are joined a bucket at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from features.storage.hashing import hashed

FLUSH = 1_000_000
"""Rows that wait in memory before they are written."""

BUCKET_BYTES = 2**28
"""Bytes of packed files to a bucket: some million rows, of a dump that is packed tenfold."""

MOST_BUCKETS = 256
"""More would be as many small files at each flush."""

_PLACE = "bucket"


def buckets_for(files: Iterable[Path]) -> int:
    """Say into how many buckets the rows of some files go."""
    size = sum(file.stat().st_size for file in files)
    return min(MOST_BUCKETS, 1 + size // BUCKET_BYTES)


class Buckets:
    """Rows of one table, put aside.

    Parameters
    ----------
    folder
        A folder of its own, which is made.
    schema
        The rows' columns.
    key
        One of them. Null is a key as well.
    number
        How many buckets.
    """

    def __init__(
        self, folder: Path, schema: Mapping[str, pl.DataType], key: str, number: int
    ) -> None:
        self.folder, self.schema, self.key, self.number = folder, schema, key, number
        self._waiting: list[pl.DataFrame] = []
        self._rows = self._flushed = 0
        folder.mkdir()

    def add(self, rows: pl.DataFrame) -> None:
        """Put rows aside."""
        self._waiting.append(rows.select(list(self.schema)))
        self._rows += len(rows)
        if self._rows >= FLUSH:
            self._flush()

    def bucket(self, place: int) -> pl.DataFrame:
        """Read a bucket's rows, in the order they came."""
        self._flush()
        files = sorted(self.folder.glob(f"{place:03d}-*.parquet"))
        if not files:
            return pl.DataFrame(schema=dict(self.schema))
        return pl.read_parquet(files, glob=False)

    def _flush(self) -> None:
        if not self._rows:
            return
        place = (hashed(pl.col(self.key)).fill_null(0) % self.number).alias(_PLACE)
        rows = pl.concat(self._waiting).with_columns(place)
        for (number,), part in rows.partition_by(_PLACE, as_dict=True, include_key=False).items():
            file = self.folder / f"{number:03d}-{self._flushed:06d}.parquet"
            part.write_parquet(file, compression="lz4")
        self._waiting, self._rows, self._flushed = [], 0, self._flushed + 1
