"""Whether a score is as sure as it says, on real logs: ``make eval-confidence``.

Two questions, on the tasks of `evaluations.real`. Are people of whom the model is surer ranked
right more often: pairs right of the most confident tenth against everybody, and of the least (who
are as confident as the tenth's edge count with it). And does the interval hold what another look of
the same size would have given: the log's actors are parted in two halves, and the score by one is
looked for in the interval by the other.

    python -m evaluations.confidence --model models/champion --work data/real
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evaluations.real.halves import SIDES, halves
from evaluations.real.methods import scores
from evaluations.real.tasks import TASKS, Task
from evaluations.real.work import origin, tables
from features.errors import KloutError
from features.storage.atomic import replacing
from training.influence.model import Model

Vector = NDArray[np.float64]

TENTH = 0.1
OPPONENTS = 2000
"""People that each is compared with, at even distances in the order of names; all, if there are
fewer."""
MOST = 5000
"""People of a tenth that are compared, likewise."""

COLUMNS = ("confidence", "low", "high")
"""Of a model's scores: how sure each is, and the ends of its interval."""


def main(given: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluations.confidence",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--model", type=Path, default=Path("models/champion"), help="a trained model's folder")
    add("--shared", type=Path, default=Path("../shared/data"), help="the folder of real logs")
    add("--work", type=Path, default=Path("data/real"), help="where tasks' tables are kept")
    add("--says", type=float, default=0.8, help="how often the interval says that it holds")
    arguments = parser.parse_args(given)
    try:
        _run(arguments)
    except KloutError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(arguments: argparse.Namespace) -> None:
    model = Model.load(arguments.model)
    rows = list(_tenths(model, arguments.shared, arguments.work))
    if not rows:
        raise KloutError(f"{arguments.shared}: holds none of the real logs")
    by_task = pl.DataFrame(rows, ["task", "people", "most", "least"], orient="row")
    seen = list(_covered(model, arguments.shared, arguments.work))
    by_log = pl.DataFrame(seen, ["log", "people", "coverage"], orient="row")
    with pl.Config(tbl_rows=-1, fmt_str_lengths=60, float_precision=3):
        print(by_task)
        print(by_log)
    most, least = by_task.select(pl.col("most", "least").mean()).row(0)
    coverage = float(np.average(by_log["coverage"], weights=np.sqrt(by_log["people"].to_numpy())))
    numbers = {"most": most, "least": least, "gap": most - least, "coverage": coverage}
    rounded = {name: round(value, 4) for name, value in numbers.items()}
    print(json.dumps(rounded | {"says": arguments.says, "tasks": len(by_task)}))


def _tenths(model: Model, shared: Path, work: Path) -> Iterator[tuple[str, int, float, float]]:
    for task, table in tables(TASKS, shared, work):
        found = sure(scores(model, table, task.log.catalogue))
        outcome = table["outcome"].to_numpy()
        influence, confidence = (found[name].to_numpy() for name in ("influence", "confidence"))
        most, least = tenths(outcome, influence, confidence)
        yield task.name, len(table), most, least


def _covered(model: Model, shared: Path, work: Path) -> Iterator[tuple[str, int, float]]:
    last = {task.log.name: task for task in TASKS if task.outcome == "next"}
    for task in last.values():
        if not (shared / task.log.file).exists():
            continue
        a, b = (
            sure(scores(model, table, task.log.catalogue))
            for table in kept_halves(task, shared, work)
        )
        both = [coverage(a, b), coverage(b, a)]
        yield task.log.name, len(a), float(np.mean(both))


def kept_halves(task: Task, shared: Path, work: Path) -> tuple[pl.DataFrame, ...]:
    """Read the two halves of a task's log from the work folder, made there if they are not."""
    log, made_of = task.log, origin(task, shared)
    files = [work / "halves" / f"{log.name}-{made_of}-{side}.parquet" for side in SIDES]
    if not all(file.exists() for file in files):
        files[0].parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            lake = log.lake(shared, Path(folder) / "lake")
            last = lake.scan("interactions").select(pl.col("at").max()).collect().item()
            for file, table in zip(files, halves(log, lake, last, Path(folder)), strict=True):
                with replacing(file) as draft:
                    table.write_parquet(draft)
    return tuple(map(pl.read_parquet, files))


def sure(found: pl.DataFrame) -> pl.DataFrame:
    """Refuse scores that do not say how sure they are.

    Raises
    ------
    KloutError
        If ``confidence``, ``low`` or ``high`` is missing.
    """
    if missing := [name for name in COLUMNS if name not in found.columns]:
        raise KloutError(f"the model's scores do not say {missing[0]!r}")
    return found


def tenths(outcome: Vector, figure: Vector, confidence: Vector) -> tuple[float, float]:
    """Share of pairs right of the most and of the least confident tenth, shape (people,) each.

    >>> steady, wrong = np.arange(20.0), np.array([1.0, 0.0])
    >>> tenths(steady, np.r_[wrong, steady[2:]], steady)[0]
    1.0
    """
    edges = np.quantile(confidence, [1 - TENTH, TENTH])
    groups = (confidence >= edges[0], confidence <= edges[1])
    most, least = (_right(outcome, figure, np.flatnonzero(group)) for group in groups)
    return most, least


def _right(outcome: Vector, figure: Vector, people: NDArray[np.int64]) -> float:
    mine, others = _spread(people, MOST), _spread(np.arange(len(outcome)), OPPONENTS)
    right = pairs = 0.0
    for some in np.array_split(mine, 1 + len(mine) // 500):
        truth, said = (np.sign(x[some][:, None] - x[others][None, :]) for x in (outcome, figure))
        right += float(((1 + truth * said) / 2)[truth != 0].sum())
        pairs += float((truth != 0).sum())
    return right / pairs if pairs else 0.5


def _spread(people: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Take so many at even distances; all, if there are no more."""
    places = np.linspace(0, len(people) - 1, min(len(people), most)).round().astype(np.int64)
    return people[places]


def coverage(one: pl.DataFrame, other: pl.DataFrame) -> float:
    """Share of people whose score by another half lies in the interval by one."""
    inside = (other["score"] >= one["low"]) & (other["score"] <= one["high"])
    return float(inside.sum() / max(1, len(inside)))


if __name__ == "__main__":
    sys.exit(main())
