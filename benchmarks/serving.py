"""How many requests the service answers, and how fast, beside MLflow and a bare FastAPI.

Scores of one person's full signals (every signal of the catalogue), batches of a thousand people,
and reads of published scores from a store of 100,000 people. All servers run with two workers on
this machine, one after the other, and so does what asks them: they share its cores. Then our server
is asked everything for ten minutes, and its memory is watched.

    python -m benchmarks.serving --minutes 1
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl

from benchmarks.documents import put_between_markers
from benchmarks.load import Request, Served, load
from benchmarks.machine import in_a_line
from benchmarks.serving_peers import (
    WORKERS,
    Server,
    Signals,
    asked_of_mlflow,
    asked_of_us,
    fastapis,
    mlflows,
    ours,
    same_scores,
    score_of,
)
from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from serving.store import Day, Store
from training.influence.model import Model

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-serving"
MODEL, SIGNALS = Path("models/champion"), Path("data/signals.parquet")
PEOPLE, NETWORKS = 100_000, ("facebook", "instagram", "twitter")
LATEST = date(2014, 10, 1)
PUBLISHED = (30, 7, 1, 0)
"""Days before `LATEST`: those that a person's answer looks back to."""
ASKED, BATCH = 200, 1_000
LARGE = 1_500
"""People of a batch that comes near the most bytes that one who asks may have in flight, twice."""
BESIDE = "read, beside large batches"
READ = 20_000
SAMPLED_S = 5.0


@dataclass(frozen=True)
class Measured:
    """A load, by what was asked of whom on how many connections."""

    name: str
    connections: int
    served: Served


def people_of(catalogue: Catalogue, number: int) -> list[tuple[str, Signals]]:
    """Take people of the default world with all their signals."""
    if not SIGNALS.exists():
        raise KloutError(f"{SIGNALS}: no such file; run `make` first")
    frame = pl.read_parquet(SIGNALS).sample(number, seed=1)
    rows = frame.select(catalogue.names).to_dicts()
    return list(zip(frame["person"].to_list(), rows, strict=True))


def fill(url: str, people: int) -> list[str]:
    """Publish days of made-up people, and name them in any order."""
    names = [f"person-{number:06}" for number in range(people)]
    with Store.open(url, write=True) as store:
        for back in PUBLISHED:
            chance = np.random.default_rng(back)
            score = 1 + 98 * chance.random(people)
            parts = {f"part.{network}": score / 9 for network in NETWORKS}
            frame = pl.DataFrame(
                {"person": names, "influence": score / 3, "score": score, "percentile": score}
                | {"confidence": chance.random(people), "low": score, "high": score}
                | parts
            )
            store.publish(Day(LATEST - timedelta(back), "m", "c", frame.lazy(), None))
    return random.Random(1).sample(names, min(READ, people))


def batch_of(people: list[tuple[str, Signals]], size: int = BATCH) -> Request:
    """Ask for so many people at once, with their signals above 0."""
    several = [people[number % len(people)] for number in range(size)]
    asked = [
        {"person": person, "signals": {name: value for name, value in signals.items() if value}}
        for person, signals in several
    ]
    return Request("/score_batch", json.dumps({"people": asked}))


def watched(server: Server, requests: list[Request], minutes: float) -> list[tuple[float, float]]:
    """Ask everything for some minutes: by seconds, the megabytes held."""
    asking = threading.Thread(target=load, args=(server.port, requests, 16, 60 * minutes))
    asking.start()
    began, found = time.monotonic(), []
    while asking.is_alive():
        time.sleep(min(SAMPLED_S, 60 * minutes / 4))
        found.append((time.monotonic() - began, server.memory()))
    return found[:-1] or found


def growth(samples: list[tuple[float, float]]) -> tuple[float, float]:
    """Give the median megabytes of the second tenth of the time, and of the last."""
    end = samples[-1][0]
    early = [held for at, held in samples if 0.1 * end <= at <= 0.2 * end] or [samples[0][1]]
    late = [held for at, held in samples if at >= 0.9 * end]
    return float(np.median(early)), float(np.median(late))


