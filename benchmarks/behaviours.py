"""What a day costs integrity: folding behaviours beside folding tiles, and how lockstep grows.

A day of a million interactions is made of the last days of the default world's Twitter, put side by
side as one day of many more accounts. Lockstep is searched in made-up interactions with contents
that are popular unevenly, and in the worst case: everybody acts within eight minutes on one thing.
CPU seconds, best of some rounds.

    python -m benchmarks.behaviours
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from benchmarks.stability import read_as_of
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.signals.owners import Owners, claims
from features.signals.tiles import fold
from training.integrity.behaviours.day_tiles import fold_behaviour
from training.integrity.behaviours.lockstep import lockstep, together

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-behaviours"
DATA, PARAMS = Path("data"), Path("params.yaml")
ROWS, ROUNDS = 1_000_000, 3
SIZES = (1_000_000, 3_000_000, 10_000_000)
EACH = 20
"""Interactions of an account, on average."""
DAYS, HOUR = 90, 3_600_000_000
SLOT = 8 * 60_000_000


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """CPU seconds of the fastest round."""
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def large_day(lake: Lake, network: str) -> pl.DataFrame:
    """A day of `ROWS` interactions: each real day's accounts are others, and all act on one day."""
    as_of = read_as_of(PARAMS)
    rows = lake.scan("interactions", [network]).sort("at").tail(ROWS).collect()
    day = pl.col("at").dt.epoch("d").cast(pl.String)
    clock = pl.col("at") - pl.col("at").dt.truncate("1d")
    last = pl.lit(as_of - timedelta(1)).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return rows.with_columns(
        *(pl.concat_str(name, pl.lit("-"), day) for name in ("actor", "target")), at=last + clock
    )


def folding() -> dict[str, float]:
    """CPU seconds of both folds of the large day."""
    lake, as_of = Lake(DATA / "lake"), read_as_of(PARAMS)
    network = next(each for each in load_networks(None) if each.name == "twitter")
    owners = Owners.of(network, claims(lake, as_of))
    day = large_day(lake, network.name)
    contents = lake.scan("contents", [network.name], as_of - timedelta(8), as_of).collect()
    return {
        "tiles": seconds(lambda: fold(day.lazy(), owners, None)),
        "behaviours": seconds(lambda: fold_behaviour(day.lazy(), contents.lazy(), owners)),
    }


def acts(rows: int, *, crowded: bool) -> pl.DataFrame:
    """Interactions: ``actor``, ``thing`` (u64) and ``at`` (i64, microseconds)."""
    rng = np.random.default_rng(1)
    actor = rng.integers(0, rows // EACH, rows).astype(np.uint64)
    if crowded:
        thing = rng.integers(0, DAYS * 24, rows)
        at = thing * HOUR + rng.integers(0, SLOT, rows)
    else:
        thing = (rows / 8 * rng.random(rows) ** 2).astype(np.int64)
        delay = np.exp(4.5 + 1.3 * rng.standard_normal(rows)) * 60e6
        at = thing % DAYS * 24 * HOUR + np.minimum(delay, 24 * HOUR - 1).astype(np.int64)
    mixed = actor * np.uint64(0x9E3779B97F4A7C15)
    return pl.DataFrame({"actor": mixed, "thing": thing.astype(np.uint64), "at": at})


def searching(rows: int, *, crowded: bool) -> float:
    """CPU seconds of finding who acts together."""
    frame = acts(rows, crowded=crowded)
    given = frame.group_by(account="actor").agg(given=pl.len().cast(pl.Int64))
    return seconds(lambda: lockstep(together(frame.sort("actor")), given), rounds=1)


def main() -> None:
    """Measure, print, and write the tables to docs/benchmarks.md."""
    argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]).parse_args()
    folds = folding()
    found = {n: (searching(n, crowded=False), searching(n, crowded=True)) for n in SIZES}
    lines = [f"| a day of {ROWS:,} interactions | CPU s |", "|---|---:|"]
    lines += [f"| folded into {name} | {spent:.2f} |" for name, spent in folds.items()]
    lines += ["", "| lockstep, interactions | CPU s | n log n from the first | all in crowds |"]
    lines += ["|---:|---:|---:|---:|"]
    first = SIZES[0] * np.log(SIZES[0])
    for size, (usual, crowded) in found.items():
        bound = found[SIZES[0]][0] * size * np.log(size) / first
        lines.append(f"| {size:,} | {usual:.2f} | {bound:.2f} | {crowded:.2f} |")
    lines += ["", f"Measured on: {in_a_line(('polars', 'numpy', 'scipy'))}."]
    print("\n".join(lines))
    put_between_markers(DOCUMENT, NAME, "\n".join(lines))
    figures = {f"{name}_s": round(spent, 3) for name, spent in folds.items()}
    print(json.dumps(figures | {f"lockstep_{n}_s": round(each[0], 2) for n, each in found.items()}))


if __name__ == "__main__":
    main()
