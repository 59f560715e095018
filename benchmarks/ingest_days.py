"""What a day costs to ingest while a lake grows: ``make bench-ingest-days``.

Each day a file of interactions with ids, all of them new, goes into one lake. What a day took is
told apart by its number: rows have to be compared with all that were there before. The last line
is JSON.

    python -m benchmarks.ingest_days --rows 1_000_000 --days 100
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import numpy as np
import polars as pl

from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.sources.ingest import ingest

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-ingest-days"
FIRST = datetime(2014, 1, 1, tzinfo=UTC)
NEAR = 5
"""Days whose median stands for one."""


def made(rows: int, day: int, folder: Path) -> Path:
    """Write a day's interactions."""
    rng = np.random.default_rng(day)
    actor, target = (rng.integers(0, max(1_000, rows // 20), rows) for _ in range(2))
    frame = pl.DataFrame({"actor": actor, "target": target}).select(
        network=pl.lit("twitter"),
        reaction=pl.lit("like"),
        actor=pl.format("u{}", "actor"),
        target=pl.format("v{}", "target"),
        content=pl.lit(None, pl.String),
        at=pl.lit(FIRST + timedelta(day)) + pl.duration(microseconds=pl.int_range(rows)),
        id=pl.format("{}-{}", pl.lit(day), pl.int_range(rows)),
    )
    frame.write_parquet(folder / "interactions.parquet")
    return folder / "interactions.parquet"


def days_of(rows: int, days: int) -> list[float]:
    """Ingest so many days of so many rows; give the CPU seconds of each."""
    catalogue, taken = Catalogue(load_networks()), []
    with tempfile.TemporaryDirectory() as scratch:
        for day in range(days):
            file = made(rows, day, Path(scratch))
            busy = time.process_time()
            receipt = ingest(Path(scratch) / "lake", "tables", file, catalogue)
            taken.append(time.process_time() - busy)
            assert receipt.entry.rows == {"interactions": rows}
    return taken


def main() -> None:
    """Measure, print a table and a line of JSON, and put the table into the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="a day")
    parser.add_argument("--days", type=int, default=100)
    given = parser.parse_args()
    taken = days_of(given.rows, given.days)
    places = sorted({NEAR, *range(20, given.days, 20), given.days})
    found = {place: median(taken[place - NEAR : place]) for place in places}
    # Some days put much of the index together: in the mean of all days they are counted.
    means = [mean(taken[start:end]) for start, end in pairwise([0, *places])]
    lines = [
        "| by day | rows before | CPU s a day | of the first | mean since the row above |",
        "|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {day} | {given.rows * day:,} | {cpu:.2f} | {cpu / found[NEAR]:.2f} | {of_all:.2f} |"
        for (day, cpu), of_all in zip(found.items(), means, strict=True)
    ]
    text = "\n".join([*lines, "", f"Measured on: {in_a_line(('polars', 'numpy'))}."])
    put_between_markers(DOCUMENT, NAME, text)
    print(text)
    last = round(found[given.days] / found[NEAR], 2)
    said = {"rows_a_day": given.rows, "days": given.days, "last_over_first": last}
    print(json.dumps({**said, "mean_last_over_first": round(means[-1] / means[0], 2)}))


if __name__ == "__main__":
    main()
