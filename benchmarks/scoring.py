"""How fast people are scored, parts by network included, beside LightGBM without parts.

The default world of ``dvc repro`` is repeated, a little larger each time, until there are enough
people. `Model.score` checks their signals and gives influence, score, percentile and all parts.
LightGBM is given the checked matrix, as it likes it best, and sums all trees: no parts, no scores.

    python -m benchmarks.scoring
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.errors import KloutError
from training.influence.model import Model, as_matrix, read_signals

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-scoring"
DATA, MODEL = Path("data/signals.parquet"), Path("models/champion")
SIZES = {1: 101, 1_000: 15, 200_000: 3}
"""People, and how often they are scored."""
MOST = max(SIZES)
BATCH = 20_000
"""LightGBM is given no more: its time grows in proportion, and it is slow."""
ALL = 0
"""As many threads as there are cores, in LightGBM's words."""
GROWTH = 1.05
"""Each repetition of the world has larger signals by this, so that none is another's copy."""
A_DAY = 750_000_000
"""People that Klout scored a day."""


class Taken(NamedTuple):
    """Seconds by the clock and of the processor, over all threads."""

    wall: float
    cpu: float


class Row(NamedTuple):
    """People, and what scoring them takes: ours, and LightGBM's in one thread and in all."""

    people: int
    ours: Taken
    single: Taken
    all_threads: Taken

    @property
    def ratio(self) -> float:
        """LightGBM's time over ours by the clock, the faster of LightGBM's."""
        return min(self.single.wall, self.all_threads.wall) / self.ours.wall

    @property
    def cpu_ratio(self) -> float:
        """The same of the processor's time, in one thread."""
        return self.single.cpu / self.ours.cpu


def repeated(world: pl.DataFrame, persons: int) -> pl.DataFrame:
    """Repeat a world until there are so many people, with other names and larger signals."""
    copies = range(-(-persons // len(world)))
    grown = (
        world.with_columns(
            pl.format("{}~{}", "person", pl.lit(copy)), pl.exclude("person") * GROWTH**copy
        )
        for copy in copies
    )
    return pl.concat(grown).head(persons)


def everywhere(model: Model, world: pl.DataFrame) -> pl.DataFrame:
    """Put everybody on every network that anybody is on: the most that scoring can have to do."""
    random, columns = np.random.default_rng(0), []
    for network in model.catalogue.networks:
        names = [s.name for s in model.catalogue.signals if s.network == network.name]
        own = world.select(names)
        there = np.flatnonzero(own.to_numpy().any(axis=1))
        columns.append(own[random.choice(there, len(world))] if len(there) else own)
    return pl.concat([world.select("person"), *columns], how="horizontal")


def taken(work: Callable[[], object], rounds: int, times: float = 1.0) -> Taken:
    """Least seconds of some rounds, after one that doesn't count: what else runs only adds."""
    work()
    wall, cpu = [], []
    for _ in range(rounds):
        start, busy = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - busy)
    return Taken(min(wall) * times, min(cpu) * times)


def measured(model: Model, people: pl.DataFrame, rounds: int) -> Row:
    """Measure ours and LightGBM on these people."""
    ours = taken(lambda: model.score(people), rounds)
    some = people[:BATCH]
    matrix, times = np.ascontiguousarray(as_matrix(some, model.catalogue)), len(people) / len(some)
    single = taken(lambda: raw(model, matrix, 1), rounds, times)
    return Row(len(people), ours, single, taken(lambda: raw(model, matrix, ALL), rounds, times))


def raw(model: Model, matrix: NDArray[np.float64], threads: int) -> NDArray[np.float64]:
    """LightGBM's sum of all trees."""
    return np.asarray(model.booster.predict(matrix, raw_score=True, num_threads=threads))


def check(model: Model, people: pl.DataFrame) -> None:
    """Refuse to measure what is not LightGBM's sum to the last bit."""
    matrix = as_matrix(people, model.catalogue)
    parts = sum(model.network_sum(matrix, network) for network in model.ranges)
    if not np.array_equal(raw(model, matrix, ALL), parts):
        raise KloutError(f"{MODEL}: the sums of the networks' trees are not LightGBM's")


def document(rows: dict[str, Row], load: float) -> str:
    """Table in Markdown, and the machine."""
    lines = [
        "| people | ours, people/s | LightGBM | ratio "
        "| ours, people per CPU s | LightGBM | ratio | ours, ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, row in rows.items():
        best = min(row.single.wall, row.all_threads.wall)
        wall, cpu = (row.ours.wall, best), (row.ours.cpu, row.single.cpu)
        cells = [
            *(f"{row.people / each:,.0f}" for each in wall),
            f"{row.ratio:.2f}",
            *(f"{row.people / each:,.0f}" for each in cpu),
            f"{row.cpu_ratio:.2f}",
            f"{1e3 * row.ours.wall:,.1f}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "Ours: `Model.score` on a frame, with all checks, parts by network, score and percentile,",
        "in one thread. LightGBM: `Booster.predict` of a checked matrix, without parts. By the",
        "clock it has one thread or all cores, whichever is faster; per CPU second it has one.",
        f"{A_DAY:,} people a day need {A_DAY / 86_400:,.0f}/s.",
        "",
        f"Measured on: {in_a_line(('lightgbm', 'polars', 'numpy'))};",
        f"programs running at the start, by the load average: {load:.1f}.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the table to docs/benchmarks.md."""
    argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]).parse_args()
    load, model = os.getloadavg()[0], Model.load(MODEL)
    world = pl.concat(read_signals(DATA, model.catalogue))
    check(model, world)
    rows = {
        f"{size:,}": measured(model, repeated(world, size), rounds)
        for size, rounds in SIZES.items()
    }
    name = f"{len(world):,}, each on all networks"
    rows[name] = measured(model, everywhere(model, world), SIZES[MOST])
    text = document(rows, load)
    print(text)
    put_between_markers(DOCUMENT, NAME, text)
    row = rows[f"{MOST:,}"]
    figures = {
        "people_per_s": round(row.people / row.ours.wall),
        "ratio_booster": round(row.ratio, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
