"""Changing what the lake holds: files take the place of others, all at once or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from pyarrow import parquet

from features.lake.computed import drop
from features.lake.contracts import EVERY_TABLE
from features.lake.key_index import Run, put_run
from features.lake.lake import Lake
from features.lake.ledger import Entry, LakeFile, commit, short
from features.lake.lock import clear, locked, writing
from features.lake.placing import described, place, stem_of, sync_placed, with_day
from features.storage.objects import is_remote
from features.storage.paths import move, remove

RowChange = Callable[[pl.LazyFrame], pl.LazyFrame]
"""From a table's rows to the rows that take their place: the same columns, the same partition."""

DAILY_LOCK = ".daily.lock"
"""Held by a daily run, which would keep and publish what it read before the files changed."""


def at_work(root: Path) -> str:
    """Say that somebody holds `DAILY_LOCK`."""
    return f"{root}: another run is at work on this lake"


class Rewriting:
    """New files in place and old files to go, seen by nobody before the commit.

    Parameters
    ----------
    lake
        As it is, held by this run's lock.
    staging
        From `writing`.
    name
        Stands in the ledger as what did it.
    """

    def __init__(self, lake: Lake, staging: Path, name: str) -> None:
        self.lake = lake
        self.staging = staging
        self._name = name
        self._digest = secrets.token_hex(32)
        self._added: list[LakeFile] = []
        self._removed: list[LakeFile] = []
        self._aside: list[LakeFile] = []
        self._made = 0
        staging.mkdir(exist_ok=True)

    def replace(self, files: list[LakeFile], change: RowChange = lambda rows: rows) -> None:
        """Let one file take the place of some of the same partition; none if no row is left.

        Of files that were put aside it is put aside too.
        """
        table, folder = EVERY_TABLE[files[0].table], Path(files[0].path).parent
        path = folder / f"{short(self._digest)}-r{self._made:06d}.parquet"
        self._made += 1
        draft = self.staging / path
        rows = with_day(table, change(self.lake.scan_files(table.name, files)))
        rows.sink_parquet(draft, mkdir=True, statistics=True)
        file = described(str(path), parquet.read_metadata(draft).num_rows)
        if file.rows:
            move({draft: self.lake.root / path})
            (self._aside if files[0] in self.lake.aside else self._added).append(file)
        self.drop(files)

    def replace_runs(self, runs: list[Run], keep: pl.Expr) -> None:
        """Let one run of the index take the place of some, without what is not to be kept."""
        name = f"{stem_of(self.lake.root, short(self._digest))}-r{self._made:06d}"
        self._made += 1
        parts = [part for run in runs for part in run.read(self.lake.root)]
        self._added += put_run(self.lake.root, self.staging, parts, name, keep)
        self.drop(file for run in runs for file in run.files)

    def drop(self, files: Iterable[LakeFile]) -> None:
        """Take files out of the lake, or away that were put aside, for good."""
        self._removed += files

    def put_aside(self, files: Iterable[LakeFile]) -> None:
        """Take files out of the lake that stay on the disk."""
        self._aside += files

    def take_back(self, files: Iterable[LakeFile]) -> None:
        """Put files into the lake again that were put aside."""
        self._added += files

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Put rows into the lake, which are taken as they are."""
        contract, stem = EVERY_TABLE[table], stem_of(self.lake.root, short(self._digest))
        self._added += place(self.lake.root, self.staging, contract, rows.lazy(), stem)

    def commit(
        self, source: str | None = None, why: str = "", *, uncounted: bool = False
    ) -> Entry | None:
        """Make it all visible in one instant, then delete what nobody sees any more.

        What was computed from the files of before goes first, as the one thing that may be lost
        at any time; of a lake on object storage it is elsewhere, and no longer holds by itself,
        since files that it names are gone. Nothing is committed if nothing changed.

        Parameters
        ----------
        source
            What was changed, where what did it does not say all; it is committed in any case.
        why
            The reason that somebody gave.
        uncounted
            Whether nothing is computed from these files that is kept, so that it may stay.
        """
        if not self._added and not self._removed and not self._aside and source is None:
            return None
        sync_placed(self.lake.root, [file.path for file in (*self._added, *self._aside)])
        if not uncounted and not is_remote(self.lake.root):
            drop(self.lake.root)
        removed = tuple(file.path for file in self._removed)
        entry = Entry(
            source=source or self._name,
            format=self._name,
            digest=self._digest,
            files=tuple(self._added),
            repeated=0,
            quarantined=0,
            removed=removed,
            aside=tuple(self._aside),
            why=why,
            at=datetime.now(UTC).isoformat() if why else "",
        )
        commit(self.lake.ledger, entry, self.lake.number)
        _delete(self.lake.root, removed)
        return entry


def holding(lake: Lake, table: str, rows: pl.Expr) -> dict[LakeFile, int]:
    """Find the files that hold certain rows of a table, and how many each; also those put aside."""
    every = [*lake.files(table), *(file for file in lake.aside if file.table == table)]
    files = {str(lake.root / file.path): file for file in every}
    if not files:
        return {}
    scanned = pl.scan_parquet(
        list(files), glob=False, hive_partitioning=False, include_file_paths="path"
    )
    found = scanned.filter(rows).group_by("path").len().collect(engine="streaming")
    return {files[path]: number for path, number in found.sort("path").iter_rows()}


@contextmanager
def rewriting(root: Path, name: str) -> Iterator[Rewriting]:
    """Hold the lake's locks while its files are changed.

    Whoever uses it calls `Rewriting.commit`. A run killed before that leaves the lake as it was; a
    run killed after it leaves files that nobody sees, which the next to write removes.

    Raises
    ------
    KloutError
        If there is no lake, or another run is at work on it.
    """
    Lake(root).entries  # noqa: B018 (says that there is no lake, instead of making one)
    with locked(root / DAILY_LOCK, at_work(root)), writing(root) as staging:
        if is_remote(root):
            # A run that lost its lock may have put files there since others cleared up after it.
            clear(root)
        yield Rewriting(Lake(root), staging, name)


def _delete(root: Path, paths: Iterable[str]) -> None:
    """Delete files of the lake, and their partitions' folders where they are empty now."""
    remove([root / path for path in paths])
    if is_remote(root):
        return
    for path in paths:
        with suppress(OSError):
            for folder in Path(path).parents:
                (root / folder).rmdir()
