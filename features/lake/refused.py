"""Rows of a source that were refused when it came before, found again when it comes again.

The source is then read as the first time, and all rows are passed over but those that its
quarantine holds. They are found by table, file and row number. A file is known by its place in
the source, so that the source may have moved since. Where a row of a file makes several rows of a
table of which some were good, the refused ones are told by what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake.checking import as_came
from features.lake.contracts import EVERY_TABLE, Table
from features.lake.ledger import Entry
from features.lake.placing import quarantine_file
from features.storage.paths import found


@dataclass
class RefusedRows:
    """What the quarantine holds of one source.

    Attributes
    ----------
    entry
        The latest of the source.
    name
        The source's name now; it may have been another then.
    files
        Table to its quarantine file.
    waiting
        Refused rows that were not read yet.
    """

    entry: Entry
    name: str
    files: dict[str, Path]
    waiting: int = field(init=False)

    def __post_init__(self) -> None:
        self.waiting = sum(
            int(pl.scan_parquet(str(file), glob=False).select(pl.len()).collect().item())
            for file in self.files.values()
        )

    @staticmethod
    def of(root: Path, entry: Entry, name: str) -> RefusedRows:
        """Look for the quarantine of a source that had rows refused.

        Raises
        ------
        KloutError
            If it was deleted: nothing says any more which rows they were.
        """
        named = {table: quarantine_file(root, table, entry.digest) for table in EVERY_TABLE}
        there = set(found(root / "quarantine", "*.parquet"))
        files = {table: file for table, file in named.items() if file in there}
        if not files:
            raise KloutError(
                f"{name}: already in the lake but for {entry.quarantined:,} refused rows, and "
                f"{root / 'quarantine'} no longer says which; give them in a file of their own"
            )
        return RefusedRows(entry, name, files)

    def rows_of(self, table: Table, frame: pl.DataFrame, file: str) -> pl.DataFrame:
        """Take the rows of a piece that were refused, as they are and in their order."""
        if table.name not in self.files or frame.is_empty():
            return frame.clear()
        before = self._between(table.name, file, frame["row"].min(), frame["row"].max())
        again = frame.join(before, on="row", how="semi", maintain_order="left")
        if len(again) != len(before):
            again = again.filter(_held(as_came(table, again, file), before))
        self.waiting -= len(again)
        return again

    def _between(self, table: str, file: str, first: object, last: object) -> pl.DataFrame:
        """Read ``row`` and ``data`` of what was refused between two rows of a file."""
        wanted = pl.col("row").is_between(pl.lit(first, pl.UInt64), pl.lit(last, pl.UInt64))
        of_file = pl.col("file") == self.entry.source + file.removeprefix(self.name)
        rows = pl.scan_parquet(str(self.files[table]), glob=False).filter(wanted, of_file)
        return rows.select("row", "data").collect(engine="streaming")


def _held(rows: pl.DataFrame, before: pl.DataFrame) -> pl.Series:
    """Tell which rows hold what was refused; where all of a row of the file were, all do."""
    then = before.group_by("row").agg(then=pl.len(), held=pl.col("data"))
    known = rows.join(then, on="row", how="left", maintain_order="left")
    is_whole = pl.len().over("row") == pl.col("then")
    return known.select(is_whole | pl.col("data").is_in(pl.col("held"))).to_series()
