"""Pieces that passed the checks, waiting for the commit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from features.lake.contracts import Table
from features.lake.key_index import hash_of


@dataclass
class Staging:
    """Good and bad rows as files of a folder, piece by piece, and what is counted on the way.

    Attributes
    ----------
    root
        The folder; made when there is something to put there.
    tables, keyed
        Names of tables that have good rows, and of those with a key in any of them.
    quarantined, suppressed
        Rows that were refused, and that name somebody who was forgotten.
    left_out
        Rows of the source that make none of any table, by the reason.
    first_reason
        Why the first row was refused.
    """

    root: Path
    pieces: int = 0
    tables: set[str] = field(default_factory=set)
    keyed: set[str] = field(default_factory=set)
    quarantined: int = 0
    suppressed: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    first_reason: str = ""

    def add(self, table: Table, good: pl.DataFrame, bad: pl.DataFrame) -> None:
        """Keep a piece's rows; the good ones of a table with a key get its hash, ``key``."""
        self.pieces += 1
        if len(good):
            self.tables.add(table.name)
            if table.key:
                good = good.with_columns(hash_of(table))
                if good["key"].null_count() < len(good):
                    self.keyed.add(table.name)
            self._put(self.root / "good" / table.name, good)
        if len(bad):
            self.first_reason = self.first_reason or _first(bad)
            self.quarantined += len(bad)
            self._put(self.root / "bad" / table.name, bad)

    def good(self, table: Table) -> list[Path]:
        """Name the files of a table's good rows, in the order of the source."""
        return sorted((self.root / "good" / table.name).glob("*.parquet"))

    def _put(self, folder: Path, frame: pl.DataFrame) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(folder / f"{self.pieces:06d}.parquet", compression="lz4")


def _first(bad: pl.DataFrame) -> str:
    row = bad.row(0, named=True)
    return f"{row['file']}, row {row['row']}: {row['reason']}"
