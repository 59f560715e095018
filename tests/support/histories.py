"""Histories of a lake: what arrived before each of some runs, on time, late, or again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from features.incremental.cache import held
from features.incremental.executor import local
from features.incremental.run import start
from features.incremental.shard_job import ShardUpdate
from features.incremental.shard_table import table_of
from features.lake import TABLES, Lake, Piece, Source, write
from features.signals.materialize import identified, wide
from tests.support.doubts import doubted_worlds
from tests.support.retractions import retracted
from tests.support.tallies import tallied
from tests.support.worlds import AS_OF, NOW, SMALL, World


@dataclass(frozen=True)
class History:
    """Runs, and for each what arrived before it."""

    runs: list[date]
    arrivals: list[World]


GAPS = st.lists(st.sampled_from((1, 1, 1, 2, 6, 30, 89, 95)), min_size=1, max_size=5)
"""Days between runs."""


def histories(most: int = 25, *, tallies: bool = False) -> st.SearchStrategy[History]:
    """Draw a world, the days of some runs up to `AS_OF`, and when each row came."""
    worlds = retracted(doubted_worlds(SMALL, most))
    if tallies:
        worlds = tallied(worlds)

    @st.composite
    def drawn(draw: st.DrawFn) -> History:
        world, runs = draw(worlds), [AS_OF]
        for gap in draw(GAPS):
            runs.insert(0, runs[0] - timedelta(gap))
        arrivals: list[World] = [{table: [] for table in world} for _ in runs]
        any_run = st.integers(0, len(runs) - 1)
        for table, rows in world.items():
            for row in rows:
                on_time = draw(_ON_TIME)
                arrivals[_on_time(row, runs) if on_time else draw(any_run)][table].append(row)
        return History(runs, arrivals)

    return drawn()


_ON_TIME = st.booleans()


def _on_time(row: dict[str, object], runs: list[date]) -> int:
    """Say before which run a row comes that comes when it happens."""
    for name in ("at", "as_of", "decided_at", "connected_at"):
        if name in row:
            day = row[name].date()  # type: ignore[attr-defined]
            return next((n for n, run in enumerate(runs) if day < run), len(runs) - 1)
    return 0


def arrive(root: Path, rows: World, number: int, catalogue: Catalogue = SMALL) -> Lake:
    """Write what came before a run."""
    pieces = []
    for table, of_table in rows.items():
        if of_table:
            frame = pl.DataFrame(of_table, schema=dict(TABLES[table].columns))
            numbered = frame.with_row_index("row").cast({"row": pl.UInt64})
            pieces.append(Piece(table, numbered, f"{table}.test"))
    write(root, pieces, Source(f"{number}", "test", f"{number:012d}"), catalogue, NOW)
    return Lake(root)


Tables = dict[str, pl.DataFrame]


def moved_on(
    lake: Lake, as_of: date, kept: Tables, catalogue: Catalogue = SMALL, shards: int | None = None
) -> pl.DataFrame:
    """Run a day, looking only at the people it says it touched; give everybody's signals.

    ``kept`` holds each shard's table of the run before, and is changed.
    """
    with held(lake.root) as cache:
        run = start(lake, as_of, catalogue, cache, shards)
        with local() as engine:
            for network, moved in run.networks(engine, looked):
                for number, shard in enumerate(moved):
                    name, (found, persons) = f"{network.name}/{number}", shard.seen
                    if persons is not None:
                        touched = pl.col("person").is_in(persons.implode())
                        found = pl.concat([kept[name].filter(~touched), found])
                    kept[name] = found.sort("person")
        run.commit()
    tables = [
        pl.concat([table for name, table in kept.items() if name.startswith(f"{network.name}/")])
        for network in catalogue.networks
    ]
    persons = pl.concat([*(t.select("person") for t in tables), identified(lake, as_of)])
    return wide(persons.unique().sort("person"), tables, catalogue).collect()


def looked(done: ShardUpdate) -> tuple[pl.DataFrame, pl.Series | None]:
    """Give the table of a shard's people, and who is in it."""
    return table_of(done), done.persons
