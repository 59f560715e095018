"""One network's days on disk, a file per table and day, and how rows are looked up in them.

=======  ================  =======================================================================
table    one row per       holds
=======  ================  =======================================================================
deeds    interaction       ``actor``, ``target``, ``thing``, ``at``, ``delay``; of each actor in
                           order of time, also what passes between two accounts of one person
posts    content           ``author``, ``thing``, ``at``
met      meeting           ``one``, ``other``, ``moment``: see
`training.integrity.behaviours.lockstep`
=======  ================  =======================================================================

``actor``, ``target``, ``author``, ``one`` and ``other`` are numbers of accounts (u32, see
`features.incremental.accounts`), so that whether a row is about one of some accounts is one look
into an array. ``thing`` and ``moment`` are u64, ``at`` is i64 (microseconds since 1970), ``delay``
i16 as of `BehaviourTiles`, or `NOT_KNOWN`.

A file is its columns, one after the other, as plain arrays, the widest first: it is mapped into
memory, a tenth of the work that opening an Arrow or Parquet file is, and only what is looked at is
read. It carries the number of the run that wrote it and is never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
"""By number of account, or by row."""

Columns = dict[str, NDArray[Any]]
"""A table, by column."""

NOT_KNOWN = -1
"""A delay that is not known: files have no nulls, so that their columns are plain arrays."""

_SCHEMAS: dict[str, dict[str, type[np.generic]]] = {
    "deeds": {
        "thing": np.uint64,
        "at": np.int64,
        "actor": np.uint32,
        "target": np.uint32,
        "delay": np.int16,
    },
    "posts": {"thing": np.uint64, "at": np.int64, "author": np.uint32},
    "met": {"moment": np.uint64, "one": np.uint32, "other": np.uint32},
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
            with path.open("wb") as file:
                for name, dtype in _SCHEMAS[each.name].items():
                    rows[name].to_numpy().astype(dtype, copy=False).tofile(file)

    def forget(self, before: int) -> None:
        """Leave out the days before one."""
        self.runs = {day: run for day, run in self.runs.items() if day >= before}

    def columns(self, table: str, day: int) -> Columns:
        """Map a table of a day that is kept; what nobody looks at is not read."""
        path = self._path(table, day)
        if path not in self._mapped:
            self._mapped[path] = _map(path, _SCHEMAS[table])
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
        parts: dict[str, list[NDArray[Any]]] = {
            name: [np.empty(0, dtype)] for name, dtype in _SCHEMAS[table].items()
        }
        numbers = [np.empty(0, np.int32)]
        for day in sorted(self.runs if days is None else self.runs.keys() & set(days)):
            columns = self.columns(table, day)
            found = np.flatnonzero(wanted(day, columns))
            for name, values in columns.items():
                parts[name].append(values[found])
            numbers.append(np.full(len(found), day, np.int32))
        whole = {name: np.concatenate(of) for name, of in parts.items()}
        return pl.DataFrame(whole | {"day": np.concatenate(numbers)})

    def paths(self) -> Iterator[Path]:
        """Name all files in use."""
        for day in self.runs:
            for table in _SCHEMAS:
                yield self._path(table, day)

    def _path(self, table: str, day: int) -> Path:
        return self.root / f"{table}-{day}-{self.runs[day]}.bin"


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


def _map(path: Path, schema: dict[str, type[np.generic]]) -> Columns:
    """Map a file.

    Raises
    ------
    OSError
        If it can't be read, or is no file of such a table.
    """
    widths = {name: np.dtype(dtype).itemsize for name, dtype in schema.items()}
    size = path.stat().st_size
    rows, rest = divmod(size, sum(widths.values()))
    if rest:
        raise OSError(f"{path}: {size} bytes, which is not a whole number of rows")
    # Nothing can't be mapped.
    whole = np.asarray(np.memmap(path, np.uint8, "r") if rows else np.empty(0, np.uint8))
    ends = np.cumsum([0, *(width * rows for width in widths.values())])
    parts = zip(schema.items(), ends[:-1], ends[1:], strict=True)
    return {name: whole[start:end].view(dtype) for (name, dtype), start, end in parts}
