"""From every method's figures to one table and one line of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from evaluations.real.methods import COUNTS
from evaluations.real.ranks import Ranked, Z
from evaluations.real.tasks import Task
from training.influence.model import Model

MODEL = "model"


def results(task: Task, outcome: pl.Series, figures: dict[str, pl.Series]) -> pl.DataFrame:
    """Compare all methods on one task.

    Returns
    -------
    DataFrame
        ``log``, ``task``, ``people``, ``method``; ``rho`` and its standard ``error``; ``right``,
        the share of pairs; ``gap``, rho less the best plain count's, and ``gap_error``, paired by
        person.
    """
    ranked = Ranked(outcome.to_numpy())
    moved = {name: ranked.influence(values.to_numpy()) for name, values in figures.items()}
    rhos = {name: ranked.rho(values.to_numpy()) for name, values in figures.items()}
    best = max(COUNTS, key=lambda name: rhos[name])
    rows = [
        {
            "log": task.log.name,
            "task": task.name,
            "people": len(outcome),
            "method": name,
            "rho": rhos[name],
            "error": ranked.error(moved[name]),
            "right": ranked.right(values.to_numpy()),
            "gap": rhos[name] - rhos[best],
            "gap_error": ranked.error(moved[name] - moved[best]),
        }
        for name, values in figures.items()
    ]
    return pl.DataFrame(rows)


def by_task(found: pl.DataFrame, shown: Iterable[str]) -> pl.DataFrame:
    """Lay out a row per task: people, rho of each method, the model's interval, its gap."""
    wide = found.pivot(on="method", index=["task", "people"], values="rho")
    model = found.filter(pl.col("method") == MODEL)
    ends = model.select(
        "task",
        low=pl.col("rho") - Z * pl.col("error"),
        high=pl.col("rho") + Z * pl.col("error"),
        gap="gap",
        gap_low=pl.col("gap") - Z * pl.col("gap_error"),
        gap_high=pl.col("gap") + Z * pl.col("gap_error"),
        right="right",
    )
    there = [name for name in shown if name in wide.columns]
    joined = wide.join(ends, on="task", maintain_order="left")
    return joined.select("task", "people", MODEL, "low", "high", "right", "gap", "gap_low",
                         "gap_high", *[n for n in there if n != MODEL])  # fmt: skip


def by_method(found: pl.DataFrame) -> pl.DataFrame:
    """Lay out a row per method, best first: means over tasks with 95% intervals, mean rank.

    Where a method says nothing (no lists on a log without counters), its rho is 0. The interval is
    of people: that of the mean if other people had been in the same logs.
    """
    tasks = found["task"].n_unique()
    places = found.with_columns(place=pl.col("rho").rank("average", descending=True).over("task"))
    mean = places.group_by("method").agg(
        rho=pl.col("rho").sum() / tasks,
        error=(pl.col("error") ** 2).sum().sqrt() / tasks,
        right=(pl.col("right").sum() + 0.5 * (tasks - pl.len())) / tasks,
        tasks=pl.len(),
        rank=pl.col("place").mean(),
        worst_gap=pl.col("gap").min(),
    )
    ends = {"low": pl.col("rho") - Z * pl.col("error"), "high": pl.col("rho") + Z * pl.col("error")}
    ordered = mean.with_columns(**ends).sort("rho", descending=True)
    return ordered.select("method", "rho", "low", "high", "right", "rank", "worst_gap", "tasks")


def line(found: pl.DataFrame) -> dict[str, float]:
    """Sum up for the last line: the model beside distinct reactors and the best single count."""
    means = dict(by_method(found).select("method", "rho").iter_rows())
    gaps = found.filter(pl.col("method") == MODEL)["gap"]
    numbers = {
        "mean_rho": means[MODEL],
        "mean_rho_reactors": means["reactors"],
        "mean_rho_best_count": max(means[name] for name in COUNTS),
        "tasks": found["task"].n_unique(),
        "worst_gap": float(np.min(gaps.to_numpy())),
    }
    return {name: round(value, 4) for name, value in numbers.items()}


def recorded(found: Sequence[pl.DataFrame], model: Model, skipped: str) -> dict[str, Any]:
    """Keep what a later reader may hold the model to.

    Returns
    -------
    dict
        ``model``, its version; ``tasks``, a row each: ``log``, ``task``, ``people``, and the rank
        correlation of the model and of each plain count; ``skipped``, why there are none.
    """
    asked = ["log", "task", "people", MODEL, *COUNTS]
    tasks = [table.pivot(on="method", index=["log", "task", "people"], values="rho")
             for table in found]  # fmt: skip
    rows = [row for table in tasks for row in table.select(asked).rows(named=True)]
    return {"model": model.version, "tasks": rows, "skipped": skipped}
