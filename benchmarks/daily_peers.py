"""The peers of a day's run: what computes the signals of that day from scratch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import psutil

from benchmarks import signals_sql
from benchmarks.bulk import AS_OF
from benchmarks.daily_child import in_child
from benchmarks.daily_lakes import Shape, interactions, made
from benchmarks.daily_pandas import by_pandas
from benchmarks.signals import compare
from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import Lake
from features.signals.materialize import materialize

PATIENCE = 30 * 60
"""Seconds that a peer is waited for."""
MEMORY = 0.8
"""Share of the free memory that DuckDB may take before it writes to the disk, as by itself of
all memory: others may be at work."""
PART = 10
"""pandas gets a lake with one in so many of the people and of the interactions."""


@dataclass(frozen=True)
class Peer:
    """How a peer fared: what it took, or why it did not finish."""

    name: str
    interactions: int
    seconds: float = 0.0
    cpu: float = 0.0
    peak_gb: float = 0.0
    failure: str = ""
    times: int = 1
    """One lake in so many of this size."""

    @property
    def whole(self) -> float:
        """Seconds for all the interactions, if the peer is linear in them."""
        return self.seconds * self.times


def duckdb_signals(lake: str, as_of: str, out: str) -> None:
    """Compute all signals in SQL; a job for a process of its own."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET error_on_division_by_zero = false")
    con.execute("SET preserve_insertion_order = false")
    con.execute(f"SET temp_directory = '{Path(out).parent / 'spilled'}'")
    con.execute(f"SET memory_limit = '{int(MEMORY * psutil.virtual_memory().available)}B'")
    root, day, catalogue = Lake(lake), date.fromisoformat(as_of), Catalogue(load_networks())
    for statement in signals_sql.statements(root, day, catalogue, None, Path(out)):
        con.execute(statement)


def polars_signals(lake: str, as_of: str, out: str) -> None:
    """Compute all signals as `klout materialize` does; a job for a process of its own."""
    day, catalogue = date.fromisoformat(as_of), Catalogue(load_networks())
    materialize(Lake(lake), day, catalogue).sink_parquet(out)


def pandas_signals(lake: str, as_of: str, out: str) -> None:
    """Compute the main signals in pandas; a job for a process of its own."""
    by_pandas(Lake(lake), date.fromisoformat(as_of), Catalogue(load_networks()), Path(out))


def compared(lake: str, out: str) -> None:
    """Check that DuckDB's and ours are the same; a job for a process of its own."""
    compare(Path(lake), Path(out))


def peers_of(lake: Path, shape: Shape, as_of: str, folder: Path) -> list[Peer]:
    """Let the peers compute a day, one after another; only ours may take as long as it takes."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = interactions(Lake(lake), date.fromisoformat(as_of), HORIZON)
    order = {"lake": str(lake), "as_of": as_of}
    theirs = _run(Peer("DuckDB", rows), duckdb_signals, PATIENCE, out=folder / "duckdb", **order)
    ours = Peer("Polars, ours: `klout materialize`", rows)
    ours = _run(ours, polars_signals, None, out=folder / "klout", **order)
    return [_checked(theirs, ours, lake, folder), ours, _pandas(shape, rows, folder)]


def _pandas(shape: Shape, rows: int, folder: Path) -> Peer:
    """Give pandas a lake of its own, of the widest window only: it could not hold the whole."""
    lake, daily = folder / "tenth", rows // HORIZON // PART
    made(Shape(max(1, shape.people // PART), daily, before=HORIZON, after=0), lake)
    some = interactions(Lake(lake), AS_OF, HORIZON)
    peer = Peer("pandas: counts, reactors, attention and days only", some, times=PART)
    order = {"lake": str(lake), "as_of": str(AS_OF)}
    return _run(peer, pandas_signals, PATIENCE, out=folder / "pandas", **order)


def _run(
    peer: Peer,
    work: Callable[[str, str, str], None],
    patience: float | None,
    out: Path,
    **order: str,
) -> Peer:
    """Say how a peer fares in a process of its own."""
    try:
        taken = in_child(work, patience, out=str(out), **order)
    except KloutError as error:
        print(f"  {peer.name}: {error}", flush=True)
        return replace(peer, failure=str(error))
    print(f"  {peer.name}: {taken.seconds:.1f} s, {taken.peak_gb:.2f} GB", flush=True)
    return replace(peer, seconds=taken.seconds, cpu=taken.cpu, peak_gb=taken.peak_gb)


def _checked(theirs: Peer, ours: Peer, lake: Path, folder: Path) -> Peer:
    """Count a peer only if what it computed is what we compute."""
    if theirs.failure:
        return theirs
    if ours.failure:
        return replace(theirs, failure="not compared with ours, which did not finish")
    try:
        in_child(compared, lake=str(lake), out=str(folder))
    except KloutError as error:
        return replace(theirs, failure=f"other signals than ours: {error}")
    print("  DuckDB's signals and ours are equal", flush=True)
    return theirs
