"""What is asked of each log: who will draw more people, or stands high in the end.

A task is a log, a moment and an outcome. What is known are the signals as of the moment; whoever
received a reaction of somebody else's before it is asked about, however long ago that was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from evaluations.real.logs import LOGS, Log, later, to_midnight
from evaluations.stackexchange import reputation
from features.lake import Lake
from features.signals.materialize import materialize
from training import baselines

GRAPH = "graph."
"""Starts the names of the columns of ranks in the graph, in a task's table."""


@dataclass(frozen=True)
class Task:
    """One question to a log.

    Attributes
    ----------
    log
        The log.
    at
        The moment that divides what is known from what is asked, UTC.
    horizon
        How long after it outcomes are looked at; None: to the log's end.
    reactions
        The kinds of reactions whose distinct givers are the outcome; empty: all.
    outcome
        ``next``: distinct people who react in the horizon. ``reputation``: as a Stack Exchange dump
        gives it in the end. ``links``: pages that link to a page, of the half of pages not shown.
    """

    log: Log
    at: datetime
    horizon: timedelta | None = None
    reactions: tuple[str, ...] = ()
    outcome: str = "next"

    @property
    def name(self) -> str:
        """What names its file and its row.

        >>> Task(LOGS["higgs"], datetime(2012, 7, 4, tzinfo=UTC), timedelta(2), ("reply",)).name
        'higgs-2012-07-04-2d-reply'
        """
        midnight = not to_midnight(self.at)
        when = self.at.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d-%H%M")
        parts = [self.log.name, when]
        if self.horizon is not None:
            parts.append(f"{self.horizon.days}d" if self.horizon.days else f"{self.horizon}")
        if self.outcome != "next":
            parts.append(self.outcome)
        return "-".join([*parts, *self.reactions])


def known(task: Task, lake: Lake, shared: Path, scratch: Path) -> pl.DataFrame:
    """Materialize what was known at a task's moment, and put what came of it beside.

    Parameters
    ----------
    lake
        Of the task's log.
    shared
        The folder of shared data.
    scratch
        A folder to write in.

    Returns
    -------
    DataFrame
        ``person`` (ascending), the signals of the log's network; ``before.count``,
        ``before.reactors`` and ``before.idle`` (days since the last reaction) of the whole log
        before the moment; ``graph.NAME`` for each rank in the graph; ``outcome``. Persons with a
        reaction before, alone.
    """
    if task.outcome == "links":
        return _linked(task, lake, scratch)
    catalogue, by = task.log.catalogue, to_midnight(task.at)
    if by:
        lake = later(lake, by, scratch / task.name, catalogue)
    as_of = (task.at + by).date()
    received = _received(lake, task.log.network, task.at + by)
    signals = materialize(lake, as_of, catalogue).collect()
    table = received.join(signals, on="person", how="left", maintain_order="left").fill_null(0.0)
    table = table.with_columns(_ranks(lake, as_of, task, table["person"]))
    came = _outcome(replace(task, at=task.at + by), lake, shared)
    joined = table.join(came, on="person", how="left" if task.outcome == "next" else "inner")
    return joined.fill_null(0.0).sort("person")


def _ranks(lake: Lake, as_of: date, task: Task, persons: pl.Series) -> list[pl.Series]:
    ranks = baselines.from_graph(lake, as_of, task.log.catalogue, persons)
    return [values.alias(f"{GRAPH}{name}") for name, values in ranks.items()]


def _reactions(lake: Lake, network: str) -> pl.LazyFrame:
    rows = lake.scan("interactions", [network]).filter(pl.col("actor") != pl.col("target"))
    return rows.with_columns(person=pl.concat_str(pl.lit(f"{network}:"), "target"))


def _received(lake: Lake, network: str, at: datetime) -> pl.DataFrame:
    """Give who received what before a moment, from the log's start on."""
    rows = _reactions(lake, network).filter(pl.col("at") < at)
    idle = (pl.lit(at) - pl.col("at").max()).dt.total_seconds() / 86400.0
    figures = {
        "before.count": pl.len().cast(pl.Float64),
        "before.reactors": pl.col("actor").n_unique().cast(pl.Float64),
        "before.idle": idle,
    }
    return rows.group_by("person").agg(**figures).sort("person").collect()


