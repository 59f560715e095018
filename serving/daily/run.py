"""The day's run as a library call, for whoever schedules it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.incremental.cache import held
from features.incremental.errors import rebuilding_if_damaged, translated_errors
from features.incremental.executor import Engine
from features.incremental.run import Run, start
from features.lake import Lake
from features.lake.known_days import check_come
from features.lake.left_out import UNTRAINED, name_left_out
from features.lake.published import is_published
from features.people.optouts import opted_out
from features.people.scrubbing import PUBLISHED
from features.signals.materialize import identified
from serving.daily.alarms import USUAL, Thresholds
from serving.daily.arrivals import to_fold
from serving.daily.holding import hold, let_go
from serving.daily.judging import judge
from serving.daily.publishing import publish
from serving.daily.recording import drafted, reported, settle
from serving.daily.scoring import scores_of
from serving.daily.shard_scoring import parts_name, score_shard
from serving.daily.steps import Steps
from serving.daily.target import THIS_MACHINE, ExecutionTarget
from serving.daily.withdrawing import clear_up
from serving.store.from_lake import keep
from training.influence.model import Model

__all__ = ["PUBLISHED", "daily"]

_NOT_KEPT = "the next run starts from what an earlier one kept"
_NOT_STORED = "published; run again, for the store to get it"


def daily(
    root: Path,
    as_of: date,
    model: Model,
    steps: Steps | None = None,
    on_rows: Callable[[int], None] = lambda _: None,
    thresholds: Thresholds = USUAL,
    judging: Path | None = None,
    where: ExecutionTarget = THIS_MACHINE,
    store: str | None = None,
    accept: str = "",
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
    steps = Steps() if steps is None else steps
    check_come(as_of, allow_future=allow_future)
    with held(root, where.cache) as cache:
        lake = Lake(root)
        clear_up(lake)
        if is_published(lake, as_of):
            settle(root, as_of)
            let_go(root, [as_of])
            _keep(store, root, as_of, model)
            return None
        name_left_out(lake, as_of, model.catalogue, UNTRAINED, say)
        with steps.step("integrity"), translated_errors(lake, as_of, f"{as_of} is not published"):
            lake = judge(cache, lake, as_of, model.catalogue, judging)

        def compute() -> tuple[Run, pl.DataFrame]:
            with where.engine() as engine:
                run = start(lake, as_of, model.catalogue, cache, where.shards_of(cache, engine))
                steps.expect(to_fold(run.inputs))
                return run, _scores(run, model, steps, on_rows, engine)

        with translated_errors(lake, as_of, f"{as_of} is not published"):
            run, scores = rebuilding_if_damaged(cache, lake, as_of, compute)
        with translated_errors(lake, as_of, f"{as_of} is not published"):
            report = drafted(run, scores, model, steps, thresholds)
            if report.beyond and not accept:
                raise hold(root, scores, report)
        report = replace(report, accepted=accept if report.beyond else "")
        with (
            translated_errors(lake, as_of, f"the report of {as_of} is not complete"),
            reported(run, report, steps),
        ):
            with steps.step("publish"), translated_errors(lake, as_of, f"{as_of} is not published"):
                publish(root, as_of, scores, model, report.accepted)
                let_go(root, [as_of])
            with steps.step("store"), translated_errors(lake, as_of, f"{as_of} is {_NOT_STORED}"):
                _keep(store, root, as_of, model)
            with (
                steps.step("keep"),
                translated_errors(lake, as_of, f"{as_of} is published; {_NOT_KEPT}"),
            ):
                run.commit(parts_name(shard, model) for shard in run.stores)
    return scores


def _keep(store: str | None, root: Path, as_of: date, model: Model) -> None:
    if store is None:
        return
    try:
        keep(store, root, model)
    except KloutError as error:
        raise KloutError(f"{error}; {as_of} is {_NOT_STORED}") from error


def _scores(
    run: Run, model: Model, steps: Steps, on_rows: Callable[[int], None], engine: Engine
) -> pl.DataFrame:
    parts: dict[str, pl.DataFrame] = {}
    with steps.step("networks"):
        seen = partial(score_shard, engine.share(model.ready()))
        for network, shards in run.networks(engine, seen, on_rows):
            parts[network.name] = pl.concat(shard.seen.parts for shard in shards)
            steps.network(network.name, shards)
    with steps.step("add up"):
        holders = [part.select("person") for part in parts.values()]
        lake, as_of = run.inputs.lake, run.inputs.as_of
        everybody = pl.concat([*holders, identified(lake, as_of)]).unique()
        stay = everybody.join(opted_out(lake, as_of), on="person", how="anti")
        return scores_of(stay, parts, model)
