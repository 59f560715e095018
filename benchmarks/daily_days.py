"""Days in a row in one process, as ``klout daily --from … --to …`` runs them, each measured."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.daily_child import Taken, in_child
from benchmarks.daily_lakes import interactions, last_day, next_day
from features.catalogue.catalogue import HORIZON
from features.errors import KloutError
from features.incremental.cache import held
from features.incremental.run import start
from features.lake import Lake
from serving.daily.run import daily
from serving.daily.steps import StepTimes
from training.influence.model import Model


@dataclass(frozen=True)
class Day:
    """What a day's run took, and what there was to do."""

    as_of: str
    seconds: float
    cpu: float
    interactions: int
    people: int
    rescored: int
    steps: dict[str, float]
    jobs: dict[str, float]

    @property
    def rate(self) -> float:
        """Interactions per second."""
        return self.interactions / self.seconds


@dataclass(frozen=True)
class Days:
    """A lake's days.

    Attributes
    ----------
    first
        The run before them, from the lake alone; None if the lake came with a cache. Its
        interactions are all of the widest window.
    first_gb
        Most memory that it held.
    days
        The days that were run on, in one process, each with its own new interactions.
    start_up
        Seconds until that process could begin: Python, imports, the model.
    peak_gb
        Most memory that it held.
    """

    first: Day | None
    first_gb: float
    days: list[Day]
    start_up: float
    peak_gb: float

    @property
    def seconds(self) -> float:
        """Of the median day."""
        return median(day.seconds for day in self.days)

    @property
    def cpu(self) -> float:
        """Processor's seconds of the median day."""
        return median(day.cpu for day in self.days)

    @property
    def rate(self) -> float:
        """Interactions per second of the median day."""
        return median(day.rate for day in self.days)

    @property
    def steps(self) -> dict[str, float]:
        """Median seconds by step."""
        return _medians([day.steps for day in self.days])

    @property
    def jobs(self) -> dict[str, float]:
        """Median seconds by kind of job."""
        return _medians([day.jobs for day in self.days])


def _medians(taken: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(each.get(name, 0.0) for each in taken) for name in taken[0]}


def days_of(lake: Path, model: Path, wanted: int) -> Days:
    """Run the lake's next days: the first from the lake alone, unless its cache can be moved on.

    Raises
    ------
    KloutError
        If all days of the lake are published.
    """
    day = next_day(Lake(lake))
    begun = in_child(build, lake=str(lake), model=str(model), as_of=str(day))
    first = None if begun.result is None else Day(**begun.result)
    day += timedelta(first is not None)
    count = min(wanted, (last_day(Lake(lake)) - day).days + 1)
    if count < 1:
        raise KloutError(
            f"{lake}: no day is left to run, all are published; remove it, to have it made anew"
        )
    dates = [str(day + timedelta(number)) for number in range(count)]
    done = in_child(run_days, lake=str(lake), model=str(model), dates=dates)
    return _days(first, begun, done)


def together(turns: list[Days]) -> Days:
    """Put the turns of one lake together."""
    return replace(turns[0], days=[day for turn in turns for day in turn.days])


def _days(first: Day | None, begun: Taken, done: Taken) -> Days:
    days = [Day(**day) for day in done.result["days"]]
    start_up = done.start_up + done.result["loading"]
    return Days(first, begun.peak_gb, days, start_up, done.peak_gb)


def build(lake: str, model: str, as_of: str) -> dict[str, Any] | None:
    """Run a day if it has to begin from the lake alone; a job for a process of its own."""
    root, day, scorer = Path(lake), date.fromisoformat(as_of), Model.load(Path(model))
    with held(root) as cache:
        if not start(Lake(root), day, scorer.catalogue, cache).is_first:
            return None
    return asdict(_run(root, day, scorer, HORIZON))


def run_days(lake: str, model: str, dates: list[str]) -> dict[str, Any]:
    """Run days in a row; a job for a process of its own."""
    began = time.perf_counter()
    scorer = Model.load(Path(model))
    loading = time.perf_counter() - began
    done = [asdict(_run(Path(lake), date.fromisoformat(day), scorer, 1)) for day in dates]
    return {"loading": loading, "days": done}


def _run(root: Path, as_of: date, model: Model, new_days: int) -> Day:
    steps = StepTimes()
    began, busy = time.perf_counter(), time.process_time()
    scores = daily(root, as_of, model, steps)
    seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    if scores is None:
        raise KloutError(f"{root}: {as_of} is published already")
    new = interactions(Lake(root), as_of, new_days)
    print(f"  {as_of}: {new:,} interactions in {seconds:.1f} s", file=sys.stderr, flush=True)
    return Day(
        str(as_of),
        seconds,
        cpu,
        new,
        len(scores),
        steps.rescored,
        dict(steps.seconds),
        dict(steps.jobs),
    )
