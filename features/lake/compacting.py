"""Keeping the lake small: what no signal reads any more goes, small files are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import polars as pl

from features.catalogue import HORIZON
from features.errors import KloutError
from features.lake.contracts import KEYS
from features.lake.keys import runs_to_join
from features.lake.lake import Lake
from features.lake.ledger import LakeFile
from features.lake.rewriting import Rewriting, holding, rewriting
from features.storage import bytes_of

KEEP_DAYS = 120
"""Days of raw data kept: the longest window, and a month for runs that come late."""

RAW = ("interactions", "contents")
"""Tables read within the longest window only. Counters are kept whole: the latest value counts
however old it is, and each reading bounds how far an audience may have grown (`audience.grown`)."""

SMALL_ROWS = 1_000_000
"""Files with fewer rows are put together; larger ones gain nothing by it."""


@dataclass(frozen=True)
class Compaction:
    """What was done, and what the lake takes now.

    Attributes
    ----------
    dropped
        Rows dropped, by table.
    files_before, files_after
        How many files the lake has.
    bytes_before, bytes_after
        What they take, by table.
    interactions
        Interactions the lake has now.
    """

    dropped: dict[str, int]
    files_before: int
    files_after: int
    bytes_before: dict[str, int]
    bytes_after: dict[str, int]
    interactions: int

    @property
    def freed(self) -> int:
        """Bytes that the tables took before and do not take now."""
        return sum(self.bytes_before.values()) - sum(self.bytes_after.values())

    @property
    def per_million(self) -> dict[str, float]:
        """Bytes per million interactions, by table; empty without interactions."""
        if not self.interactions:
            return {}
        millions = self.interactions / 1e6
        return {table: size / millions for table, size in self.bytes_after.items()}


def compact(
    root: Path,
    as_of: date,
    keep_days: int = KEEP_DAYS,
    on_file: Callable[[int], None] = lambda _: None,
) -> Compaction:
    """Drop raw data that is too old to count, and put small files of a partition together.

    Parameters
    ----------
    root
        The lake's directory.
    as_of
        Signals as of this day and later stay as they are, bit for bit.
    keep_days
        Interactions and contents of days before ``as_of - keep_days`` are dropped.
    on_file
        Called with 1 for each file written, for a progress bar.

    Raises
    ------
    KloutError
        If so few days would be kept that signals change.
    """
    if keep_days < HORIZON:
        raise KloutError(f"keep-days is {keep_days}; the longest window is {HORIZON} days")
    with rewriting(root, "klout compact") as work:
        before, size = work.lake, sizes(work.lake)
        old = [f for table in RAW for f in before.files(table, until=_first(as_of, keep_days))]
        work.drop(old)
        kept = set(before.every_file()) - set(old)
        for files in small(file for file in kept if file.table != KEYS):
            work.replace(files)
            on_file(1)
        _compact_index(work, _first(as_of, keep_days))
        work.commit()
        after = Lake(root)
    return Compaction(
        rows_of(old),
        len(list(before.every_file())),
        len(list(after.every_file())),
        size,
        sizes(after),
        sum(file.rows for file in after.files("interactions")),
    )


def _compact_index(work: Rewriting, first: date) -> None:
    """Drop keys of rows that were dropped, and put runs together."""
    kept = pl.col("day") >= first
    old = holding(work.lake, KEYS, ~kept)
    for runs in runs_to_join(work.lake.files(KEYS), SMALL_ROWS, old):
        work.replace_runs(runs, kept)


def small(files: Iterable[LakeFile]) -> list[list[LakeFile]]:
    """Group the small files of each partition that has several of them."""
    candidates = sorted((f for f in files if f.rows < SMALL_ROWS), key=lambda file: file.path)
    by_folder = sorted(candidates, key=_folder)
    groups = [list(each) for _, each in groupby(by_folder, _folder)]
    return [group for group in groups if len(group) > 1]


def sizes(lake: Lake) -> dict[str, int]:
    """Sum the bytes of a lake's files, by table."""
    totals: dict[str, int] = {}
    of_files = bytes_of(lake.root, (file.path for file in lake.every_file()))
    for file in lake.every_file():
        totals[file.table] = totals.get(file.table, 0) + of_files.get(file.path, 0)
    return dict(sorted(totals.items()))


def rows_of(files: Iterable[LakeFile]) -> dict[str, int]:
    """Sum the rows of files, by table."""
    totals: dict[str, int] = {}
    for file in files:
        totals[file.table] = totals.get(file.table, 0) + file.rows
    return totals


def _folder(file: LakeFile) -> str:
    return file.path.rpartition("/")[0]


def _first(as_of: date, keep_days: int) -> date:
    return as_of - timedelta(days=keep_days)