def measured(options: argparse.Namespace, folder: Path) -> tuple[list[Measured], Any]:
    """Measure all servers, one after the other."""
    model = Model.load(options.model)
    people = people_of(model.catalogue, ASKED)
    url, log = f"sqlite:///{folder}/store.db", folder / "log"
    names = fill(url, options.people)
    mine = [asked_of_us(*each) for each in people]
    theirs = [asked_of_mlflow(*each) for each in people]
    reads = [Request(f"/v3/persons/{quote(name, safe='')}") for name in names]
    batch = [batch_of(people)]
    done: list[Measured] = []

    def ask(server: Server, name: str, requests: list[Request], connections: int) -> None:
        served = load(server.port, requests, connections, options.seconds)
        if served.failed:
            raise KloutError(f"{name}: {served.failed} requests failed; {log.read_text()[-2000:]}")
        _say(f"{name}, {connections} connections: {served.per_second:,.0f}/s")
        done.append(Measured(name, connections, served))

    large = [batch_of(people, LARGE)]

    def beside_large(server: Server) -> None:
        sent = (server.port, large, WORKERS, options.seconds)
        with ThreadPoolExecutor(1) as pool:
            answered = pool.submit(load, *sent)
            ask(server, BESIDE, reads, 16)
        served = answered.result()
        done.append(Measured(f"these batches of {LARGE:,}", WORKERS, served))

    with ours(options.model, url, log) as server:
        first = score_of(server, mine[0])
        for connections in (1, 16):
            ask(server, "score", mine, connections)
        for connections in (16, 64):
            ask(server, "read", reads, connections)
        ask(server, f"batch of {BATCH:,}", batch, 2)
        beside_large(server)
        mixed = [each for three in zip(mine, reads, reads[ASKED:], strict=False) for each in three]
        memory = growth(watched(server, mixed, options.minutes))
    with mlflows(options.model, model.catalogue, folder, log) as server:
        second = score_of(server, theirs[0])
        for connections in (1, 16):
            ask(server, "score: MLflow", theirs, connections)
    with fastapis(options.model, log) as server:
        third = score_of(server, mine[0])
        for connections in (1, 16):
            ask(server, "score: bare FastAPI", mine, connections)
    same_scores(lambda: [first, second, third])
    return done, memory


def figures(done: list[Measured]) -> dict[str, float]:
    """Give what the last line says."""
    of = {(each.name, each.connections): each.served for each in done}
    score = of["score", 16].per_second
    return {
        "score_rps_1": round(of["score", 1].per_second, 1),
        "score_p99_ms_16": round(of["score", 16].p99_ms, 1),
        "read_rps_16": round(of["read", 16].per_second, 1),
        "read_p99_ms_16": round(of["read", 16].p99_ms, 1),
        "read_p99_ms_beside_large": round(of[BESIDE, 16].p99_ms, 1),
        "ratio_mlflow": round(score / of["score: MLflow", 16].per_second, 2),
        "ratio_fastapi": round(score / of["score: bare FastAPI", 16].per_second, 2),
    }


def document(done: list[Measured], memory: tuple[float, float], told: Any, busy: float) -> str:
    """Write the table, and what it says in words."""
    lines = [
        "| asked | connections | requests/s | p50, ms | p99, ms |",
        "|---|---:|---:|---:|---:|",
    ]
    for each in done:
        served = each.served
        numbers = f"{served.per_second:,.0f} | {served.p50_ms:.1f} | {served.p99_ms:.1f}"
        lines.append(f"| {each.name} | {each.connections} | {numbers} |")
    early, late = memory
    return "\n".join(
        [
            *lines,
            "",
            f"Each for {told.seconds:g} s after one to warm up, servers with {WORKERS} workers, no",
            "keys; what asks shares the cores. A score is of one person with every signal of the",
            "catalogue; MLflow and FastAPI gave the same scores. A read is of a person of",
            f"{told.people:,} in SQLite, one of {min(READ, told.people):,} in any order, with its",
            "changes of a day, a week and a month. In a batch are signals above 0.",
            "",
            f"Memory of the server over {told.minutes:g} minutes of scores and reads on 16",
            f"connections: {early:,.0f} MB in the second tenth of the time, {late:,.0f} MB in the",
            "last.",
            "",
            f"Measured on: {in_a_line(('bentoml', 'mlflow', 'fastapi', 'uvicorn'))};",
            f"programs running at the start, by the load average: {busy:.1f}.",
        ]
    )


def _say(text: str) -> None:
    print(text, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=15, help="of each load")
    parser.add_argument("--minutes", type=float, default=10, help="that memory is watched")
    parser.add_argument("--people", type=int, default=PEOPLE, help="in the store")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, write the table, and end with a line of JSON."""
    options, busy = _options(arguments), os.getloadavg()[0]
    try:
        with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder:
            done, memory = measured(options, Path(folder))
    except KloutError as error:
        sys.exit(f"error: {error}")
    text = document(done, memory, options, busy)
    _say(text)
    put_between_markers(options.document, NAME, text)
    _say(json.dumps(figures(done)))


if __name__ == "__main__":
    main()
