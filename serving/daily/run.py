"""The day's run as a library call, for whoever schedules it: its stages, in their order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from features.incremental.cache import held
from features.incremental.errors import translated_errors
from features.lake import Lake
from features.lake.known_days import check_come
from features.topics.sensitive import HIDDEN
from serving.daily import stages
from serving.daily.alarms import USUAL, Thresholds
from serving.daily.stages import DayRun
from serving.daily.steps import StepTimes
from serving.daily.target import THIS_MACHINE, ExecutionTarget
from training.influence.model import Model


class Stage(NamedTuple):
    """A stage of a day.

    Attributes
    ----------
    step
        Its name in the report.
    act
        What it does.
    failed
        What is true of the day if it fails, for the end of the error's line.
    """

    step: str
    act: Callable[[DayRun], None]
    failed: str


_NOT_PUBLISHED = "{day} is not published"
STAGES = (
    Stage("settle", stages.settle, "{day} is as it was"),
    Stage("integrity", stages.judge, _NOT_PUBLISHED),
    Stage("networks", stages.fold, _NOT_PUBLISHED),
    Stage("add up", stages.score, _NOT_PUBLISHED),
    Stage("gate", stages.gate, _NOT_PUBLISHED),
    Stage("topics", stages.topics, _NOT_PUBLISHED),
    Stage("publish", stages.publish, _NOT_PUBLISHED),
    Stage("store", stages.store, stages.NOT_STORED),
    Stage(
        "keep", stages.keep, "{day} is published; the next run starts from what an earlier one kept"
    ),
    Stage("by account", stages.sort, "{day} is published; explaining it takes longer"),
    Stage("report", stages.tell, "the report of {day} is not complete"),
)
"""A day, from what is new in the lake to published scores. None begins before the one above it has
ended, and after `publish` the day counts, whatever becomes of the rest."""


def daily(
    root: Path,
    as_of: date,
    model: Model,
    steps: StepTimes | None = None,
    on_rows: Callable[[int], None] = lambda _: None,
    thresholds: Thresholds = USUAL,
    judging: Path | None = None,
    where: ExecutionTarget = THIS_MACHINE,
    store: str | None = None,
    accept: str = "",
    sensitive: tuple[str, ...] = HIDDEN,
    *,
    allow_future: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame | None:
    """Compute the scores of a day and publish them.

    Parameters
    ----------
    root
        The lake's directory.
    as_of
        Only what happened before 00:00 UTC of this day counts.
    model
        Whose networks and signals are computed.
    steps
        Is told how long each step takes.
    on_rows
        Called with the number of interactions of each piece, for a progress bar.
    thresholds
        Beyond which the run's report (`serving.daily.report.RunReport`) holds an alarm.
    judging
        A folder of `klout integrity train`, which judges accounts that are due before the day is
        counted; None: what the lake says of them stands.
    where
        On which machines the work is done, and where what is kept lies.
    store
        URL of the store that gets the day, and those before that it lacks; None: none does.
    accept
        Why the day may be published even if it is beyond the bounds of `thresholds.gate`.
    sensitive
        Topics that are shown of nobody unless an operator turns them on, with all below them.
    allow_future
        Whether the day may be later than tomorrow, as in a simulated world.
    say
        Is told of networks of the lake that the model does not know.

    Returns
    -------
    DataFrame or None
        As `Model.score`; None if the day was published already.

    Raises
    ------
    HeldError
        If the day is beyond a bound: see `serving.daily.holding`.
    KloutError
        If another run is at work, a later day was published, the day has not come, a file of the
        lake is damaged, there is no space left, or the lake can't be written to. What was published
        stays as it was.
    """
    check_come(as_of, allow_future=allow_future)
    with held(root, where.cache) as cache:
        lake = Lake(root)
        day = DayRun(
            root=root,
            as_of=as_of,
            model=model.covering(lake.populated),
            steps=StepTimes() if steps is None else steps,
            on_rows=on_rows,
            thresholds=thresholds,
            integrity=judging,
            target=where,
            url=store,
            accept=accept,
            say=say,
            cache=cache,
            lake=lake,
            sensitive=sensitive,
        )
        for stage in STAGES:
            failed = stage.failed.format(day=as_of)
            with day.steps.step(stage.step), translated_errors(day.lake, as_of, failed):
                stage.act(day)
            if day.is_done:
                return None
    return day.scores