def _outcome(task: Task, lake: Lake, shared: Path) -> pl.DataFrame:
    if task.outcome == "reputation":
        site = str(task.log.options.site)
        return reputation(shared / task.log.file, site).rename({"reputation": "outcome"})
    rows = _reactions(lake, task.log.network).filter(pl.col("at") >= task.at)
    if task.horizon is not None:
        rows = rows.filter(pl.col("at") < task.at + task.horizon)
    if task.reactions:
        rows = rows.filter(pl.col("reaction").is_in(list(task.reactions)))
    givers = pl.col("actor").n_unique().cast(pl.Float64)
    return rows.group_by("person").agg(outcome=givers).collect()


def _linked(task: Task, lake: Lake, scratch: Path) -> pl.DataFrame:
    """Show the links of every other page, and ask how many of the others link to each."""
    catalogue, network = task.log.catalogue, task.log.network
    links = lake.scan("links").filter(pl.col("source") != pl.col("target")).unique().collect()
    sources = links["source"].unique().sort()
    shown = sources.gather_every(2)
    is_shown = links["source"].is_in(shown.implode())
    folder = scratch / task.name
    folder.mkdir(parents=True)
    links.filter(is_shown).write_parquet(folder / "links.parquet")
    half = Log(
        task.log.name, network, folder / "links.parquet", "tables", networks=task.log.networks
    )
    signals = materialize(half.lake(Path(), folder / "lake"), task.at.date(), catalogue).collect()
    person = pl.concat_str(pl.lit(f"{network}:"), "target").alias("person")
    asked = links.filter(~is_shown).group_by(person).agg(outcome=pl.len().cast(pl.Float64))
    table = signals.filter(pl.col(f"{network}.inlinks") > 0)
    return table.join(asked, on="person", how="left").fill_null(0.0).sort("person")


def _at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc,arg-type]


def _days(count: int) -> timedelta:
    return timedelta(count)


_HIGGS, _SITE, _MESSAGES = LOGS["higgs"], LOGS["bicycles.meta"], LOGS["messages"]

TASKS: tuple[Task, ...] = (
    Task(_HIGGS, _at(2012, 7, 3), _days(1)),
    Task(_HIGGS, _at(2012, 7, 4), _days(1)),
    Task(_HIGGS, _at(2012, 7, 4), _days(2), ("retweet",)),
    Task(_HIGGS, _at(2012, 7, 6), _days(2)),
    Task(_HIGGS, _at(2012, 7, 6), _days(2), ("retweet",)),
    Task(_SITE, _at(2011, 1, 1), _days(365)),
    Task(_SITE, _at(2012, 1, 1), _days(365)),
    Task(_SITE, _at(2013, 1, 1), _days(365)),
    Task(_SITE, _at(2012, 1, 1), outcome="reputation"),
    Task(_SITE, _at(2015, 1, 1), outcome="reputation"),
    Task(_SITE, _at(2018, 1, 1), outcome="reputation"),
    Task(_MESSAGES, _at(2004, 5, 1), _days(7)),
    Task(_MESSAGES, _at(2004, 5, 15), _days(30)),
    Task(_MESSAGES, _at(2004, 7, 1), _days(30)),
    Task(_MESSAGES, _at(2004, 8, 15), _days(70)),
    Task(LOGS["github"], _at(2015, 1, 1, 0, 20)),
    Task(LOGS["github"], _at(2015, 1, 1, 0, 40)),
    Task(LOGS["reddit"], _at(2005, 12, 24)),
    Task(LOGS["reddit"], _at(2005, 12, 27)),
    Task(LOGS["klout-tw"], _at(2014, 10, 15, 1, 0)),
    Task(LOGS["klout-fb"], _at(2014, 10, 15, 2, 0)),
    Task(LOGS["wikispeedia"], _at(2012, 1, 1), outcome="links"),
)
