"""The stages of a day: each takes the day as the one before left it, and adds what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.errors import KloutError
from features.incremental.cache import Cache
from features.incremental.errors import rebuilding_if_damaged
from features.incremental.executor import Engine
from features.incremental.run import Run, start
from features.incremental.topic_days import TopicDays
from features.lake import Lake
from features.lake.by_account import complete
from features.lake.left_out import UNTRAINED, name_left_out
from features.lake.published import is_published
from features.people.hidden_topics import hidden_topics
from features.people.optouts import opted_out
from features.signals.materialize import identified
from features.topics.ontology import Ontology
from serving.daily import judging, publishing, recording
from serving.daily.alarms import Thresholds
from serving.daily.arrivals import to_fold
from serving.daily.holding import hold, let_go
from serving.daily.report import RunReport
from serving.daily.scoring import scores_of
from serving.daily.shard_scoring import parts_name, score_shard
from serving.daily.steps import StepTimes
from serving.daily.target import ExecutionTarget
from serving.daily.withdrawing import clear_up
from serving.store import from_lake
from training.influence.model import Model
from training.influence.topics import by_day, rank_experts


@dataclass
class DayRun:
    """A day's run in progress.

    Attributes
    ----------
    root, as_of, model, steps, on_rows, thresholds, integrity, target, url, accept, say, sensitive
        As `serving.daily.run.daily` was given them.
    cache
        What the run before kept.
    lake
        As the run sees it.
    is_done
        Whether nothing is left to do, since the day was published already.
    run, parts
        Of `fold`: the shards as they are now, and the parts of influence by network.
    scores
        Of `score`.
    report
        Of `gate`.
    topics, topic_days
        Of `topics`: `serving.store.day.TOPICS`, and what is kept of it; None: the lake does not say
        what anything is about.
    """

    root: Path
    as_of: date
    model: Model
    steps: StepTimes
    on_rows: Callable[[int], None]
    thresholds: Thresholds
    integrity: Path | None
    target: ExecutionTarget
    url: str | None
    accept: str
    say: Callable[[str], None]
    cache: Cache
    lake: Lake
    sensitive: tuple[str, ...]
    is_done: bool = False
    run: Run = field(init=False)
    parts: dict[str, pl.DataFrame] = field(init=False)
    scores: pl.DataFrame = field(init=False)
    report: RunReport = field(init=False)
    topics: pl.DataFrame | None = None
    topic_days: TopicDays | None = None


def settle(day: DayRun) -> None:
    """Finish what runs that were killed left; of a published day there is nothing else to do."""
    clear_up(day.lake)
    if is_published(day.lake, day.as_of):
        recording.settle(day.root, day.as_of)
        let_go(day.root, [day.as_of])
        store(day)
        day.is_done = True


def judge(day: DayRun) -> None:
    """Judge the accounts that are due, and write their authenticity into the lake."""
    name_left_out(day.lake, day.as_of, day.model.catalogue, UNTRAINED, day.say)
    day.lake = judging.judge(day.cache, day.lake, day.as_of, day.model.catalogue, day.integrity)


def fold(day: DayRun) -> None:
    """Update every shard of every network to the day, and score whose signals changed."""

    def compute() -> tuple[Run, dict[str, pl.DataFrame]]:
        with day.target.engine() as engine:
            shards = day.target.shards_of(day.cache, engine)
            run = start(day.lake, day.as_of, day.model.catalogue, day.cache, shards)
            day.steps.expect(to_fold(run.inputs))
            return run, _parts(day, run, engine)

    day.run, day.parts = rebuilding_if_damaged(day.cache, day.lake, day.as_of, compute)


def _parts(day: DayRun, run: Run, engine: Engine) -> dict[str, pl.DataFrame]:
    parts = {}
    seen = partial(score_shard, engine.share(day.model.ready()))
    for network, shards in run.networks(engine, seen, day.on_rows):
        parts[network.name] = pl.concat(shard.seen.parts for shard in shards)
        day.steps.network(network.name, shards)
    return parts


def score(day: DayRun) -> None:
    """Add up the parts of everybody who has not opted out."""
    parts, day.parts = day.parts, {}
    holders = [part.select("person") for part in parts.values()]
    lake, as_of = day.run.inputs.lake, day.as_of
    everybody = pl.concat([*holders, identified(lake, as_of)]).unique()
    stay = everybody.join(opted_out(lake, as_of), on="person", how="anti")
    day.scores = scores_of(stay, parts, day.model)


def gate(day: DayRun) -> None:
    """Hold the day if it is beyond a bound, and nobody accepted that."""
    report = recording.drafted(day.run, day.scores, day.model, day.steps, day.thresholds)
    if report.beyond and not day.accept:
        raise hold(day.root, day.scores, report)
    day.report = replace(report, accepted=day.accept if report.beyond else "")


def topics(day: DayRun) -> None:
    """Say what people are influential about, where the lake says what contents are about."""
    lake, as_of = day.run.inputs.lake, day.as_of
    if not lake.files("topics"):
        return
    ontology = Ontology.of(lake)
    day.topic_days = TopicDays(day.run, ontology)
    found = by_day(day.topic_days)
    stay = found.join(opted_out(lake, as_of), on="person", how="anti", maintain_order="left")
    hidden = hidden_topics(lake, as_of)
    shown = stay.join(hidden, on=hidden.columns, how="anti", maintain_order="left")
    sensitive = pl.col("topic").is_in(sorted(ontology.sensitive(day.sensitive)))
    day.topics = rank_experts(shown, ontology.ancestors).with_columns(sensitive=sensitive)


def publish(day: DayRun) -> None:
    """Make the scores visible. The report must be on disk before, since no run comes back."""
    recording.pend(day.root, day.report)
    accepted, topics = day.report.accepted, day.topics
    publishing.publish(day.root, day.as_of, day.scores, day.model, accepted, topics)
    let_go(day.root, [day.as_of])


def store(day: DayRun) -> None:
    """Give the store the day, and those before that it lacks."""
    if day.url is None:
        return
    try:
        from_lake.keep(day.url, day.root, day.model)
    except KloutError as error:
        raise KloutError(f"{error}; {NOT_STORED.format(day=day.as_of)}") from error


def sort(day: DayRun) -> None:
    """Keep what people received and published by account, where a store gets the days.

    It is what explanations are asked of; without it they read the lake's files.
    """
    if day.url is None:
        return
    names = [network.name for network in day.model.catalogue.networks]
    complete(day.lake, names, day.as_of - timedelta(HORIZON + EXPLAINED_DAYS), day.as_of)


def keep(day: DayRun) -> None:
    """Keep for the next run what this one computed."""
    frames = [parts_name(shard, day.model) for shard in day.run.stores]
    of_topics = day.topic_days
    if of_topics is None:
        day.run.commit(frames)
    else:
        day.run.commit([*frames, *of_topics.frames], of_topics.files)


def tell(day: DayRun) -> None:
    """Complete the report with the time and the space of all stages."""
    recording.complete(day.run, day.report, day.steps)


EXPLAINED_DAYS = 30
"""Why a score moved since so long ago is answered from rows by account alone."""

NOT_STORED = "{day} is published; run again, for the store to get it"
