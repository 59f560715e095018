"""Keys in order of their hash, and the days of their rows: a file of `features.lake.key_index`.

It is an Arrow file of one batch, not compressed: mapped into memory, it is there without reading,
and a search touches the pages only that it comes by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import ipc

from features.lake.spans import spans
from features.storage.objects import is_remote
from features.storage.paths import read_all

_SCHEMA = pa.schema(
    [pa.field("key", pa.uint64(), nullable=False), pa.field("day", pa.date32(), nullable=False)]
)


@dataclass(frozen=True)
class KeyRun:
    """Keys, each with a day.

    Attributes
    ----------
    key
        u64, ascending, shape (n,).
    day
        i32, since 1970, shape (n,).
    """

    key: NDArray[np.uint64]
    day: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.key)

    @staticmethod
    def of_frame(frame: pl.DataFrame) -> KeyRun:
        """Take ``key`` (u64), ascending, and ``day``."""
        return KeyRun(frame["key"].to_numpy(), frame["day"].to_physical().to_numpy())

    def frame(self) -> pl.DataFrame:
        """Give ``key`` and ``day``."""
        return pl.DataFrame({"key": self.key, "day": pl.Series(self.day).cast(pl.Date)})

    @staticmethod
    def read(file: Path) -> KeyRun:
        """Map a file into memory; what is on object storage is read."""
        source = read_all([file])[0] if is_remote(file) else pa.memory_map(str(file))
        key, day = ipc.open_file(source).get_batch(0).columns
        return KeyRun(key.to_numpy(), day.view(pa.int32()).to_numpy())

    def write(self, file: Path) -> None:
        """Write a file."""
        file.parent.mkdir(parents=True, exist_ok=True)
        columns = [pa.array(self.key), pa.array(self.day).view(pa.date32())]
        with ipc.new_file(str(file), _SCHEMA) as writer:
            writer.write_batch(pa.record_batch(columns, schema=_SCHEMA))

    @staticmethod
    def together(runs: Iterable[KeyRun]) -> KeyRun:
        """Put runs together."""
        parts = [run for run in runs if len(run)]
        if len(parts) == 1:
            return parts[0]
        key = np.concatenate([np.zeros(0, np.uint64), *(part.key for part in parts)])
        day = np.concatenate([np.zeros(0, np.int32), *(part.day for part in parts)])
        # Each part is in order, so a stable sort only merges them.
        order = key.argsort(kind="stable")
        return KeyRun(key[order], day[order])

    def within(self, least: int, most: int) -> KeyRun:
        """Keep the keys of a range, its ends included."""
        first = self.key.searchsorted(np.uint64(least), "left")
        last = self.key.searchsorted(np.uint64(most), "right")
        return KeyRun(self.key[first:last], self.day[first:last])

    def holding(self, keys: NDArray[np.uint64]) -> KeyRun:
        """Keep some keys (ascending, each once), as often as they are here."""
        least, most = self.key[[0, -1]]
        asked = keys[keys.searchsorted(least, "left") : keys.searchsorted(most, "right")]
        first = self.key.searchsorted(asked, "left")
        is_here = self.key[first] == asked
        place = spans(first[is_here], self.key.searchsorted(asked[is_here], "right"))
        return KeyRun(self.key[place], self.day[place])

    def kept(self, keep: pl.Expr) -> KeyRun:
        """Keep the rows of which an expression of ``key`` and ``day`` says so."""
        return KeyRun.of_frame(self.frame().filter(keep))
