"""The report of a day's run: what came, what it took, who moved, and what is not as it was.

It names nobody: counts, sums and quantiles only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

from serving.daily.arrivals import Arrivals
from serving.daily.disk import Disk
from serving.daily.distribution import Distribution
from serving.daily.drift import Drift, ReportSnapshot
from serving.daily.moves import Moves
from serving.daily.steps import StepTimes
from serving.daily.totals import Totals

_FORM = 3
Made = TypeVar("Made")


@dataclass(frozen=True)
class Cost:
    """What a run took.

    Attributes
    ----------
    seconds
        By step, in their order.
    jobs
        Seconds by kind of job within the step ``networks``, added up over those that were at work
        at the same time, here or on a cluster.
    peak_gb
        By step, the most memory that the process had held by its end.
    folded
        Interactions of new days; of the whole window if it began from the lake alone.
    interactions_per_second
        Of these, over all steps.
    """

    seconds: dict[str, float]
    jobs: dict[str, float]
    peak_gb: dict[str, float]
    folded: int
    interactions_per_second: float

    @staticmethod
    def of(steps: StepTimes) -> Cost:
        """Take what a run said up to now."""
        total = sum(steps.seconds.values())
        rate = steps.to_fold / total if total else 0.0
        return Cost(dict(steps.seconds), dict(steps.jobs), dict(steps.peak_gb), steps.to_fold, rate)


@dataclass(frozen=True)
class RunReport:
    """A day's run.

    Attributes
    ----------
    as_of
        The day.
    since
        The day of the run before; None: this is the first with a report.
    model
        The version that scored.
    finished
        False: the run was killed after it had published; the last steps are missing in `cost`.
    entries
        Ledger entries that it saw, by which the next run knows what is new.
    arrivals
        Rows that came.
    cost
        Time and memory.
    disk
        Bytes.
    people, rescored
        Who has a score, and for whom a part of it was computed anew.
    moves
        Against the day published before; None: there is none.
    snapshot
        What later reports are compared with.
    drift
        Against the week before; None: there is no report of it.
    alarms
        What is beyond a threshold, in words.
    beyond
        By how much the day is beyond a bound of the gate (`serving.daily.gate`), in words.
    accepted
        Why it was published all the same; empty: nothing had to be accepted, or it is held.
    """

    as_of: date
    since: date | None
    model: str
    finished: bool
    entries: int
    arrivals: Arrivals
    cost: Cost
    disk: Disk
    people: int
    rescored: int
    moves: Moves | None
    snapshot: ReportSnapshot
    drift: Drift | None
    alarms: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    accepted: str = ""

    def to_json(self) -> str:
        """Write it as JSON; days are ISO dates, and a change from nothing is null."""
        return json.dumps({"form": _FORM, **asdict(self)}, default=date.isoformat, indent=1)

    @staticmethod
    def from_json(text: str) -> RunReport:
        """Undo `to_json`.

        Raises
        ------
        ValueError, KeyError, TypeError
            If it is not what `to_json` wrote.
        """
        data = json.loads(text)
        if data.pop("form") != _FORM:
            raise ValueError(f"a report of another form than {_FORM}")
        since = data.pop("since")
        return RunReport(
            as_of=date.fromisoformat(data.pop("as_of")),
            since=None if since is None else date.fromisoformat(since),
            arrivals=Arrivals(**data.pop("arrivals")),
            cost=Cost(**data.pop("cost")),
            disk=Disk(**data.pop("disk")),
            moves=_made(Moves, data.pop("moves")),
            snapshot=_snapshot(data.pop("snapshot")),
            drift=_made(Drift, data.pop("drift")),
            alarms=tuple(data.pop("alarms")),
            beyond=tuple(data.pop("beyond")),
            **data,
        )


def _snapshot(data: dict[str, Any]) -> ReportSnapshot:
    totals = {network: Totals(**of) for network, of in data["totals"].items()}
    found = data["distribution"]
    if found is None:
        return ReportSnapshot(totals, None)
    lists = {name: tuple(found[name]) for name in ("edges", "shares")}
    return ReportSnapshot(totals, Distribution(**{**found, **lists}))


def _made(kind: Callable[..., Made], data: dict[str, Any] | None) -> Made | None:
    return None if data is None else kind(**data)
