"""Training on little data, from the default: ``make eval-adapting``.

Half of a task's people are judged by what came of them, as `klout judge` does: 50, 200, 1,000 and
5,000 pairs. The default model is adapted to these (`klout train --from`), and both are asked about
pairs of the other half, drawn and judged alike. What is wanted: never below the default by more
than .005, and above it from 1,000 judgements on.

    python -m evaluations.adapting --model models/champion
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import t as student

from evaluations.command import asks_real_logs, code_of, described, nothing_in
from evaluations.real.tasks import TASKS, Task
from evaluations.real.work import tables
from features.catalogue.catalogue import Catalogue
from training.influence.adapting import adapt
from training.influence.model import Model
from training.influence.params import TrainingParams
from training.judgements.outcomes import preference
from training.judgements.sampling import People, sample
from training.trees.exact import exact_text, joined_text, on_columns, split_text

ASKED = (
    "higgs-2012-07-04-1d",
    "higgs-2012-07-06-2d",
    "bicycles.meta-2018-01-01-reputation",
)
SIZES = (50, 200, 1_000, 5_000)
SEEDS = 4
"""Divisions of the people."""
TESTED = 20_000
"""Pairs of people who were not judged."""
Vector = NDArray[np.float64]


class Halves(NamedTuple):
    """A task's people in two halves, and pairs of the second that are asked about."""

    signals: pl.DataFrame
    before: Vector
    outcome: Vector
    judged: NDArray[np.int64]
    asked: tuple[NDArray[np.int64], NDArray[np.int64]]

    @staticmethod
    def of(table: pl.DataFrame, model: Model, seed: int) -> Halves:
        """Divide a task's people by chance."""
        order = np.random.default_rng(seed).permutation(len(table))
        judged, others = np.array_split(order, 2)
        before, outcome = table["before.reactors"].to_numpy(), table["outcome"].to_numpy()
        a, b = sample(_people(before, outcome, others), TESTED, seed)
        signals = table.select("person", *model.catalogue.names)
        return Halves(signals, before, outcome, judged, (others[a], others[b]))

    def judgements(self, size: int, seed: int) -> pl.DataFrame:
        """Judge pairs of the first half by what came of them."""
        a, b = sample(_people(self.before, self.outcome, self.judged), size, seed)
        first, second = self.judged[a], self.judged[b]
        said = preference(self.outcome[first], self.outcome[second])
        persons = self.signals["person"]
        sides = {"a": persons.gather(first), "b": persons.gather(second)}
        return pl.DataFrame(sides | {"preference": said, "weight": np.ones(len(said))})

    def right(self, influence: Vector) -> float:
        """Share of the pairs asked about that influence orders as outcomes do; ties are half."""
        a, b = self.asked
        said, is_ = np.sign(influence[a] - influence[b]), np.sign(self.outcome[a] - self.outcome[b])
        return float(np.mean((1 + said * is_) / 2))


def _people(before: Vector, outcome: Vector, rows: NDArray[np.int64]) -> People:
    return People(before[rows].astype(np.int64), outcome[rows].astype(np.int64))


def found(task: Task, table: pl.DataFrame, default: Model) -> Iterator[dict[str, object]]:
    """Adapt the default to each number of judgements, once for each division."""
    table = table.drop_nulls("outcome")
    model = only(default, task.log.catalogue)
    for seed in range(SEEDS):
        halves = Halves.of(table, model, seed)
        matrix = halves.signals.select(model.catalogue.names).to_numpy()
        before = halves.right(model.influence(matrix))
        learned_from = halves.signals[halves.judged]
        for size in SIZES:
            judged = halves.judgements(size, seed)
            adapted = adapt(model, learned_from, judged, TrainingParams())
            right = halves.right(adapted.influence(matrix))
            share = adapted.facts["share"]
            said = f"{task.name}, {seed + 1}/{SEEDS}, {size:,} judgements"
            print(f"{said}: {before:.4f} {right - before:+.4f}, share {share:.2f}", flush=True)
            yield {
                "task": task.name,
                "judgements": size,
                "default": before,
                "change": right - before,
                "share": share,
            }


def only(default: Model, catalogue: Catalogue) -> Model:
    """Let the default know one network alone: a log of it says nothing of the others."""
    known = default.knowing(catalogue.networks)
    (network,) = catalogue.networks
    head, trees = split_text(known.trees)
    own = [trees[number] for number in known.ranges.get(network.name, ())]
    place = {name: place for place, name in enumerate(catalogue.names)}
    places = {
        column: place[name] for column, name in enumerate(known.catalogue.names) if name in place
    }
    moved = on_columns(joined_text(head, own), places, catalogue)
    text, ranges = exact_text(moved, catalogue)
    return replace(known, catalogue=catalogue, trees=text, ranges=ranges, trained=None)


def show(rows: pl.DataFrame) -> pl.DataFrame:
    """Sum up by task and number of judgements, with 95% intervals over divisions."""
    ends = float(student.ppf(0.975, SEEDS - 1))
    half = ends * pl.col("change").std() / pl.len().sqrt()
    return rows.group_by("task", "judgements", maintain_order=True).agg(
        pl.col("default").mean(),
        pl.col("change").mean(),
        low=pl.col("change").mean() - half,
        high=pl.col("change").mean() + half,
        worst=pl.col("change").min(),
        share=pl.col("share").mean(),
    ).sort("task", "judgements")  # fmt: skip


def main(given: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = described("evaluations.adapting", __doc__)
    asks_real_logs(parser)
    parser.add_argument("--tasks", nargs="+", choices=ASKED, default=ASKED)
    return code_of(_run, parser.parse_args(given))


def _run(arguments: argparse.Namespace) -> None:
    default = Model.load(arguments.model)
    asked = [task for task in TASKS if task.name in arguments.tasks]
    parts = []
    for task, table in tables(asked, arguments.shared, arguments.work):
        parts.append(show(pl.DataFrame(found(task, table, default))))
        with pl.Config(tbl_rows=-1, tbl_cols=-1, float_precision=4, fmt_str_lengths=60):
            print(parts[-1], flush=True)
    if not parts:
        raise nothing_in(arguments.shared)
    every = pl.concat(parts)
    means = every.group_by("judgements", maintain_order=True).agg(pl.col("change", "worst").min())
    numbers = {f"least_at_{n}": round(change, 4) for n, change, _ in means.iter_rows()}
    print(json.dumps(numbers | {"tasks": len(parts), "divisions": SEEDS}))


if __name__ == "__main__":
    sys.exit(main())
