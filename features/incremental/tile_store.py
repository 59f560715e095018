"""One network's tiles on disk, a file per table and day, and what is looked up in them.

========  =================================  =====================================================
table     one row per                        holds
========  =================================  =====================================================
days      receiver                           as `features.signals.tiles`
doubted   receiver                           as `features.signals.tiles`
contents  receiver, content                  as `features.signals.tiles`
pairs     receiver, actor                    as `features.signals.tiles`, the two in one number:
``pair`` peaks     receiver                           each `Peak` of the day, by reaction
took      who acted or was reacted to         the first 32 bits of the ``key``
ids       id of an interaction, its actor    their keys: `features.incremental.id_files`
========  =================================  =====================================================

Most questions are of one form: when did this content, or this pair, last draw or react; what was
the most. The answer is a maximum over days, so of contents and peaks the days of a whole *block*
are also kept together, as their maximum: a question then reads some ten files for 90 days. Files
are never changed: what is other of days that were counted already is kept beside them
(`features.incremental.patches`), and put into them before they become a block. A file carries the
number of the run that wrote it, and only those that the manifest names are read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.figures import Distinct, Figure, Peak, TileTable
from features.catalogue.measures import figures_of
from features.incremental.accounts import KnownAccounts, receiver_of
from features.incremental.id_files import IdFile
from features.incremental.patches import Patch
from features.signals.tiles import Tiles

BLOCK_DAYS = 10
NEVER = 0
"""The last day of what never happened, in what is looked up."""

KEYS: dict[TileTable, list[str]] = {
    "pairs": ["pair"],
    "contents": ["receiver", "content"],
    "peaks": ["receiver"],
}
"""Tables that are looked up, and by what."""

ROWS: dict[str, list[str]] = {
    "days": ["receiver"],
    "doubted": ["receiver"],
    **{str(table): key for table, key in KEYS.items()},
}
"""Tables of which rows may be others, and their keys beside the day."""

DAILY = ("days", "doubted", *KEYS, "took", "ids")
"""All tables; the last only of networks of which something was ever taken back."""

BLOCKS = "blocks"
BLOCKED: tuple[TileTable, ...] = ("contents", "peaks")
"""Tables of which blocks are kept; what is asked of pairs every day is in
`features.incremental.pairs`."""

_DAY = pl.UInt16
"""Days since 1970, until 2149."""


@dataclass
class TileStore:
    """The files of one network.

    Attributes
    ----------
    root
        Their folder.
    run
        The number of this run, by which what it writes is told apart.
    names
        The network's reactions, and `any`: see `features.signals.tiles.kinds`.
    runs
        By table, each day (since 1970) with tiles, to the run that wrote them; under `BLOCKS` each
        block's first day, to the run that wrote its tables; by table of `ROWS`, as `_patch_of`
        names it, the last day of which there is a patch, to the run that wrote it.
    patches
        Those that were read or made by this run, by table.
    """

    root: Path
    run: int
    names: list[str]
    runs: dict[str, dict[int, int]] = field(default_factory=dict)
    patches: dict[str, Patch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in (*DAILY, BLOCKS, *map(_patch_of, ROWS)):
            self.runs.setdefault(table, {})

    @property
    def days(self) -> Collection[int]:
        """Days (since 1970) with tiles."""
        return self.runs["pairs"].keys()

    @property
    def blocks(self) -> dict[int, int]:
        """Each block's first day, to the run that wrote its tables."""
        return self.runs[BLOCKS]

    def as_it_is(self) -> TileStore:
        """Give the same files, however this is changed afterwards."""
        runs = {table: dict(of_table) for table, of_table in self.runs.items()}
        return replace(self, runs=runs, patches=dict(self.patches))

    def put(self, day: int, tiles: Tiles, accounts: KnownAccounts, took: pl.DataFrame) -> None:
        """Keep a day's tiles and who took part, in place of what was kept of the day."""
        self.change("days", day, tiles.days)
        self.change("doubted", day, tiles.doubted)
        self.change("contents", day, tiles.contents)
        self.change("pairs", day, accounts.packed(tiles.pairs).sort("pair"))
        self.change("peaks", day, self.peaks(tiles.contents))
        self.put_took(day, took)

    def put_took(self, day: int, took: pl.DataFrame) -> None:
        """Keep who took part on a day, by ``day`` and ``key``, whether it counted or not."""
        self.change("took", day, took.select(pl.col("day").cast(_DAY), _short("key")))

    def took_part(self, keys: pl.Series, days: list[int]) -> list[int]:
        """Name the days on which any of some accounts took part, or one with a like key."""
        wanted = keys.to_frame("key").select(_short("key"))["key"]
        theirs = self.tables("took", days).filter(pl.col("key").is_in(wanted.implode()))
        return theirs.collect(engine="streaming")["day"].unique().to_list()

    def put_ids(self, ids: pl.DataFrame, days: Iterable[int]) -> None:
        """Keep `features.incremental.accounts.ids_of` some days."""
        for day in days:
            self.runs["ids"][day] = self.run
            IdFile(self._day_path("ids", day)).put(ids.filter(day=day))

    def with_ids(self, ids: NDArray[np.uint64], days: Iterable[int]) -> pl.DataFrame:
        """Look up some ids (ascending), as of `features.incremental.accounts.ids_of`."""
        return IdFile.found({day: IdFile(self._day_path("ids", day)) for day in days}, ids)

    def change(self, table: str, day: int, rows: pl.DataFrame) -> None:
        """Keep one table of a day, in place of what was kept of it; pairs in their order."""
        self.runs[table][day] = self.run
        if (patch := self._patch(table)) is not None:
            self.patches[table] = patch.without([day])
        if table in BLOCKED:
            self.blocks.pop(_block(day), None)
        self._write(rows, self._day_path(table, day))

    def patch(self, table: str, was: pl.DataFrame, now: pl.DataFrame) -> None:
        """Keep rows in place of others of days with tiles: as they were, and as they are."""
        later, known = Patch.of(was, now, ROWS[table]), self._patch(table)
        self.patches[table] = later if known is None else known.with_later(later)
        if table in BLOCKED:
            for day in later.days:
                self.blocks.pop(_block(day), None)

    def peaks(self, contents: pl.DataFrame) -> pl.DataFrame:
        """Take the peaks of contents, by ``receiver`` and ``day``."""
        peaks = figures_of(Peak)
        return contents.group_by("receiver", "day").agg(
            peak.prepare(name) for name in self.names for peak in peaks
        )

    def tables(
        self, table: str, days: Collection[int], wanted: pl.LazyFrame | None = None
    ) -> pl.LazyFrame:
        """Read a table of days of which it is kept; of rows only those that match `wanted`."""
        paths, matching = [self._day_path(table, day) for day in days], _matching(wanted)
        rows = matching(pl.scan_parquet(paths, glob=False))
        patch = self._patch(table)
        return rows if patch is None else patch.applied(rows, days, matching)

    def read(self, table: str, day: int) -> pl.LazyFrame | None:
        """Read a table of one day; None if nothing happened on it."""
        return self.tables(table, [day]) if day in self.days else None

    def scan(self, table: str, since: int, until: int) -> pl.LazyFrame | None:
        """Read a table of the days ``[since, until)``; None if nothing happened on them."""
        days = [day for day in sorted(self.days) if since <= day < until]
        return self.tables(table, days) if days else None

    def latest(
        self, table: TileTable, since: int, until: int, wanted: pl.LazyFrame | None = None
    ) -> pl.LazyFrame:
        """Look up, over the days ``[since, until)``.

        Parameters
        ----------
        table
            One of `KEYS`.
        since, until
            Days since 1970.
        wanted
            Some columns of the table's key, or of ``pairs`` the ``number`` of receivers; only rows
            that match are looked at.

        Returns
        -------
        LazyFrame
            The key and, for each figure of the table by reaction, the last day (u16) that counts,
            or `NEVER`; of ``peaks`` the largest (i64).
        """
        blocks, days = self._covering(table, since, until)
        found = []
        if blocks:
            paths = [self._block_path(table, first) for first in blocks]
            found.append(_matching(wanted)(pl.scan_parquet(paths, glob=False)))
        if days:
            found.append(self.last(table, self.tables(table, days, wanted)))
        if not found:
            return self._nothing(table)
        return pl.concat(found).group_by(KEYS[table]).agg(pl.all().max())

    def _covering(self, table: str, since: int, until: int) -> tuple[list[int], list[int]]:
        """Name the blocks that lie in ``[since, until)``, and the days in no block."""
        blocks = [
            first
            for first in self.blocks
            if table in BLOCKED and since <= first <= until - BLOCK_DAYS
        ]
        inside = {day for first in blocks for day in range(first, first + BLOCK_DAYS)}
        days = [day for day in self.days if since <= day < until and day not in inside]
        return sorted(blocks), sorted(days)

    def last(self, table: TileTable, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Say of a day's rows what `latest` says of many days'."""
        return rows.select(*KEYS[table], *_last(table, self.names))

    def forget(self, before: int) -> None:
        """Leave out the days before one."""
        for table in ROWS:
            if (patch := self._patch(table)) is not None:
                self.patches[table] = patch.without([day for day in patch.days if day < before])
        for table, runs in self.runs.items():
            self.runs[table] = {day: run for day, run in runs.items() if day >= before}

    def build_blocks(self, until: int) -> None:
        """Put whole blocks together that lie before a day and are not yet.

        Where things are taken back, not of the last days, of which most of them are.
        """
        until -= BLOCK_DAYS if self.runs["ids"] else 0
        for first in sorted({_block(day) for day in self.days}):
            if first in self.blocks or first + BLOCK_DAYS > until:
                continue
            self._put_patches_into(range(first, first + BLOCK_DAYS))
            for table in BLOCKED:
                rows = self.latest(table, first, first + BLOCK_DAYS).sort(KEYS[table])
                self._write(rows.collect(engine="streaming"), self._new_block_path(table, first))
            self.blocks[first] = self.run

    def keep_patches(self) -> None:
        """Write the patches that this run made."""
        for table, patch in self.patches.items():
            self.runs[_patch_of(table)] = {max(patch.days): self.run} if patch.days else {}
            if patch.days:
                self._write(patch.rows, self._patch_path(table))
        self.patches = {}

    def _put_patches_into(self, days: Collection[int]) -> None:
        for table in ROWS:
            patch = self._patch(table)
            for day in [] if patch is None else sorted(patch.days.intersection(days)):
                rows = self.tables(table, [day]).sort(ROWS[table]).collect(engine="streaming")
                self.change(table, day, rows)

    def _patch(self, table: str) -> Patch | None:
        """Give what is other of a table's rows, if anything is."""
        if table in ROWS and table not in self.patches and self.runs[_patch_of(table)]:
            rows = pl.read_parquet(self._patch_path(table), glob=False)
            self.patches[table] = Patch(rows, ROWS[table])
        return self.patches.get(table)

    def _patch_path(self, table: str) -> Path:
        (run,) = self.runs[_patch_of(table)].values()
        return self.root / f"{_patch_of(table)}-{run}.parquet"

    def paths(self) -> Iterable[Path]:
        """Name all files in use."""
        for table in DAILY:
            for day in self.runs[table]:
                yield self._day_path(table, day)
        for first in self.blocks:
            for table in BLOCKED:
                yield self._block_path(table, first)
        for table in ROWS:
            if self.runs[_patch_of(table)]:
                yield self._patch_path(table)

    def _nothing(self, table: TileTable) -> pl.LazyFrame:
        dtype = pl.Int64 if table == "peaks" else _DAY
        columns = (figure.column(name) for name, figure, _ in _looked_up(table, self.names))
        keys = dict.fromkeys(KEYS[table], pl.UInt64)
        return pl.LazyFrame(schema={**keys, **dict.fromkeys(columns, dtype)})

    def _write(self, frame: pl.DataFrame, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path, compression="lz4", statistics=False)

    def _day_path(self, table: str, day: int) -> Path:
        # Ids are looked up in, so they are kept as they are in memory.
        suffix = "bin" if table == "ids" else "parquet"
        return self.root / f"{table}-{day}-{self.runs[table][day]}.{suffix}"

    def _block_path(self, table: str, first: int) -> Path:
        return self.root / f"{table}-block-{first}-{self.blocks[first]}.parquet"

    def _new_block_path(self, table: str, first: int) -> Path:
        return self.root / f"{table}-block-{first}-{self.run}.parquet"


def _matching(wanted: pl.LazyFrame | None) -> Callable[[pl.LazyFrame], pl.LazyFrame]:
    """Give what keeps the rows that match; of nothing wanted, all."""
    if wanted is None:
        return lambda rows: rows
    key = wanted.collect_schema().names()
    if key == ["number"]:
        return lambda rows: rows.join(wanted, left_on=receiver_of(), right_on="number", how="semi")
    return lambda rows: rows.join(wanted, on=key, how="semi")


def _patch_of(table: str) -> str:
    return f"patch-{table}"


def _short(key: str) -> pl.Expr:
    """Half of a key: there is no harm in looking at a day in vain."""
    return (pl.col(key) // 2**32).cast(pl.UInt32)


def _block(day: int) -> int:
    return day - day % BLOCK_DAYS


def _looked_up(table: TileTable, names: list[str]) -> Iterator[tuple[str, Figure, int]]:
    """List what is looked up in a table: by reaction, which has a place among all."""
    for place, name in enumerate(names):
        for figure in figures_of(Figure, table):
            yield name, figure, place


def _last(table: TileTable, names: list[str]) -> Iterator[pl.Expr]:
    for name, figure, place in _looked_up(table, names):
        if isinstance(figure, Distinct):
            yield figure.last(name, place).fill_null(NEVER).cast(_DAY)
        else:
            yield figure.of_day(name)
