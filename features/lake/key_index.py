"""The index that tells whether the lake has a key already, without reading the lake.

It is the table ``keys``: hashes of rows' keys (`Table.key`), each with the day of its row, in runs
that are sorted by hash. Their files are such that the ledger names like any other, so a run is
there from the instant on that its rows are. A key is looked for in each run by bisection, so a
source costs what it holds, however many keys there are.

What an ingest brings is put together with the runs that are not twice as large, and these go by the
same ledger entry. So runs double: of n sources alike there are at most 1 + log2 n, and each key was
written as often. Of a run of more than `FILE_KEYS` each file has the hashes of a range.

The index may hold too much (rows that were dropped since), never too little: a hit is a suspicion,
and `features.lake.repeats` compares the rows themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl

from features.lake.contracts import KEYS, Table
from features.lake.key_run import KeyRun
from features.lake.lake import Lake
from features.lake.ledger import LakeFile
from features.lake.times import day_number
from features.storage.atomic import sync_all
from features.storage.hashing import hashed
from features.storage.paths import move
from features.storage.waiting import BusyError

FILE_KEYS = 2_000_000
"""Keys of a file, about: what is put together at a time, and on object storage read for a key."""

UNDATED = date.max
"""Stands for the day in a table without days: its keys never grow too old."""

_HASHES = 1 << 64


def hash_of(table: Table) -> pl.Expr:
    """Stand for a row's key by 64 bits; null where the key's last column is.

    XXH3 with seed 0 of the table's name and the key's columns, joined by NUL. It is stored, so it
    may never change; what two keys share by chance or by design is told apart by the keys.
    """
    joined = pl.concat_str(pl.lit(table.name), *(table.key or ()), separator="\0")
    return hashed(joined).alias("key")


def alike(lake: Lake, keys: pl.DataFrame) -> pl.DataFrame:
    """Find what the index holds of some keys.

    Parameters
    ----------
    lake
        Whose index.
    keys
        ``key`` (u64), ascending, each once.

    Returns
    -------
    DataFrame
        ``key`` and ``day`` as the index has them.
    """
    wanted = keys["key"].to_numpy()
    files = _read(lake.root, lake.files(KEYS))
    return KeyRun.together([file.holding(wanted) for file in files]).frame()


def _read(root: Path, files: Iterable[LakeFile]) -> Iterator[KeyRun]:
    """Map files into memory, one after the other.

    Raises
    ------
    BusyError
        If one has gone. A lock of object storage can be lost; who has it now puts runs together.
    """
    for file in files:
        try:
            yield KeyRun.read(root / file.path)
        except FileNotFoundError:
            raise BusyError(f"{root}: another run wrote to this lake; nothing is changed") from None


@dataclass(frozen=True)
class Run:
    """Files of which each has hashes above those of the one before.

    Attributes
    ----------
    name
        Begins the files' names.
    files
        In their order.
    """

    name: str
    files: tuple[LakeFile, ...]

    @property
    def rows(self) -> int:
        """How many keys it has."""
        return sum(file.rows for file in self.files)

    def read(self, root: Path) -> Iterator[KeyRun]:
        """Map its files into memory, one after the other."""
        return _read(root, self.files)


def runs_of(lake: Lake) -> list[Run]:
    """List the runs of a lake, small ones first."""
    by_name: dict[str, list[LakeFile]] = {}
    for file in lake.files(KEYS):
        by_name.setdefault(file.path.rpartition("-")[0], []).append(file)
    runs = (Run(name, tuple(files)) for name, files in by_name.items())
    return sorted(runs, key=lambda run: (run.rows, run.name))


def runs_to_join(lake: Lake, rows: int) -> list[Run]:
    """Name the runs that so many new keys are put together with."""
    joined: list[Run] = []
    for run in runs_of(lake):
        if run.rows >= 2 * rows:
            break
        joined.append(run)
        rows += run.rows
    return joined


def runs_with(lake: Lake, keys: pl.DataFrame) -> list[Run]:
    """Name the runs that hold any of some keys, given as in `alike`."""
    some = keys["key"].to_numpy()
    return [
        run for run in runs_of(lake) if any(len(part.holding(some)) for part in run.read(lake.root))
    ]


def runs_before(lake: Lake, day: date) -> list[Run]:
    """Name the runs that hold keys of days before one."""
    first = day_number(day)
    return [
        run
        for run in runs_of(lake)
        if any((part.day < first).any() for part in run.read(lake.root))
    ]


def put_run(
    root: Path, staging: Path, parts: list[KeyRun], name: str, keep: pl.Expr | None = None
) -> list[LakeFile]:
    """Put keys into a lake as one run, where the ledger may name it.

    Parameters
    ----------
    root
        The lake.
    staging
        Folder for drafts.
    parts
        What it is put together of.
    name
        Begins the names of its files.
    keep
        Which keys, by ``key`` and ``day``; None: all.

    Returns
    -------
    list of LakeFile
        None if no key is kept.
    """
    files, drafts = list[LakeFile](), dict[Path, Path]()
    for least, most in ranges(sum(map(len, parts)), FILE_KEYS):
        some = KeyRun.together([part.within(least, most) for part in parts])
        if not len(some := some if keep is None else some.kept(keep)):
            continue
        path = f"{KEYS}/{name}-{len(files):04d}.arrow"
        some.write(staging / path)
        drafts[staging / path] = root / path
        files.append(LakeFile(KEYS, path, len(some)))
    sync_all(list(drafts), [])
    move(drafts)
    sync_all([], {file.parent for file in drafts.values()})
    return files


def ranges(keys: int, size: int) -> Iterator[tuple[int, int]]:
    """Split all hashes into ranges (first, last), with about so many of the keys in each."""
    number = max(1, -(-keys // size))
    bounds = [_HASHES * place // number for place in range(number + 1)]
    for low, end in pairwise(bounds):
        yield low, end - 1
