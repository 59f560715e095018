"""A day's run with topics beside the same without: ``make bench-topics``.

Two lakes of the same interactions are made; in one of them every content is about ``--tags`` tags,
of its author's own twenty. Topics of a day's contents come on that day. The same days of both are
run in turns, in one process. The last line is JSON.

    python -m benchmarks.topics --scale 0.1
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from benchmarks.bulk import AS_OF, Bulk, generate
from benchmarks.daily_lakes import SHAPES
from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.catalogue.catalogue import HORIZON
from features.catalogue.declaration import Network
from features.lake import Lake
from features.lake.ledger import Entry, LakeFile, commit
from features.storage.hashing import hashed
from serving.daily.run import daily
from serving.daily.steps import StepTimes
from training.influence.model import Model

OWN, ALL = 20, 2_000
"""Tags that an author uses, and that there are."""
DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-topics"


def tell(root: Path, bulk: Bulk, days: range, tags: int) -> None:
    """Say what the contents of some days are about: an entry of the ledger, a file a network."""
    rng, files = np.random.default_rng([bulk.seed, days.start + 1_000]), []
    for network in bulk.catalogue.networks:
        rows = _told(root, network, days, tags, rng)
        if len(rows):
            path = Path("topics", f"network={network.name}", f"days-{days.start}.parquet")
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            rows.write_parquet(root / path)
            files.append(LakeFile("topics", str(path), len(rows), network.name))
    digest = f"{days.start + 1_000:064x}"
    commit(root / "ledger", Entry("topics", "bulk", digest, tuple(files), 0, 0), Lake(root).number)


def _told(
    root: Path, network: Network, days: range, tags: int, rng: np.random.Generator
) -> pl.DataFrame:
    first, last = (AS_OF + timedelta(day - HORIZON) for day in (days.start, days.stop))
    contents = Lake(root).scan("contents", [network.name], first, last).select("author", "content")
    frame = contents.collect()
    picked = rng.permuted(np.tile(np.arange(OWN), (len(frame), 1)), axis=1)[:, :tags]
    number = hashed(pl.col("author")) % ALL * 31 + pl.col("pick").cast(pl.UInt64) * 7
    each = frame.with_columns(pick=pl.Series(picked, dtype=pl.Array(pl.Int64, tags)))
    return each.explode("pick").select(
        "content", "author", network=pl.lit(network.name), topic=pl.format("tag {}", number % ALL)
    ).select("network", "content", "topic", "author")  # fmt: skip


def run(root: Path, number: int, model: Model) -> tuple[float, float, dict[str, float]]:
    """Run a day: seconds, CPU seconds, and the seconds of each step."""
    steps = StepTimes()
    began, busy = time.perf_counter(), time.process_time()
    daily(root, AS_OF + timedelta(number), model, steps)
    return time.perf_counter() - began, time.process_time() - busy, dict(steps.seconds)


def measured(folder: Path, model: Model, scale: float, days: int, tags: int) -> dict[str, float]:
    """Run the days of both lakes."""
    bulk, roots = SHAPES["sparse"].scaled(scale).bulk(), [folder / "with", folder / "without"]
    for root in roots:
        generate(bulk, root)
    tell(roots[0], bulk, range(bulk.days.start, HORIZON), tags)
    taken: dict[Path, list[tuple[float, float, dict[str, float]]]] = {root: [] for root in roots}
    for number in range(days + 1):
        for root in roots if number % 2 else roots[::-1]:
            taken[root].append(run(root, number, model))
        print(number, *(f"{each[-1][0]:.2f} s, CPU {each[-1][1]:.2f}" for each in taken.values()))
        tell(roots[0], bulk, range(HORIZON + number, HORIZON + number + 1), tags)
    wall, cpu = (
        [median(day[place] for day in taken[root][1:]) for root in roots] for place in (0, 1)
    )
    return {
        "seconds": wall[0],
        "seconds_without": wall[1],
        "cpu": cpu[0],
        "cpu_without": cpu[1],
        "ratio": wall[0] / wall[1],
        "ratio_cpu": cpu[0] / cpu[1],
        "topics_seconds": median(day[2]["topics"] for day in taken[roots[0]][1:]),
        "first_ratio_cpu": taken[roots[0]][0][1] / taken[roots[1]][0][1],
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1, help="of the sparse shape")
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--tags", type=int, default=10, help="of each content")
    parser.add_argument("--model", type=Path, default=Path("models/champion"))
    parser.add_argument("--document", action="store_true", help=f"write into {DOCUMENT}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(
            Path(folder), Model.load(options.model), options.scale, options.days, options.tags
        )
    rounded = {name: round(value, 2) for name, value in found.items()}
    if options.document:
        rows = [f"| {name} | {value} |" for name, value in rounded.items()]
        text = "\n".join(
            ["| median day | |", "|---|---:|", *rows, "", f"Measured on: {in_a_line()}"]
        )
        put_between_markers(DOCUMENT, NAME, text)
    print(json.dumps(rounded))


if __name__ == "__main__":
    main()
