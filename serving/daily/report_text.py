"""A run's report as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from serving.daily.disk import Disk
from serving.daily.drift import Drift
from serving.daily.moves import Moves
from serving.daily.report import Cost, RunReport
from serving.daily.totals import DAYS


def words(report: RunReport) -> Iterator[str]:
    """Give the report's lines; alarms come last, where they are seen."""
    yield (
        f"{report.as_of}: {report.people:,} persons scored by model {report.model}, "
        f"{report.rescored:,} of them anew"
    )
    yield from _arrivals(report)
    if report.moves is not None:
        yield _moves(report.moves)
    if report.drift is not None:
        yield from _drift(report.drift, report.model)
    yield from _cost(report.cost)
    yield _disk(report.disk)
    if not report.finished:
        yield "the run was killed after it had published: its last steps are not in these figures"
    if report.accepted:
        yield f"accepted ({report.accepted}): {'; '.join(report.beyond)}"
    yield from (f"ALARM: {alarm}" for alarm in report.alarms)


def _arrivals(report: RunReport) -> Iterator[str]:
    came = report.arrivals
    since = "the beginning" if report.since is None else str(report.since)
    rows = ", ".join(f"{rows:,} {table}" for table, rows in came.rows.items())
    yield f"new since {since}: {rows}"
    if came.late:
        number, days = sum(came.late.values()), [date.fromisoformat(day) for day in came.late]
        span = str(days[0]) if len(days) == 1 else f"{len(days)} days, {days[0]} to {days[-1]}"
        old = f" ({came.too_old:,} too old to count)" if came.too_old else ""
        yield (
            f"late: {number:,} interactions of {span}{old}; they count from now on, and scores of "
            "days gone by stay as published"
        )
    if came.quarantined or came.repeated or came.suppressed:
        yield (
            f"left out: {came.quarantined:,} quarantined, {came.repeated:,} repeated, "
            f"{came.suppressed:,} of people who were forgotten"
        )


def _moves(moved: Moves) -> str:
    far = ", ".join(
        f"{moved.up[points] + moved.down[points]:,} by more than {points} "
        f"({moved.up[points]:,} up, {moved.down[points]:,} down)"
        for points in moved.up
    )
    return (
        f"moved since {moved.against}: {far} of {moved.people:,}; "
        f"{moved.new:,} persons are new, {moved.gone:,} gone"
    )


def _drift(drift: Drift, model: str) -> Iterator[str]:
    other = "" if drift.model == model else f" (by model {drift.model})"
    if drift.psi is not None:
        shifts = ", ".join(
            f"{name} {shift:+.2f}"
            for name, shift in (
                ("mean", drift.mean),
                ("q05", drift.q05),
                ("median", drift.median),
                ("q95", drift.q95),
            )
        )
        yield f"scores against {drift.against}{other}: PSI {drift.psi:.3f}, {shifts}"
    for network, changes in drift.signals.items():
        if any(change != 0 for change in changes.values()):
            yield f"  {network}, {DAYS} days: {_changes(changes)}"


def _changes(changes: Mapping[str, float | None]) -> str:
    return ", ".join(
        f"{name} {'new' if change is None else f'{change:+.1%}'}"
        for name, change in changes.items()
    )


def _cost(cost: Cost) -> Iterator[str]:
    total = sum(cost.seconds.values())
    parts = ", ".join(f"{step} {seconds:,.1f}" for step, seconds in cost.seconds.items())
    yield f"took {timedelta(seconds=round(total))} (seconds: {parts})"
    jobs = ", ".join(f"{kind} {seconds:,.1f}" for kind, seconds in cost.jobs.items())
    yield f"networks' jobs, some at the same time: {jobs}"
    peak = max(cost.peak_gb.values(), default=0.0)
    yield (
        f"folded {cost.folded:,} interactions, {cost.interactions_per_second:,.0f} a second of the "
        f"whole run; at most {peak:.2f} GB of memory"
    )


def _disk(disk: Disk) -> str:
    sizes = (disk.interactions, disk.cache, disk.published)
    names = ("interactions", "cache", "published")
    parts = [
        f"{name} {size / 1e6:,.1f} MB" + _each(disk, name)
        for name, size in zip(names, sizes, strict=True)
    ]
    return f"disk: {', '.join(parts)}"


def _each(disk: Disk, name: str) -> str:
    if name not in disk.per_million:
        return ""
    return f" ({disk.per_million[name] / 1e6:,.1f} per million interactions)"
