"""Whether a score is as sure as it says, on real logs: ``make eval-confidence``.

Two questions, on the tasks of `evaluations.real`. Are people of whom the model is surer ranked
right more often: pairs right of the most confident tenth against everybody, and of the least (who
are as confident as the tenth's edge count with it). And does the interval hold what another look of
the same size gives: at each task's moment the log's actors are parted in two halves, and the score
by one is looked for in the interval by the other, of everybody on whom the other rests.

    python -m evaluations.confidence --model models/champion --work data/real
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evaluations.command import asks_real_logs, code_of, described, nothing_in
from evaluations.real.halves import SIDES, halves
from evaluations.real.methods import figures_of
from evaluations.real.tasks import TASKS, Task
from evaluations.real.work import origin, tables
from features.storage.atomic import replacing
from training.influence.confidence import SAYS
from training.influence.model import Model

Vector = NDArray[np.float64]

TENTH = 0.1
OPPONENTS = 2000
"""People that each is compared with, at even distances in the order of names; all, if fewer."""
MOST = 5000
"""People of a tenth that are compared, likewise."""
ENOUGH = 20
"""People that a look rests on, for its coverage to be counted."""


def main(given: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = described("evaluations.confidence", __doc__)
    asks_real_logs(parser)
    return code_of(_run, parser.parse_args(given))


def _run(arguments: argparse.Namespace) -> None:
    model = Model.load(arguments.model)
    rows = list(_tenths(model, arguments.shared, arguments.work))
    if not rows:
        raise nothing_in(arguments.shared)
    by_task = pl.DataFrame(rows, ["task", "people", "most", "least"], orient="row")
    seen = [row for row in _covered(model, arguments.shared, arguments.work) if row[1] >= ENOUGH]
    by_look = pl.DataFrame(seen, ["look", "people", "coverage", "points"], orient="row")
    with pl.Config(tbl_rows=-1, fmt_str_lengths=60, float_precision=3):
        print(by_task)
        print(by_look)
    print(json.dumps(line(by_task, by_look)))


def line(by_task: pl.DataFrame, by_look: pl.DataFrame) -> dict[str, float | int | None]:
    """Put together the last line: means over tasks, and over looks by the root of their people."""
    most, least = by_task.select(pl.col("most", "least").mean()).row(0)
    weight = pl.col("people").sqrt()
    coverage = by_look.select((pl.col("coverage") * weight).sum() / weight.sum()).item()
    numbers = {"most": most, "least": least, "gap": most - least, "coverage": coverage}
    rounded = {name: round(value, 4) for name, value in numbers.items()}
    return rounded | {"says": SAYS, "tasks": len(by_task), "looks": len(by_look)}


def _tenths(model: Model, shared: Path, work: Path) -> Iterator[tuple[str, int, float, float]]:
    for task, table in tables(TASKS, shared, work):
        found = figures_of(model, table, task.log.catalogue)
        outcome = table["outcome"].to_numpy()
        most, least = tenths(outcome, found["influence"], found["confidence"])
        yield task.name, len(table), most, least


def _covered(model: Model, shared: Path, work: Path) -> Iterator[tuple[str, int, float, float]]:
    there = [task for task in TASKS if (shared / task.log.file).exists()]
    for log, of_log in groupby(there, lambda task: task.log):
        moments = {task.at: task for task in of_log}  # of several questions, one
        for at, parted in zip(moments, kept_halves([*moments.values()], shared, work), strict=True):
            a, b = (figures_of(model, table, log.catalogue) for table in parted)
            yield f"{log.name} {at:%Y-%m-%d %H:%M}", *coverage(a, b)


def kept_halves(tasks: list[Task], shared: Path, work: Path) -> Iterator[list[pl.DataFrame]]:
    """Read the halves of a log at some moments from the work folder, made there if they are not."""
    files = [
        [work / "halves" / f"{task.name}-{origin(task, shared)}-{side}.parquet" for side in SIDES]
        for task in tasks
    ]
    missing = [n for n, pair in enumerate(files) if not all(file.exists() for file in pair)]
    if missing:
        (work / "halves").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            lake = tasks[0].log.lake(shared, Path(folder) / "lake")
            for n in missing:
                made = halves(tasks[n].log, lake, tasks[n].at, Path(folder) / str(n))
                for file, table in zip(files[n], made, strict=True):
                    with replacing(file) as draft:
                        table.write_parquet(draft)
    for pair in files:
        yield [pl.read_parquet(file) for file in pair]


def tenths(outcome: Vector, figure: Vector, confidence: Vector) -> tuple[float, float]:
    """Share of pairs right of the most and of the least confident tenth; shapes (people,).

    >>> steady, wrong = np.arange(20.0), np.array([1.0, 0.0])
    >>> tenths(steady, np.r_[wrong, steady[2:]], steady)[0]
    1.0
    """
    edges = np.quantile(confidence, [1 - TENTH, TENTH])
    groups = (confidence >= edges[0], confidence <= edges[1])
    most, least = (_right(outcome, figure, np.flatnonzero(group)) for group in groups)
    return most, least


def _right(outcome: Vector, figure: Vector, people: NDArray[np.int64]) -> float:
    asked, opponents = _spread(people, MOST), _spread(np.arange(len(outcome)), OPPONENTS)
    right = pairs = 0.0
    for some in np.array_split(asked, 1 + len(asked) // 500):
        truth, said = (np.sign(x[some][:, None] - x[opponents][None, :]) for x in (outcome, figure))
        right += float(((1 + truth * said) / 2)[truth != 0].sum())
        pairs += float((truth != 0).sum())
    return right / pairs if pairs else 0.5


def _spread(people: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Take so many at even distances; all, if there are no more."""
    places = np.linspace(0, len(people) - 1, min(len(people), most)).round().astype(np.int64)
    return people[places]


def coverage(a: dict[str, Vector], b: dict[str, Vector]) -> tuple[int, float, float]:
    """Count whose score by one half lies in the interval by the other, of those it rests on.

    Returns
    -------
    tuple
        How often there is an interval, the share of them that hold, and their mean width in points.
    """
    held, width = [], []
    for one, other in ((a, b), (b, a)):
        seen = one["confidence"] > 0
        held.append(((other["score"] >= one["low"]) & (other["score"] <= one["high"]))[seen])
        width.append((one["high"] - one["low"])[seen])
    number = sum(map(len, held))
    share, points = (float(np.concatenate(each).sum() / max(1, number)) for each in (held, width))
    return number, share, points


if __name__ == "__main__":
    sys.exit(main())
