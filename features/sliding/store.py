"""One network's tiles on disk, a file per table and day, and what is looked up in them.

========  =================================  =====================================================
table     one row per                        holds
========  =================================  =====================================================
days      receiver                           as `features.tiles`
doubted   receiver                           as `features.tiles`
contents  receiver, content                  as `features.tiles`
pairs     receiver, actor                    as `features.tiles`, the two in one number: ``pair``
peaks     receiver                           ``REACTION.peak`` of the day: see `features.windows`
========  =================================  =====================================================

Most questions are of one form: when did this content, or this pair, last draw or react; what was
the most. The answer is a maximum over days, so of contents and peaks the days of a whole *block*
are also kept together, as their maximum: a question then reads some ten files for 90 days. Files
are never changed. A file carries the number of the run that wrote it, and only those that the
manifest names are read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from features.sliding.accounts import Accounts, receiver_of
from features.tiles import Tiles
from features.windows import peak

BLOCK_DAYS = 10
NEVER = 0
"""The last day of what never happened, in what is looked up."""

KEYS = {"pairs": ["pair"], "contents": ["receiver", "content"], "peaks": ["receiver"]}
"""Tables that are looked up, and by what."""

BLOCKED = ("contents", "peaks")
"""Tables of which blocks are kept; what is asked of pairs every day is `features.sliding.pairs`."""

_DAY = pl.UInt16
"""Days since 1970, until 2149."""


@dataclass
class Store:
    """The files of one network.

    Attributes
    ----------
    root
        Their folder.
    run
        The number of this run, by which what it writes is told apart.
    names
        The network's reactions, and `any`: see `features.tiles.kinds`.
    days
        Each day (since 1970) with tiles, to the run that wrote them.
    blocks
        Each block's first day, to the runs that wrote its tables.
    """

    root: Path
    run: int
    names: list[str]
    days: dict[int, int] = field(default_factory=dict)
    blocks: dict[int, int] = field(default_factory=dict)

    def put(self, day: int, tiles: Tiles, accounts: Accounts) -> None:
        """Keep a day's tiles, in place of what was kept of the day."""
        pairs = accounts.packed(tiles.pairs)
        self.put_packed(day, tiles.days, tiles.doubted, tiles.contents, pairs)

    def put_packed(
        self,
        day: int,
        days: pl.DataFrame,
        doubted: pl.DataFrame,
        contents: pl.DataFrame,
        pairs: pl.DataFrame,
    ) -> None:
        """Keep a day's tiles, the pairs already in one number."""
        peaks = contents.group_by("receiver").agg(peak(name) for name in self.names)
        tables = {
            "days": days,
            "doubted": doubted,
            "contents": contents,
            "pairs": pairs.sort("pair"),
            "peaks": peaks,
        }
        self.days[day] = self.run
        self.blocks.pop(_block(day), None)
        for table, frame in tables.items():
            self._write(frame, self._day_path(table, day))

    def read(self, table: str, day: int) -> pl.LazyFrame | None:
        """Read a table of one day; None if nothing happened on it."""
        return pl.scan_parquet(self._day_path(table, day)) if day in self.days else None

    def scan(self, table: str, since: int, until: int) -> pl.LazyFrame | None:
        """Read a table of the days ``[since, until)``; None if nothing happened on them."""
        paths = [self._day_path(table, day) for day in sorted(self.days) if since <= day < until]
        return pl.scan_parquet(paths, glob=False) if paths else None

    def latest(
        self, table: str, since: int, until: int, wanted: pl.LazyFrame | None = None
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
            The key and, for each reaction, the last day (u16) on which there was one, or `NEVER`;
            of ``peaks`` the largest peak (i64).
        """
        blocks, days = self._covering(table, since, until)
        found = []
        for paths, is_block in (
            ([self._block_path(table, first) for first in blocks], True),
            ([self._day_path(table, day) for day in days], False),
        ):
            if paths:
                rows = pl.scan_parquet(paths, glob=False)
                if wanted is not None:
                    rows = _matching(rows, wanted)
                found.append(rows if is_block else self.last(table, rows))
        if not found:
            return self._nothing(table)
        return pl.concat(found).group_by(KEYS[table]).agg(pl.col(self.names).max())

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

    def last(self, table: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Say of a day's rows what `latest` says of many days'."""
        return rows.select(*KEYS[table], *(_last(table, self.names)))

    def forget(self, before: int) -> None:
        """Leave out the days before one."""
        self.days = {day: run for day, run in self.days.items() if day >= before}
        self.blocks = {first: run for first, run in self.blocks.items() if first >= before}

    def build_blocks(self, until: int) -> None:
        """Put whole blocks together that lie before a day and are not yet."""
        for first in sorted({_block(day) for day in self.days}):
            if first in self.blocks or first + BLOCK_DAYS > until:
                continue
            for table in BLOCKED:
                rows = self.latest(table, first, first + BLOCK_DAYS).sort(KEYS[table])
                self._write(rows.collect(engine="streaming"), self._new_block_path(table, first))
            self.blocks[first] = self.run

    def paths(self) -> Iterable[Path]:
        """Name all files in use."""
        for day in self.days:
            for table in ("days", "doubted", *KEYS):
                yield self._day_path(table, day)
        for first in self.blocks:
            for table in BLOCKED:
                yield self._block_path(table, first)

    def _nothing(self, table: str) -> pl.LazyFrame:
        dtype = pl.Int64 if table == "peaks" else _DAY
        keys = dict.fromkeys(KEYS[table], pl.UInt64)
        return pl.LazyFrame(schema={**keys, **dict.fromkeys(self.names, dtype)})

    def _write(self, frame: pl.DataFrame, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path, compression="lz4", statistics=False)

    def _day_path(self, table: str, day: int) -> Path:
        return self.root / f"{table}-{day}-{self.days[day]}.parquet"

    def _block_path(self, table: str, first: int) -> Path:
        return self.root / f"{table}-block-{first}-{self.blocks[first]}.parquet"

    def _new_block_path(self, table: str, first: int) -> Path:
        return self.root / f"{table}-block-{first}-{self.run}.parquet"


def _matching(rows: pl.LazyFrame, wanted: pl.LazyFrame) -> pl.LazyFrame:
    key = wanted.collect_schema().names()
    if key == ["number"]:
        return rows.join(wanted, left_on=receiver_of(), right_on="number", how="semi")
    return rows.join(wanted, on=key, how="semi")


def _block(day: int) -> int:
    return day - day % BLOCK_DAYS


def _last(table: str, names: list[str]) -> Iterable[pl.Expr]:
    for place, name in enumerate(names):
        if table == "peaks":
            yield pl.col(f"{name}.peak").alias(name)
            continue
        there = (
            pl.col("reactions") & 2**place != 0 if table == "pairs" else pl.col(f"{name}.count") > 0
        )
        yield pl.when(there).then(pl.col("day").cast(_DAY)).otherwise(NEVER).cast(_DAY).alias(name)
