"""Which objective learns judgements best, on the same folds by person: ``make bench-objectives``.

Takes some minutes on the default world. The last line is JSON.

    python -m benchmarks.objectives --peerindex judgements.csv
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.signals.materialize import materialize
from features.sources.ingest import ingest
from features.sources.reader import Options
from training.evaluation.log_odds import accuracy, auc
from training.influence.boosting import Binned, Pairs, Sample, boost, log_loss
from training.influence.link import Link
from training.influence.model import as_matrix, read_signals
from training.influence.params import TrainingParams
from training.judgements import folds, lake_judgements, read_judgements, set_aside

DOCUMENT = Path("docs/benchmarks.md")
NAME = "bench-objectives"
FOLDS, SEED = 4, 1
MOST_TREES, EVERY = 600, 20
"""Of each objective the number of trees is found among the multiples of ``EVERY``."""
COLUMNS = ("log_loss", "accuracy", "auc")
STEEPEST = 10.0
"""Natural logarithm of the steepest slope that calibration tries, and of the flattest's inverse."""
DECLARATIONS, DAY = Path("evaluations/networks"), date(2013, 4, 1)

Vector = NDArray[np.float64]
Train = Callable[[Sample, dict[str, Any], int], lgb.Booster]


@dataclass(frozen=True)
class World:
    """Signals of shape (persons, signals), whose they are, and judgements of them."""

    name: str
    population: Vector
    persons: pl.Series
    judgements: pl.DataFrame
    catalogue: Catalogue

    def sample(self, judgements: pl.DataFrame) -> Sample:
        """Take the judged persons."""
        return Sample.of(self.population, self.persons, judgements)


@dataclass(frozen=True)
class Objective:
    """One way to learn: how to boost, and the link from raw scores to log worth."""

    name: str
    train: Train
    link: Link


def pairwise(name: str, power: float) -> Objective:
    """Ours: the logistic loss of differences of log worth, preferences and weights as they are."""
    link = Link(power)

    def train(sample: Sample, how: dict[str, Any], trees: int) -> lgb.Booster:
        return boost(Binned.of(sample, how["max_bin"]), how, link, trees)

    return Objective(name, train, link)


def ranking(objective: str) -> Objective:
    """One of LightGBM's ranking objectives: a query per judgement, of two documents.

    A label can't be soft, so preferences are rounded to 0 or 1, and judgements of exactly one half
    are left out. Weights of judges are given to both documents.
    """

    def train(sample: Sample, how: dict[str, Any], trees: int) -> lgb.Booster:
        pairs = decided(sample.pairs)
        label = np.round(np.stack([pairs.preference, 1 - pairs.preference], axis=1)).ravel()
        data = lgb.Dataset(
            sample.matrix[np.stack([pairs.a, pairs.b], axis=1).ravel()],
            label=label,
            weight=np.repeat(pairs.weight, 2),
            group=np.full(len(pairs.a), 2),
            params={"max_bin": how["max_bin"], "verbosity": -1},
        )
        return lgb.train(how | {"objective": objective}, data, trees)

    return Objective(f"{objective}, preferences rounded", train, Link())


def decided(pairs: Pairs) -> Pairs:
    """Leave out the judgements that prefer nobody."""
    kept = pairs.preference != 0.5
    return Pairs(pairs.a[kept], pairs.b[kept], pairs.preference[kept], pairs.weight[kept])


def calibrated(difference: Vector, pairs: Pairs) -> tuple[float, float]:
    """Platt's slope through the origin (1999), and the log-loss with it."""
    found = minimize_scalar(
        lambda log: log_loss(np.exp(log) * difference, pairs.preference, pairs.weight),
        bounds=(-STEEPEST, STEEPEST),
        method="bounded",
    )
    return float(np.exp(found.x)), float(found.fun)


def best_trees(booster: lgb.Booster, link: Link, held_out: Sample) -> tuple[int, float]:
    """Find how many trees, and which slope, explain judgements of others best."""
    influence, found = np.zeros(len(held_out.matrix)), []
    for start in range(0, booster.current_iteration(), EVERY):
        influence += booster.predict(
            held_out.matrix, raw_score=True, start_iteration=start, num_iteration=EVERY
        )
        difference = held_out.pairs.difference(link.log_worth(influence))
        slope, loss = calibrated(difference, held_out.pairs)
        found.append((loss, start + EVERY, slope))
    _, trees, slope = min(found)
    return trees, slope


def measure(world: World, objective: Objective, params: TrainingParams) -> dict[str, Any]:
    """Learn each fold, and average what it is worth on the judgements held out.

    As in `training.influence.fit`: the number of trees and the slope are those that are best for
    persons set aside within the training part, which then trains the trees that are measured.
    """
    how = params.lightgbm(world.catalogue)
    rows = [
        _of_fold(world, objective, how, *parts) for parts in folds(world.judgements, FOLDS, SEED)
    ]
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    losses = np.array([row["log_loss"] for row in rows])
    return {"data": world.name, "objective": objective.name, "losses": losses, **means}


