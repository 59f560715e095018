"""Writing the lake: check, stage, put into place, commit."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
from polars.io.partition import FileProviderArgs
from pyarrow import parquet

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


_NO_KEYS = pl.DataFrame()


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
    on_rows: Callable[[int], None] = lambda _rows: None,
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
            good, bad = check(TABLES[piece.table], contracts[piece.table], piece.frame, piece.file)
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
        except BaseException:
            _clear(root, staging)
            raise
        shutil.rmtree(staging, ignore_errors=True)


def _clear(root: Path, staging: Path) -> None:
    """Remove files that were put into place but never committed; the staging goes last."""
    entries = Lake(root).entries
    named = {file.path for entry in entries for file in entry.files}
    for table in TABLES:
        for path in (root / table).rglob("*.parquet"):
            if str(path.relative_to(root)) not in named:
                path.unlink()
    digests = {_short(entry.digest) for entry in entries}
    for path in (root / "quarantine").glob("*.parquet"):
        if path.stem.rpartition("-")[2] not in digests:
            path.unlink()
    shutil.rmtree(staging, ignore_errors=True)


def _short(digest: str) -> str:
    """Give the part of a source's digest that its files are named by."""
    return digest[:12]


def _known(lake: Lake, source: Source) -> Entry | None:
    return next((entry for entry in lake.entries if entry.digest == source.digest), None)


def _publish(lake: Lake, staging: _Staging, source: Source) -> Receipt:
    repeated = 0
    files: list[LakeFile] = []
    for name in sorted(staging.tables):
        table = TABLES[name]
        staged = pl.scan_parquet(
            sorted((staging.root / "good" / name).glob("*.parquet")), glob=False
        )
        if name in staging.keyed:
            repeats = _repeats(table, staged, lake)
            repeated += len(repeats)
            staged = _without(staged, repeats)
        files += _place(lake.root, staging.root, table, staged, _short(source.digest))
    _place_quarantine(lake.root, staging.root, _short(source.digest))
    entry = Entry(
        source.name, source.format, source.digest, tuple(files), repeated, staging.quarantined
    )
    commit(lake.ledger, entry)
    return Receipt(entry, first_reason=staging.first_reason)


def _repeats(table: Table, staged: pl.LazyFrame, lake: Lake) -> pl.DataFrame:
    """Find the rows (by number) whose key came earlier in the source or is in the lake.

    They are few as a rule, so it is they that are held in memory, and not the rows that stay.
    """
    key = list(table.key or ())
    keyed = staged.select(key).with_row_index("number").drop_nulls(key[-1])
    several = keyed.group_by(key).agg(pl.col("number").min().alias("first"), pl.len())
    later = keyed.join(several.filter(pl.col("len") > 1), on=key, how="inner")
    later = later.filter(pl.col("number") > pl.col("first"))
    there = keyed.join(lake.scan(table.name).select(key), on=key, how="semi")
    return (
        pl.concat([later.select("number"), there.select("number")])
        .unique()
        .collect(engine="streaming")
    )


def _without(staged: pl.LazyFrame, repeats: pl.DataFrame) -> pl.LazyFrame:
    if repeats.is_empty():
        return staged
    numbered = staged.with_row_index("number")
    return numbered.join(repeats.lazy(), on="number", how="anti", maintain_order="left").drop(
        "number"
    )


def _place(
    root: Path, staging: Path, table: Table, rows: pl.LazyFrame, digest: str
) -> list[LakeFile]:
    """Write the partitions aside, then move each file, whole, to where it stays.

    No reader of ours sees them before the ledger names them; whoever lists the folders by other
    means sees whole files only.
    """
    aside = staging / "placed"
    paths: list[str] = []

    def path_of(part: FileProviderArgs) -> str:
        folders = [f"{key}={part.partition_keys[key][0]}" for key in table.partitions]
        name = f"{digest}-{part.index_in_partition:04d}.parquet"
        paths.append("/".join([table.name, *folders, name]))
        return paths[-1]

    if table.time:
        rows = rows.with_columns(day=pl.col(table.time).dt.date())
    target: pl.PartitionBy | Path
    if table.partitions:
        target = pl.PartitionBy(
            aside, key=table.partitions, include_key=True, file_path_provider=path_of
        )
    else:
        target = aside / path_of(FileProviderArgs(index_in_partition=0, partition_keys=_NO_KEYS))
    rows.sink_parquet(target, mkdir=True, sync_on_close="data", statistics=True)
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (aside / path).rename(root / path)
    # New folders are on disk only when the folders above them are.
    for folder in {above for path in paths for above in Path(path).parents}:
        sync_folder(root / folder)
    return [_described(root, path) for path in sorted(paths)]


def _described(root: Path, path: str) -> LakeFile:
    rows: int = parquet.read_metadata(root / path).num_rows
    keys = dict(part.split("=", 1) for part in path.split("/") if "=" in part)
    return LakeFile(path.split("/", 1)[0], path, rows, **keys)


def _place_quarantine(root: Path, staging: Path, digest: str) -> None:
    for folder in sorted((staging / "bad").glob("*")):
        final = root / "quarantine" / f"{folder.name}-{digest}.parquet"
        final.parent.mkdir(parents=True, exist_ok=True)
        draft = staging / f"{folder.name}.quarantine"
        rows = pl.scan_parquet(sorted(folder.glob("*.parquet")), glob=False)
        rows.sink_parquet(draft, sync_on_close="data")
        draft.rename(final)
        sync_folder(final.parent)


def _first(bad: pl.DataFrame) -> str:
    row = bad.row(0, named=True)
    return f"{row['file']}, row {row['row']}: {row['reason']}"
