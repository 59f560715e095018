"""Writing the lake: check, stage, put into place, commit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import Network, network_to_dict
from features.errors import KloutError
from features.lake.checking import check
from features.lake.contracts import EVERY_TABLE
from features.lake.key_index import put_run, runs_to_join
from features.lake.key_run import KeyRun
from features.lake.lake import Lake
from features.lake.ledger import Entry, LakeFile, commit, newest_of_sources, short
from features.lake.lock import writing
from features.lake.networks import completed, in_words
from features.lake.placing import place, place_quarantine, stem_of
from features.lake.refused import RefusedRows
from features.lake.repeats import take_out_repeats
from features.lake.scanned import SCAN, has_scans, taken_over
from features.lake.schemas import schema_of
from features.lake.staging import Staging
from features.lake.suppression import Suppressions
from features.storage.paths import remove


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
    left_out
        How many rows of the file make none of the table, by the reason: what says nothing of two
        people, or of whom is not known.
    """

    table: str
    frame: pl.DataFrame
    file: str
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """What identifies an ingest: where from, read how, and a digest of its bytes and options.

    ``why`` is a reason that somebody gave for it, if one was asked for; ``cursor`` says where a
    stream goes on.
    """

    name: str
    format: str
    digest: str
    why: str = ""
    cursor: str = ""


@dataclass(frozen=True)
class Receipt:
    """What came of a write.

    Attributes
    ----------
    entry
        As committed (or as found, if ``already``).
    already
        The same source was in the lake; nothing changed.
    is_again
        The same source was in the lake but for rows that were refused; the entry is of these.
    first_reason
        Why the first quarantined row was refused; empty if none is.
    declared
        What the source's format added to the lake's networks, in words; empty if nothing.
    """

    entry: Entry
    already: bool = False
    is_again: bool = False
    first_reason: str = ""
    declared: str = ""


def write(
    root: Path,
    pieces: Iterable[Piece],
    source: Source,
    catalogue: Catalogue,
    now: datetime,
    on_rows: Callable[[int], None] = lambda _rows: None,
    declares: Iterable[Network] = (),
) -> Receipt:
    """Add a source's rows to a lake, all of them or none.

    Parameters
    ----------
    root
        The lake's directory; made if it does not exist.
    pieces
        What a reader yields, piece by piece, so that a source may be larger than memory.
    source
        A source whose digest the ledger knows adds only rows that were refused when it came
        before, and are not now.
    catalogue
        The networks in force.
    now
        Nothing may have happened at or after it.
    on_rows
        Called with the number of rows of each piece, for a progress bar.
    declares
        Networks that the rows are of. What of them is not in force yet is, with the rows.

    Raises
    ------
    KloutError
        If another run is writing, the reader finds the source damaged, or it came before and its
        quarantine was deleted; the lake is as before.
    """
    with writing(root) as folder:
        lake, staging = Lake(root), Staging(folder)
        newest = newest_of_sources(lake.entries).get(source.digest)
        if newest and not newest.quarantined:
            return Receipt(newest, already=True)
        refused = RefusedRows.of(root, newest, source.name) if newest else None
        declares = tuple(declares)
        catalogue = catalogue.over(completed(catalogue, declares))
        _stage(pieces, staging, lake, refused, catalogue, now, on_rows, source.format == SCAN)
        if refused is None:
            added = completed(lake.catalogue, declares)
            entry = _publish(lake, staging, source, networks=added)
            said = in_words(lake.catalogue, added)
            return Receipt(entry, first_reason=staging.first_reason, declared=said)
        return _publish_again(lake, staging, source, refused)


def _stage(
    pieces: Iterable[Piece],
    staging: Staging,
    lake: Lake,
    refused: RefusedRows | None,
    catalogue: Catalogue,
    now: datetime,
    on_rows: Callable[[int], None],
    is_scan: bool,
) -> None:
    forgotten, scans = Suppressions.of(lake), has_scans(lake) and not is_scan
    for piece in pieces:
        table, frame = EVERY_TABLE[piece.table], piece.frame
        if refused:
            frame = refused.rows_of(table, frame, piece.file)
        # Before the check: the quarantine would keep them.
        known = forgotten.left_of(table, frame)
        staging.suppressed += len(frame) - len(known)
        schema = schema_of(table.name, catalogue, now)
        good, bad = check(table, schema, known, piece.file)
        staging.add(table, good, bad)
        if scans and table.name == "interactions":
            staging.add(EVERY_TABLE["retractions"], taken_over(lake, good), bad.clear())
        staging.left_out.update(piece.left_out)
        on_rows(len(piece.frame))


def _publish_again(lake: Lake, staging: Staging, source: Source, refused: RefusedRows) -> Receipt:
    """Publish what of a source is taken now that was refused before.

    Raises
    ------
    KloutError
        If not all that was refused was found again: it may not get lost.
    """
    if refused.waiting > 0:
        raise KloutError(
            f"{source.name}: {refused.waiting:,} rows that were refused before are not read from "
            "it any more; nothing changed"
        )
    if not staging.tables and not staging.suppressed:
        return Receipt(refused.entry, already=True, first_reason=staging.first_reason)
    # What is here now tells the next run, should this one be killed, to look for what it left.
    staging.root.mkdir(parents=True, exist_ok=True)
    entry = _publish(lake, staging, source, follows=refused.entry)
    remove(list(refused.files.values()))
    return Receipt(entry, is_again=True, first_reason=staging.first_reason)


def _publish(
    lake: Lake,
    staging: Staging,
    source: Source,
    follows: Entry | None = None,
    networks: Iterable[Network] = (),
) -> Entry:
    digest = _next_digest(follows) if follows else source.digest
    stem = stem_of(lake.root, short(digest))
    repeated = 0
    files, index = list[LakeFile](), list[Path]()
    for table in (EVERY_TABLE[name] for name in sorted(staging.tables)):
        staged = staging.good(table)
        if table.name in staging.keyed:
            found, keys = take_out_repeats(table, staged, lake, staging.root)
            repeated += found
            index += keys
        rows = pl.scan_parquet(staged, glob=False).select(list(table.columns))
        files += place(lake.root, staging.root, table, rows, stem)
    runs, merged = _put_index(lake, staging.root, index, stem)
    place_quarantine(lake.root, staging.root, digest)
    entry = Entry(
        source.name,
        source.format,
        digest,
        (*runs, *files),
        repeated,
        staging.quarantined,
        staging.suppressed,
        networks={network.name: network_to_dict(network) for network in networks},
        why=source.why,
        follows=source.digest if follows else "",
        # What comes again was left out when it came first, and is counted there.
        left_out={} if follows else dict((+staging.left_out).most_common()),
        cursor=source.cursor,
        merged=tuple(file.path for file in merged),
    )
    commit(lake.ledger, entry, lake.number)
    remove([lake.root / path for path in entry.merged])
    return entry


def _put_index(
    lake: Lake, staging: Path, drafts: list[Path], stem: str
) -> tuple[list[LakeFile], list[LakeFile]]:
    """Put new keys into the index, with runs that are small; name the files to come and to go."""
    new = [KeyRun.read(draft) for draft in drafts]
    joined = runs_to_join(lake, sum(map(len, new)))
    known = [part for run in joined for part in run.read(lake.root)]
    return put_run(lake.root, staging, new + known, stem), [f for run in joined for f in run.files]


def _next_digest(entry: Entry) -> str:
    """Name what comes of a source again: its files must not take the place of those before."""
    return hashlib.sha256(f"{entry.digest} again".encode()).hexdigest()
