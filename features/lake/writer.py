"""Writing the lake: check, stage, put into place, commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from features.catalogue import Catalogue
from features.lake.checking import check
from features.lake.contracts import EVERY_TABLE, Table
from features.lake.lake import Lake
from features.lake.ledger import Entry, LakeFile, commit
from features.lake.lock import short, writing
from features.lake.placing import place, place_quarantine
from features.lake.rules import schemas
from features.lake.suppression import Suppressions


@dataclass(frozen=True)
class Piece:
    """Some rows of one table as a reader found them.

    Attributes
    ----------
    table
        One of `EVERY_TABLE`.
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
    """What identifies an ingest: where from, read how, and a digest of its bytes and options.

    ``why`` is a reason that somebody gave for it, if one was asked for.
    """

    name: str
    format: str
    digest: str
    why: str = ""


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
    suppressed: int = 0
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
    with writing(root) as folder:
        lake, staging = Lake(root), _Staging(folder)
        if known := _known(lake, source):
            return Receipt(known, already=True)
        contracts = schemas(catalogue, now)
        forgotten = Suppressions.of(lake)
        for piece in pieces:
            table = EVERY_TABLE[piece.table]
            # Before the check: the quarantine would keep them.
            frame = forgotten.left_of(table, piece.frame)
            staging.suppressed += len(piece.frame) - len(frame)
            staging.add(table, *check(table, contracts[table.name], frame, piece.file))
            on_rows(len(piece.frame))
        return _publish(lake, staging, source)


def _known(lake: Lake, source: Source) -> Entry | None:
    return next((entry for entry in lake.entries if entry.digest == source.digest), None)


def _publish(lake: Lake, staging: _Staging, source: Source) -> Receipt:
    repeated = 0
    files: list[LakeFile] = []
    for name in sorted(staging.tables):
        table = EVERY_TABLE[name]
        staged = pl.scan_parquet(
            sorted((staging.root / "good" / name).glob("*.parquet")), glob=False
        )
        if name in staging.keyed:
            repeats = _repeats(table, staged, lake)
            repeated += len(repeats)
            staged = _without(staged, repeats)
        files += place(lake.root, staging.root, table, staged, short(source.digest))
    place_quarantine(lake.root, staging.root, short(source.digest))
    entry = Entry(
        source.name,
        source.format,
        source.digest,
        tuple(files),
        repeated,
        staging.quarantined,
        staging.suppressed,
        why=source.why,
    )
    commit(lake.ledger, entry, lake.number)
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


def _first(bad: pl.DataFrame) -> str:
    row = bad.row(0, named=True)
    return f"{row['file']}, row {row['row']}: {row['reason']}"
