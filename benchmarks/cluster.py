"""What a second machine of one core brings: ``make bench-cluster``.

A lake's first run (90 days from scratch) and the day after it, on Ray clusters of one and of two
workers of one core, started on this machine, with the same shards. The last line is JSON.

    python -m benchmarks.cluster --interactions 0.5
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.cluster_days import SHARDS, Took, on_cluster
from benchmarks.daily import MODEL, check
from benchmarks.daily_child import in_child
from benchmarks.daily_lakes import Shape, made
from benchmarks.daily_tables import table
from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.catalogue.catalogue import HORIZON
from features.errors import KloutError
from features.lake import Lake

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-cluster"
WORKERS = (1, 2)
PEOPLE = 100_000


def bench(options: argparse.Namespace) -> dict[int, Took]:
    """Measure each cluster on a copy of one lake."""
    check(options.model)
    daily = int(options.interactions * 1e6 / HORIZON)
    shape = Shape(PEOPLE, daily, before=HORIZON, after=2)
    folder = Path(tempfile.mkdtemp(prefix="bench-cluster-", dir=options.folder)).resolve()
    try:
        seconds = made(shape, folder / "lake")
        _say(f"a lake of {shape.interactions:,} interactions made in {seconds:.0f} s")
        as_of = max(str(file.day) for file in Lake(folder / "lake").files("interactions"))
        took = {}
        for workers in WORKERS:
            copy = folder / f"{workers}"
            shutil.copytree(folder / "lake", copy)
            work = in_child(
                on_cluster,
                lake=str(copy),
                model=str(options.model.resolve()),
                as_of=as_of,
                workers=workers,
            )
            done = took[workers] = Took(**work.result)
            _say(f"{workers} workers: {done.first:.1f} s, then {done.next_day:.1f} s")
            shutil.rmtree(copy)
    finally:
        shutil.rmtree(folder)
    if len({each.digest for each in took.values()}) > 1:
        raise KloutError("the clusters published different bits")
    return took


def figures(took: dict[int, Took]) -> dict[str, Any]:
    """Give what the last line says."""
    one, two = (took[workers] for workers in WORKERS)
    return {
        "speed_up": round(one.first / two.first, 2),
        "speed_up_next_day": round(one.next_day / two.next_day, 2),
        "interactions_per_s_1": round(one.folded / one.first),
        "interactions_per_s_2": round(two.folded / two.first),
    }


def document(took: dict[int, Took], load: float) -> str:
    """Write a table, what it says in words, and the machine."""
    head = ["workers of one core", "90 days from scratch, s", "interactions/s", "the day after, s"]
    rows = [
        [f"{n}", f"{t.first:.1f}", f"{t.folded / t.first:,.0f}", f"{t.next_day:.1f}"]
        for n, t in took.items()
    ]
    numbers, one = figures(took), took[WORKERS[0]]
    text = (
        f"{one.folded:,} interactions of {PEOPLE:,} people, {SHARDS} shards; the day after has "
        f"{one.new:,} more. From one worker to two: {numbers['speed_up']:.2f} times as fast from "
        f"scratch, {numbers['speed_up_next_day']:.2f} times the day after. Both published the same "
        "bits. Ray's own processes and the driver, which adds up and publishes, share the cores."
    )
    facts = f"Measured on: {in_a_line(('polars', 'ray'))}; load average at the start: {load:.1f}."
    return "\n\n".join([table(head, rows), text, facts])


def _say(text: str) -> None:
    print(text, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, write the table, and end with a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--interactions", type=float, default=20.0, help="millions in 90 days")
    parser.add_argument("--folder", type=Path, help="where the lakes are made (and removed)")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    options, load = parser.parse_args(arguments), os.getloadavg()[0]
    # One core a worker: these are what Polars and numpy make their threads by.
    os.environ |= dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS"), "1")
    try:
        took = bench(options)
    except KloutError as error:
        sys.exit(f"error: {error}")
    text = document(took, load)
    _say(text)
    put_between_markers(options.document, NAME, text)
    _say(json.dumps(figures(took)))


if __name__ == "__main__":
    main()
