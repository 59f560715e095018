"""How fast a day is published in the store, in SQLite and in PostgreSQL, and how large it gets.

A million people, half of them with a connected account or two, on four of ten networks each. The
first day fills empty tables; on the second every score has moved, a hundredth of the accounts are
others, and a thousandth of the people are new.

    python -m benchmarks.store
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from sqlalchemy import text

from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from serving.store import Day, Store
from tests.support.postgres import missing, running

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-store"
PEOPLE = 1_000_000
NETWORKS = tuple(f"network{n}" for n in range(10))
ON_NETWORKS = 0.4
CONNECTED = 700_000
FIRST = date(2014, 10, 1)
READS = 2_000
LIMIT_S = 60
"""The most that a day may take."""


class Row(NamedTuple):
    """Seconds of the days, megabytes after each, and microseconds of reads."""

    seconds: tuple[float, ...]
    megabytes: tuple[float, ...]
    person_us: float
    history_us: float


def scores_of(number: int) -> pl.DataFrame:
    """Make the scores of the day so many days after the first."""
    random = np.random.default_rng(number)
    new = number * PEOPLE // 1_000
    shape = (PEOPLE, len(NETWORKS))
    parts = random.gamma(0.5, 4.0, shape) * (random.random(shape) < ON_NETWORKS)
    influence = parts.sum(axis=1) - 2
    rank = influence.argsort().argsort()
    columns = {f"part.{network}": parts[:, n] for n, network in enumerate(NETWORKS)}
    return pl.DataFrame(
        {
            "person": [f"person-{n:08}" for n in range(new, new + PEOPLE)],
            "influence": influence,
            "score": 1 + 99 * (rank + 1) / (PEOPLE + 1),
            "percentile": 100 * rank / PEOPLE,
            "confidence": random.random(PEOPLE),
            "low": 0.9 * (1 + 99 * (rank + 1) / (PEOPLE + 1)),
            "high": 1.1 * (1 + 99 * (rank + 1) / (PEOPLE + 1)),
            **columns,
        }
    )


def accounts_of(number: int) -> pl.DataFrame:
    """Make the connected accounts of a day."""
    other = number * CONNECTED // 100
    names = range(other, other + CONNECTED)
    return pl.DataFrame(
        {
            "network": [NETWORKS[n % len(NETWORKS)] for n in names],
            "account": [f"account-{n:08}" for n in names],
            "person": [f"person-{n * 5 // 7:08}" for n in names],
        }
    )


def day_of(number: int) -> Day:
    """Make a day to publish."""
    as_of = FIRST + timedelta(number)
    return Day(as_of, "model", "catalogue", scores_of(number).lazy(), accounts_of(number))


def measured(store: Store, size: Callable[[], float]) -> Row:
    """Publish two days and read a little."""
    seconds, megabytes = [], []
    for number in range(2):
        day = day_of(number)
        start = time.perf_counter()
        store.publish(day)
        seconds.append(time.perf_counter() - start)
        megabytes.append(size() / 1e6)
    ids = [f"person-{n:08}" for n in np.random.default_rng(1).integers(2_000, PEOPLE, READS)]
    with store.read() as now:
        person_us = _each(lambda person: now.person(person), ids)
        history_us = _each(lambda person: now.history(person), ids)
    return Row(tuple(seconds), tuple(megabytes), person_us, history_us)


def _each(read: Callable[[str], object], ids: list[str]) -> float:
    """Microseconds of one read."""
    start = time.perf_counter()
    for person in ids:
        read(person)
    return 1e6 * (time.perf_counter() - start) / len(ids)


def in_sqlite() -> Row:
    """Measure a file."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(f"sqlite:///{folder}/store.db", write=True) as store,
    ):
        files = Path(folder)
        return measured(store, lambda: sum(file.stat().st_size for file in files.iterdir()))


@contextmanager
def _server() -> Iterator[Store]:
    with running("bench", fsync=True) as url, Store.upgraded(url.format("bench")) as store:
        yield store


def in_postgresql() -> Row:
    """Measure a server of its own."""
    with _server() as store:

        def size() -> float:
            with store.engine.connect() as connection:
                found = connection.scalar(text("SELECT pg_database_size(current_database())"))
                return float(found or 0)

        return measured(store, size)


def document(rows: dict[str, Row], load: float) -> str:
    """Table in Markdown, and the machine."""
    lines = [
        "| store | day 1, s | day 2, s | day 1, MB | day 2, MB | a person, µs | a history, µs |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, row in rows.items():
        cells = [f"{each:.1f}" for each in row.seconds]
        cells += [f"{each:,.0f}" for each in (*row.megabytes, row.person_us, row.history_us)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        f"{PEOPLE:,} people, {len(NETWORKS)} networks, {CONNECTED:,} connected accounts;",
        "a day is one transaction, synced to the disk. Sizes hold what the day before left for the",
        "next one to fill. Reads are one after the other, in one snapshot. At most",
        f"{LIMIT_S} s are allowed for a day.",
        "",
        f"Measured on: {in_a_line(('sqlalchemy', 'psycopg', 'polars'))};",
        f"programs running at the start, by the load average: {load:.1f}.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the table to docs/benchmarks.md."""
    argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]).parse_args()
    load, rows = os.getloadavg()[0], {"SQLite": in_sqlite()}
    if reason := missing():
        print(f"PostgreSQL is not measured: {reason}")
    else:
        rows["PostgreSQL"] = in_postgresql()
    written = document(rows, load)
    print(written)
    put_between_markers(DOCUMENT, NAME, written)
    figures = {
        f"{name.lower()}_day_{number}_s": round(seconds, 1)
        for name, row in rows.items()
        for number, seconds in enumerate(row.seconds, 1)
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
