"""What `benchmarks.compare` measures: a table of rows, and the probes that fill it.

A probe runs programs of one build and returns figures by row; smaller is better in all of them. To
add a row, add a probe to `PROBES`, or a figure to what one returns.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import httpx
import polars as pl
import psutil

from benchmarks.serving_peers import Server, running
from features.errors import KloutError

Figures = dict[str, float]
WORKERS = 2
SEED = 7
WEEK = timedelta(7)
SCORED = 1_000
QUESTIONS = {"why": "explanation", "moved": "movement", "raise": "next"}
"""By row, the API's address."""

SEGMENTS = """
import sys
from datetime import date, timedelta
from features.lake import Lake
from features.lake.by_account import complete
lake, day = Lake(sys.argv[1]), date.fromisoformat(sys.argv[2])
complete(lake, [each.name for each in lake.populated], day - timedelta(120), day)
"""
"""What the day's run keeps for explanations; an older build has no such module, and needs none."""


@dataclass(frozen=True)
class Build:
    """A revision that is installed, and copies of its own of what it reads.

    Attributes
    ----------
    root
        The checkout, with its ``.venv``.
    lake, model, signals
        A published lake with a store, the champion, and a file of signals.
    scratch
        A folder to write to.
    number
        Of how many people is asked.
    """

    root: Path
    lake: Path
    model: Path
    signals: Path
    scratch: Path
    number: int

    def command(self, *words: str | Path) -> list[str]:
        """Write a call of the build's own `klout`."""
        return [str(self.root / ".venv/bin/klout"), *map(str, words)]

    @property
    def environment(self) -> dict[str, str]:
        """Environment in which what is imported is compiled once."""
        mine = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self.root / ".bytecode")}
        return os.environ | mine | {"BENTOML_HOME": str(self.scratch), "BENTOML_DO_NOT_TRACK": "1"}

    @property
    def day(self) -> date:
        """The latest day published."""
        return max(date.fromisoformat(file.stem) for file in self._published)

    @property
    def people(self) -> list[str]:
        """People of all scores, at random: the same of each build."""
        scores = pl.read_parquet(max(self._published)).sort("person")
        return scores.sample(self.number, seed=SEED)["person"].to_list()

    @property
    def _published(self) -> list[Path]:
        found = list((self.lake / "published").glob("????-??-??.parquet"))
        if not found:
            raise KloutError(f"{self.lake}: no day is published here; run `make` first")
        return found

    def prepare(self) -> None:
        """Let it do beforehand what its day's run would have done."""
        python = str(self.root / ".venv/bin/python")
        call = [python, "-c", SEGMENTS, str(self.lake), self.day.isoformat()]
        subprocess.run(call, env=self.environment, cwd=self.root, capture_output=True, check=False)
        # What is imported is compiled now, rather than in the first round.
        load = [python, "-c", "import serving.http.service, training.influence.model"]
        subprocess.run(load, env=self.environment, cwd=self.root, check=True)
        pl.scan_parquet(self.signals).head(SCORED).sink_parquet(self.scratch / "few.parquet")
        commands(self)


def cpu_of(build: Build, *words: str | Path) -> float:
    """Run a command, and give the seconds of CPU that it and its processes took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        build.command(*words),
        env=build.environment,
        cwd=build.scratch,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands(build: Build) -> Figures:
    """Measure commands that people type."""
    person, as_of = build.people[0], ("--as-of", build.day.isoformat())
    few = ("--signals", build.scratch / "few.parquet", "--out", build.scratch / "scores.parquet")
    lake = ("--lake", build.lake, "--model", build.model, *as_of)
    since = ("--since", (build.day - WEEK).isoformat())
    return {
        "klout score --help, CPU s": cpu_of(build, "score", "--help"),
        "klout score of 1,000, CPU s": cpu_of(build, "score", "--model", build.model, *few),
        "klout explain, CPU s": cpu_of(build, "explain", person, *lake, *since, "--json"),
    }


def server(build: Build) -> Figures:
    """Measure a server of two workers: its start, its memory, and what explanations take."""
    with _served(build) as at:
        figures = {"server start, CPU s": _cpu(at.process), "server at rest, MB": at.memory()}
        with httpx.Client(base_url=f"http://127.0.0.1:{at.port}", timeout=120) as client:
            for path in QUESTIONS.values():  # what the first of all costs is no one person's
                client.get(f"/v3/persons/{build.people[0]}/{path}").raise_for_status()
            for name, path in QUESTIONS.items():
                before = _cpu(at.process)
                took = sorted(_timed(client, who, path) for who in build.people[1:])
                spent = (_cpu(at.process) - before) / len(took)
                figures |= {
                    f"{name}, p50 ms": 1e3 * statistics.median(took),
                    f"{name}, p95 ms": 1e3 * took[int(0.95 * len(took))],
                    f"{name}, CPU ms": 1e3 * spent,
                }
        return figures | {"server after questions, MB": at.memory()}


PROBES: Mapping[str, Callable[[Build], Figures]] = {"commands": commands, "server": server}
"""By name, which may be asked for: each gives figures by row."""


@contextmanager
def _served(build: Build) -> Iterator[Server]:
    words = ("serve", "--lake", build.lake, "--model", build.model, "--workers", str(WORKERS))
    command = [*build.command(*words), "--port"]
    with running(command, "/readyz", build.scratch / "log", **build.environment) as found:
        time.sleep(2.0)  # the second worker may come after the first has answered
        yield found


def _cpu(process: psutil.Process) -> float:
    """Add up what the processes that are there have taken."""
    each = [process, *process.children(recursive=True)]
    return sum(sum(one.cpu_times()[:4]) for one in each)


def _timed(client: httpx.Client, person: str, path: str) -> float:
    began = time.perf_counter()
    client.get(f"/v3/persons/{person}/{path}").raise_for_status()
    return time.perf_counter() - began
