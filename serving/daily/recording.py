"""The report of a run, on disk: `runs/DAY.json` in the lake.

It is written twice. A run that has published is never done again, so what it found must be on disk
before it publishes: as `.pending.json`, under a name that nobody takes for the report of a
published day. It gets its name, with the time and the space of the last steps, when the cache is
committed. If the run is killed in between, the next one, of the same day or of another, gives the
pending report its name. So each published day has its report, and no other day has one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from features.incremental.run import Run
from features.lake import Lake
from features.lake.published import published
from features.storage.atomic import replacing
from features.storage.paths import found, read_all, remove
from serving.daily.alarms import Thresholds, alarms
from serving.daily.arrivals import arrivals
from serving.daily.disk import Disk, disk_of
from serving.daily.distribution import Distribution
from serving.daily.drift import Drift, ReportSnapshot, drift
from serving.daily.holding import beyond
from serving.daily.moves import moves
from serving.daily.report import Cost, RunReport
from serving.daily.steps import StepTimes
from training.influence.model import Model

RUNS = "runs"
_PENDING = ".pending.json"
WEEK = timedelta(7)
"""Drift is looked for against this long ago, since people do other things on Sundays."""
MOST = timedelta(14)
"""A report older than this says nothing about this week."""


def drafted(
    run: Run, scores: pl.DataFrame, model: Model, steps: StepTimes, thresholds: Thresholds
) -> RunReport:
    """Report on a run whose scores are computed, and not published yet."""
    lake, as_of = run.inputs.lake, run.inputs.as_of
    _settle_published(lake)
    report = _report(lake, as_of, scores, model, steps, thresholds)
    return replace(report, disk=disk_of(lake.root, as_of, run.cache.root))


def pend(root: Path, report: RunReport) -> None:
    """Write the report of a run that is about to publish."""
    _write(root / RUNS / _PENDING, report)


def complete(run: Run, report: RunReport, steps: StepTimes) -> None:
    """Write the report of a run whose scores are published and whose cache is committed."""
    root, as_of, kept = run.inputs.lake.root, run.inputs.as_of, run.cache.root
    done = replace(report, cost=Cost.of(steps), disk=disk_of(root, as_of, kept), finished=True)
    _write(root / RUNS / f"{as_of}.json", done)
    remove([root / RUNS / _PENDING])


def settle(root: Path, as_of: date) -> None:
    """Finish the report of a run that was killed after it had published its day."""
    pending = read(root / RUNS / _PENDING)
    if pending is None or pending.as_of != as_of:
        return
    if report_of(root, as_of) is None:
        _write(root / RUNS / f"{as_of}.json", replace(pending, disk=disk_of(root, as_of)))
    remove([root / RUNS / _PENDING])


def report_of(root: Path, as_of: date) -> RunReport | None:
    """Read the report of a day's run; None if there is none."""
    return read(root / RUNS / f"{as_of}.json")


def read(file: Path) -> RunReport | None:
    """Read a report; a damaged one is none, since no run may fail because of it."""
    try:
        return RunReport.from_json(read_all([file])[0].decode())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def latest(root: Path, since: date, until: date) -> RunReport | None:
    """Read the last report of the days ``[since, until)``; None if there is none."""
    names = reversed(found(root / RUNS, "????-??-??.json"))
    within = (file for file in names if since.isoformat() <= file.stem < until.isoformat())
    return next((report for file in within if (report := read(file)) is not None), None)


def _settle_published(lake: Lake) -> None:
    """Finish the report of another day's run, if that was killed after it had published."""
    pending = read(lake.root / RUNS / _PENDING)
    if pending is None:
        return
    if published(lake).get(pending.as_of) == pending.model:
        settle(lake.root, pending.as_of)


def _report(
    lake: Lake,
    as_of: date,
    scores: pl.DataFrame,
    model: Model,
    steps: StepTimes,
    thresholds: Thresholds,
) -> RunReport:
    before = latest(lake.root, date.min, as_of)
    then = latest(lake.root, as_of - MOST, _after(as_of - WEEK))
    since, known = (None, 0) if before is None else (before.as_of, before.entries)
    came = arrivals(lake.entries, known, since, as_of)
    now = ReportSnapshot(dict(steps.totals), Distribution.of(scores["score"]))
    kept = None if then is None else then.snapshot
    week = None if then is None else _drift(then, now, scores["score"])
    return RunReport(
        as_of=as_of,
        since=since,
        model=model.version,
        finished=False,
        entries=len(lake.entries),
        arrivals=came,
        cost=Cost.of(steps),
        disk=Disk(0, 0, 0),
        people=len(scores),
        rescored=steps.rescored,
        moves=moves(lake, as_of, scores),
        snapshot=now,
        drift=week,
        alarms=alarms(came, week, kept, now, thresholds),
        beyond=beyond(lake, as_of, scores, model, thresholds.gate),
    )


def _drift(then: RunReport, now: ReportSnapshot, scores: pl.Series) -> Drift:
    return drift(then.as_of, then.model, then.snapshot, now, scores)


def _after(day: date) -> date:
    return day + timedelta(1)


def _write(file: Path, report: RunReport) -> None:
    with replacing(file) as draft:
        draft.write_text(report.to_json(), encoding="utf-8")
