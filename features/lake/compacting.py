"""Keeping the lake small: what no signal reads any more goes, small files are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.errors import KloutError
from features.lake.contracts import KEYS
from features.lake.key_index import runs_to_join
from features.lake.lake import Lake
from features.lake.ledger import LakeFile
from features.lake.rewriting import Rewriting, holding, rewriting
from features.storage.paths import bytes_of

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
        Rows taken out, by table.
    aside_before, aside
        Bytes on the disk of what the compaction before took out, and of what this one did.
    files_before, files_after
        How many files the lake has.
    bytes_before, bytes_after
        What they take, by table.
    interactions
        Interactions the lake has now.
    """

    dropped: dict[str, int]
    aside_before: int
    aside: int
    files_before: int
    files_after: int
    bytes_before: dict[str, int]
    bytes_after: dict[str, int]
    interactions: int

    @property
    def freed(self) -> int:
        """Bytes of the disk that the tables, and what is kept aside, took and do not take now."""
        before = sum(self.bytes_before.values()) + self.aside_before
        return before - sum(self.bytes_after.values()) - self.aside

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
    """Take raw data out that is too old to count, and put small files of a partition together.

    What is taken out stays on the disk until the next compaction; see `restore`.

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
        As `planned`.
    """
    planned(Lake(root), as_of, keep_days)
    with rewriting(root, "klout compact") as work:
        before, size, aside = work.lake, sizes(work.lake), _bytes(work.lake)
        old = too_old(before, as_of, keep_days)
        work.drop(before.aside)
        work.put_aside(old)
        kept = set(before.every_file()) - set(old)
        for files in small(file for file in kept if file.table != KEYS):
            work.replace(files)
            on_file(1)
        # What is put aside may come back: its keys stay in the index as long as it does.
        _compact_index(work, min(_days_of(old), default=as_of - timedelta(days=keep_days)))
        work.commit()
        after = Lake(root)
    return Compaction(
        rows_of(old),
        aside,
        _bytes(after),
        len(list(before.every_file())),
        len(list(after.every_file())),
        size,
        sizes(after),
        sum(file.rows for file in after.files("interactions")),
    )


def planned(lake: Lake, as_of: date, keep_days: int = KEEP_DAYS) -> list[LakeFile]:
    """Say what `compact` would take out of a lake.

    Raises
    ------
    KloutError
        If so few days would be kept that signals change; or if the day is later than today (UTC)
        or the last published day, or, where none was published, than the day after the lake's
        newest row: a wrong clock or a slip of the pen would empty it.
    """
    if keep_days < HORIZON:
        raise KloutError(f"keep-days is {keep_days}; the longest window is {HORIZON} days")
    last, why = latest(lake)
    if as_of > last:
        raise KloutError(f"{lake.root}: {as_of} is after {last}, {why}; expected {last} or earlier")
    return too_old(lake, as_of, keep_days)


def latest(lake: Lake) -> tuple[date, str]:
    """Give the latest day that a lake may be compacted as of, and why."""
    today = datetime.now(UTC).date()
    days = [(day, "the last published day") for day in _days(lake, ("scores",))]
    if not days:
        newest = [day + timedelta(1) for day in _days(lake, RAW)]
        days = [(day, "the day after the newest row, and none is published") for day in newest]
    return min(max(days, default=(today, "today")), (today, "today"))


def _days(lake: Lake, tables: Iterable[str]) -> list[date]:
    return _days_of(file for table in tables for file in lake.files(table))


def _days_of(files: Iterable[LakeFile]) -> list[date]:
    return [date.fromisoformat(str(file.day)) for file in files]


def too_old(lake: Lake, as_of: date, keep_days: int) -> list[LakeFile]:
    """Name the files that no signal as of the day or later reads."""
    until = as_of - timedelta(days=keep_days)
    return [file for table in RAW for file in lake.files(table, until=until)]


def restore(root: Path) -> dict[str, int]:
    """Put into the lake again what the last compaction took out; returns rows by table."""
    with rewriting(root, "klout compact") as work:
        kept = work.lake.aside
        work.take_back(kept)
        work.commit()
    return rows_of(kept)


def discard(root: Path) -> dict[str, int]:
    """Remove for good what the last compaction took out; returns rows by table."""
    with rewriting(root, "klout compact") as work:
        kept = work.lake.aside
        work.drop(kept)
        work.commit()
    return rows_of(kept)


def _compact_index(work: Rewriting, first: date) -> None:
    """Drop keys of rows that were dropped, and put runs together."""
    kept = (pl.col("day") >= first).fill_null(value=True)  # what has no day grows never too old
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


def _bytes(lake: Lake) -> int:
    return sum(bytes_of(lake.root, (file.path for file in lake.aside)).values())


def rows_of(files: Iterable[LakeFile]) -> dict[str, int]:
    """Sum the rows of files, by table."""
    totals: dict[str, int] = {}
    for file in files:
        totals[file.table] = totals.get(file.table, 0) + file.rows
    return totals


def _folder(file: LakeFile) -> str:
    return file.path.rpartition("/")[0]
