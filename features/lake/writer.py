"""Writing the lake: check, stage, move into place, commit."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from features.catalogue import Catalogue
from features.errors import KloutError
from features.lake.checking import check
from features.lake.contracts import TABLES, Table
from features.lake.lake import Lake
from features.lake.ledger import Entry, LakeFile, commit, sync_folder
from features.lake.rules import schemas


@dataclass(frozen=True)
class Piece:
    """Some rows of one table as a reader found them.

    Attributes
    ----------
    table
        One of `TABLES`.
    frame
        The table's columns, as texts or typed values, and ``row`` (u64): row numbers in ``file``.
    file
        Where the rows came from, for the quarantine.
    """

    table: str
    frame: pl.DataFrame
    file: str


@dataclass(frozen=True)
class Source:
    """What identifies an ingest: where from, read how, and a digest of its bytes and options."""

    name: str
    format: str
    digest: str


@dataclass(frozen=True)
class Receipt:
    """What came of a write.

    Attributes
    ----------
    entry
        As committed (or as found, if ``already``).
    already
        The same source was in the lake; nothing changed.
    first_reason
        Why the first quarantined row was refused.
    """

    entry: Entry
    already: bool = False
    first_reason: str = ""


@dataclass
class _Staging:
    """Pieces that passed the checks, waiting in ``.staging`` for the commit."""

    root: Path
    pieces: int = 0
    tables: set[str] = field(default_factory=set)
    keyed: set[str] = field(default_factory=set)
    quarantined: int = 0
    first_reason: str = ""

    def add(self, table: Table, good: pl.DataFrame, bad: pl.DataFrame) -> None:
        self.pieces += 1
        if len(good):
            self.tables.add(table.name)
            if table.key and good[table.key[-1]].null_count() < len(good):
                self.keyed.add(table.name)
            self._put(self.root / "good" / table.name, good)
        if len(bad):
            self.first_reason = self.first_reason or _first(bad)
            self.quarantined += len(bad)
            self._put(self.root / "bad" / table.name, bad)

    def _put(self, folder: Path, frame: pl.DataFrame) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(folder / f"{self.pieces:06d}.parquet", compression="lz4")


def write(
    root: Path,
    pieces: Iterable[Piece],
    source: Source,
    catalogue: Catalogue,
    now: datetime,
    on_rows: Callable[[int], None] = lambda rows: None,
) -> Receipt:
    """Add a source's rows to a lake, all of them or none.

    Parameters
    ----------
    root
        The lake's directory; made if it does not exist.
    pieces
        What a reader yields, piece by piece, so that a source may be larger than memory.
    source
        A source whose digest the ledger knows changes nothing.
    catalogue
        The networks in force.
    now
        Nothing may have happened at or after it.
    on_rows
        Called with the number of rows of each piece, for a progress bar.

    Raises
    ------
    KloutError
        If another run is writing, or the reader finds the source damaged; the lake is as before.
    """
    with _writing(root) as staging:
        lake = Lake(root)
        if known := _known(lake, source):
            return Receipt(known, already=True)
        contracts = schemas(catalogue, now)
        for piece in pieces:
            good, bad = check(
                TABLES[piece.table], contracts[piece.table], piece.frame, piece.file
            )
            staging.add(TABLES[piece.table], good, bad)
            on_rows(len(piece.frame))
        return _publish(lake, staging, source)


@contextmanager
def _writing(root: Path) -> Iterator[_Staging]:
    """Hold the lake's lock, and clear what a killed run may have left."""
    if root.exists() and not root.is_dir():
        raise KloutError(f"{root}: a lake is a directory, this is a file")
    root.mkdir(parents=True, exist_ok=True)
    (root / "ledger").mkdir(exist_ok=True)
    staging = root / ".staging"
    with (root / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KloutError(f"{root}: another run is writing to this lake") from None
        if staging.exists():
            _clear(root, staging)
        try:
            yield _Staging(staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _clear(root: Path, staging: Path) -> None:
    """Remove files that were moved into place but never committed."""
    named = {file.path for entry in Lake(root).entries for file in entry.files}
    for table in TABLES:
        for path in (root / table).rglob("*.parquet"):
            if str(path.relative_to(root)) not in named:
                path.unlink()
    shutil.rmtree(staging)


def _known(lake: Lake, source: Source) -> Entry | None:
    return next((entry for entry in lake.entries if entry.digest == source.digest), None)


def _publish(lake: Lake, staging: _Staging, source: Source) -> Receipt:
    repeated = 0
    files: list[LakeFile] = []
    for name in sorted(staging.tables):
        table = TABLES[name]
        staged = pl.scan_parquet(sorted((staging.root / "good" / name).glob("*.parquet")))
        if name in staging.keyed:
            fresh = _without_repeats(table, staged, lake)
            repeated += _count(staged) - _count(fresh)
            staged = fresh
        files += _place(lake.root, staging.root, table, staged, source.digest[:12])
    _place_quarantine(lake.root, staging.root, source.digest[:12])
    entry = Entry(
        source.name, source.format, source.digest, tuple(files), repeated, staging.quarantined
    )
    commit(lake.ledger, entry)
    return Receipt(entry, first_reason=staging.first_reason)


def _without_repeats(table: Table, staged: pl.LazyFrame, lake: Lake) -> pl.LazyFrame:
    """Leave out rows whose key came earlier in the source or is in the lake; the first stays."""
    key = list(table.key or ())
    last = pl.col(key[-1])
    keyless = staged.filter(last.is_null())
    keyed = staged.filter(last.is_not_null()).unique(key, keep="first", maintain_order=True)
    there = lake.scan(table.name).select(key).drop_nulls()
    fresh = keyed.join(there, on=key, how="anti", maintain_order="left")
    return pl.concat([keyless, fresh]).collect(engine="streaming").lazy()


def _count(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect(engine="streaming").item())


def _place(
    root: Path, staging: Path, table: Table, rows: pl.LazyFrame, digest: str
) -> list[LakeFile]:
    """Write the partitions aside, then move each file to its place."""
    aside = staging / "placed" / table.name
    aside.mkdir(parents=True)
    if table.time:
        rows = rows.with_columns(day=pl.col(table.time).dt.date())
    target: pl.PartitionBy | Path = aside / "00000000.parquet"
    if table.partitions:
        target = pl.PartitionBy(aside, key=table.partitions, include_key=True)
    rows.sink_parquet(target, mkdir=True, sync_on_close="data", statistics=True)
    return [
        _move(root, path, Path(table.name) / path.relative_to(aside).parent, digest)
        for path in sorted(aside.rglob("*.parquet"))
    ]


def _move(root: Path, path: Path, folder: Path, digest: str) -> LakeFile:
    rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
    final = root / folder / f"{digest}-{path.stem[-4:]}.parquet"
    final.parent.mkdir(parents=True, exist_ok=True)
    path.rename(final)
    sync_folder(final.parent)
    keys = dict(part.split("=", 1) for part in folder.parts if "=" in part)
    return LakeFile(folder.parts[0], str(final.relative_to(root)), rows, **keys)


def _place_quarantine(root: Path, staging: Path, digest: str) -> None:
    for folder in sorted((staging / "bad").glob("*")):
        final = root / "quarantine" / f"{folder.name}-{digest}.parquet"
        final.parent.mkdir(parents=True, exist_ok=True)
        draft = staging / f"{folder.name}.quarantine"
        pl.scan_parquet(sorted(folder.glob("*.parquet"))).sink_parquet(draft, sync_on_close="data")
        draft.rename(final)


def _first(bad: pl.DataFrame) -> str:
    row = bad.row(0, named=True)
    return f"{row['file']}, row {row['row']}: {row['reason']}"
