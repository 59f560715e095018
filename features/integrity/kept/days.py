"""One network's days on disk, a file per table and day, and how rows are looked up in them.

=======  ================  =======================================================================
table    one row per       holds
=======  ================  =======================================================================
deeds    interaction       ``actor``, ``target``, ``thing``, ``at``, ``delay``; of each actor in
                           order of time, also what passes between two accounts of one person
posts    content           ``author``, ``thing``, ``at``
met      meeting           ``one``, ``other``, ``moment``: see `features.integrity.lockstep`
=======  ================  =======================================================================

``actor``, ``target``, ``author``, ``one`` and ``other`` are numbers of accounts (u32, see
`features.sliding.accounts`), so that whether a row is about one of some accounts is one look into
an array; files are mapped into memory, and of the other columns only rows that are wanted are read.
``thing`` and ``moment`` are u64, ``at`` is i64 (microseconds since 1970), ``delay`` i16 as of
`BehaviourTiles`, or `NOT_KNOWN`. A file carries the number of the run that wrote it and is never
changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
"""By number of account, or by row."""

Columns = dict[str, NDArray[Any]]
"""A table, by column."""

NOT_KNOWN = -1
"""A delay that is not known: files have no nulls, so that their columns are plain arrays."""

_NUMBER = pl.UInt32()
_SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "deeds": {
        "actor": _NUMBER,
        "target": _NUMBER,
        "thing": pl.UInt64(),
        "at": pl.Int64(),
        "delay": pl.Int16(),
    },
    "posts": {"author": _NUMBER, "thing": pl.UInt64(), "at": pl.Int64()},
    "met": {"one": _NUMBER, "other": _NUMBER, "moment": pl.UInt64()},
}


@dataclass(frozen=True)
class Day:
    """The tables of a day."""

    deeds: pl.DataFrame
    posts: pl.DataFrame
    met: pl.DataFrame


@dataclass
class Days:
    """The days of one network.

    Attributes
    ----------
    root
        Their folder.
    run
        The number of this run, by which what it writes is told apart.
    runs
        By day (since 1970), the run that wrote its tables.
    """

    root: Path
    run: int
    runs: dict[int, int]
    _mapped: dict[Path, Columns] = field(default_factory=dict, repr=False)

    def put(self, day: int, tables: Day) -> None:
        """Keep a day, in place of what was kept of it."""
        self.runs[day] = self.run
        self.root.mkdir(parents=True, exist_ok=True)
        for each in fields(Day):
            rows: pl.DataFrame = getattr(tables, each.name)
            path = self._path(each.name, day)
            self._mapped.pop(path, None)
            path.unlink(missing_ok=True)  # of a run that was killed; it may be in use elsewhere
            # In one piece, so that each column is one array.
            rows.select(*_SCHEMAS[each.name]).write_ipc(
                path, compression="uncompressed", record_batch_size=max(1, len(rows))
            )

    def forget(self, before: int) -> None:
        """Leave out the days before one."""
        self.runs = {day: run for day, run in self.runs.items() if day >= before}

    def columns(self, table: str, day: int) -> Columns:
        """Map a table of a day that is kept; what nobody looks at is not read."""
        path = self._path(table, day)
        if path not in self._mapped:
            rows = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
            self._mapped[path] = {
                name: rows[name].chunk(0).to_numpy() if len(rows) else _nothing(dtype)
                for name, dtype in _SCHEMAS[table].items()
            }
        return self._mapped[path]

    def rows(
        self,
        table: str,
        wanted: Callable[[int, Columns], Mask],
        days: Iterable[int] | None = None,
    ) -> pl.DataFrame:
        """Take rows out of a table's days.

        Parameters
        ----------
        wanted
            From a day (since 1970) and its table to the rows that are.
        days
            To look at; None: all that are kept.

        Returns
        -------
        DataFrame
            The table's columns and the ``day`` (i32), days in order.
        """
        schema = {**_SCHEMAS[table], "day": pl.Int32()}
        parts: dict[str, list[NDArray[Any]]] = {name: [] for name in schema}
        for day in sorted(self.runs if days is None else self.runs.keys() & set(days)):
            columns = self.columns(table, day)
            found = np.flatnonzero(wanted(day, columns))
            for name, values in columns.items():
                parts[name].append(values[found])
            parts["day"].append(np.full(len(found), day, np.int32))
        if not parts["day"]:
            return pl.DataFrame(schema=schema)
        return pl.DataFrame({n: np.concatenate(of) for n, of in parts.items()}, schema=schema)

    def paths(self) -> Iterator[Path]:
        """Name all files in use."""
        for day in self.runs:
            for table in _SCHEMAS:
                yield self._path(table, day)

    def _path(self, table: str, day: int) -> Path:
        return self.root / f"{table}-{day}-{self.runs[day]}.arrow"


def about(mask: Mask, *ends: str) -> Callable[[int, Columns], Mask]:
    """Want the rows of which any of some columns names an account of a mask."""

    def wanted(_: int, columns: Columns) -> Mask:
        first, *others = (mask.take(columns[end]) for end in ends)  # faster than mask[...]
        for other in others:
            first |= other
        return first

    return wanted


def every_row(_: int, columns: Columns) -> Mask:
    """Want all rows."""
    return np.ones(len(next(iter(columns.values()))), np.bool_)


def _nothing(dtype: pl.DataType) -> NDArray[Any]:
    return pl.Series(dtype=dtype).to_numpy()