def _of_fold(
    world: World,
    objective: Objective,
    how: dict[str, Any],
    train: pl.DataFrame,
    test: pl.DataFrame,
) -> dict[str, float]:
    known, unknown = (world.sample(part) for part in set_aside(train, 0.2, SEED))
    trees, slope = best_trees(objective.train(known, how, MOST_TREES), objective.link, unknown)
    whole, held_out = world.sample(train), world.sample(test)
    began = time.perf_counter()
    booster = objective.train(whole, how, trees)
    seconds = time.perf_counter() - began
    influence = np.asarray(booster.predict(held_out.matrix, raw_score=True))
    difference = slope * held_out.pairs.difference(objective.link.log_worth(influence))
    answers = difference, held_out.pairs.preference, held_out.pairs.weight
    values = (log_loss(*answers), accuracy(*answers), auc(*answers))
    return dict(zip(COLUMNS, values, strict=True)) | {"seconds": seconds, "trees": trees}


def default_world(signals: Path, judgements: Path) -> World:
    """Read signals of the built-in networks, and judgements."""
    catalogue = Catalogue(load_networks(None))
    people = pl.concat(read_signals(signals, catalogue))
    matrix = as_matrix(people, catalogue)
    return World("default world", matrix, people["person"], read_judgements(judgements), catalogue)


def peerindex_world(table: Path, folder: Path) -> World:
    """Take a table of pairs like PeerIndex's through a lake to signals and judgements."""
    declared = tuple(one for one in load_networks(DECLARATIONS) if one.name == "peerindex")
    catalogue = Catalogue(declared)
    ingest(folder, "pairs", table, catalogue, Options(network="peerindex", day=DAY))
    people = materialize(Lake(folder), DAY + timedelta(1), catalogue).collect()
    judged = lake_judgements(Lake(folder)).with_columns(weight=pl.lit(1.0))
    return World("PeerIndex", as_matrix(people, catalogue), people["person"], judged, catalogue)


def over(row: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """By how much more log-loss than the last objective on the same folds, and how sure that is."""
    last = [other for other in rows if other["data"] == row["data"]][-1]
    if row is last:
        return ""
    more = row["losses"] - last["losses"]
    return f"{np.mean(more):+.4f} ± {np.std(more, ddof=1) / np.sqrt(len(more)):.4f}"


def table(rows: list[dict[str, Any]], params: TrainingParams) -> str:
    """Write the figures as Markdown."""
    lines = [
        "| data | objective | log-loss | more than ours | accuracy | AUC | trees | seconds |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['data']} | {row['objective']} | {row['log_loss']:.4f} | {over(row, rows)} "
        f"| {row['accuracy']:.2%} | {row['auc']:.4f} | {row['trees']:.0f} "
        f"| {row['seconds']:.1f} |"
        for row in rows
    ]
    return "\n".join(
        [
            *lines,
            "",
            f"Means over {FOLDS} person-disjoint folds, on their soft preferences, after Platt's",
            f"calibration. The same trees of {params.num_leaves} leaves, signs and networks for",
            "all; the number of trees is each objective's best on persons set aside. The ranking",
            "objectives take a query of two documents per judgement, with preferences rounded, as",
            "LightGBM's labels can't be soft. More than ours: by fold, with the standard error of",
            "the mean.",
            "",
            f"Measured on: {in_a_line(('lightgbm', 'numpy'))}.",
        ]
    )


def figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The last line: log-loss by data and objective."""
    found: dict[str, Any] = {}
    for row in rows:
        found.setdefault(row["data"], {})[row["objective"]] = round(row["log_loss"], 4)
    return {"log_loss": found}


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    """Measure, write the table into the documentation, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--signals", type=Path, default=Path("data/signals.parquet"))
    parser.add_argument("--judgements", type=Path, default=Path("data/judgements/train.parquet"))
    parser.add_argument("--params", type=Path, default=Path("params.yaml"))
    parser.add_argument("--peerindex", type=Path, help="a table of pairs, as a second data set")
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    options = parser.parse_args()
    params = TrainingParams.read(options.params)
    objectives = (
        ranking("lambdarank"),
        ranking("rank_xendcg"),
        pairwise("logistic on differences", 1.0),
        pairwise(f"logistic, link of power {params.link_power:g}", params.link_power),
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        worlds = [default_world(options.signals, options.judgements)]
        if options.peerindex:
            worlds.append(peerindex_world(options.peerindex, Path(folder) / "lake"))
        for world in worlds:
            for objective in objectives:
                rows.append(measure(world, objective, params))
                _say(f"{world.name}: {objective.name}: log-loss {rows[-1]['log_loss']:.4f}")
    put_between_markers(options.document, NAME, table(rows, params))
    _say(json.dumps(figures(rows)))


if __name__ == "__main__":
    main()
