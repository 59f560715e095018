"""Every method on every real log: ``make eval-real``.

For each task (a log, a moment, an outcome) the signals are what was known at the moment, and the
people are all who had received a reaction of somebody else's before it. Each method's figure is
compared with what came after by Spearman's rank correlation, and by the share of pairs with
different outcomes that it orders right. Intervals are of 95%, by person.

    python -m evaluations.real --model models/champion --work data/real
    python -m evaluations.real --log mails.parquet --network mail --networks DIR --as-of 2024-05-01

The folder of ``--work`` keeps a table for each task: ``person``, every signal, ``outcome``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import polars as pl

from evaluations.real.methods import COUNTS, figures
from evaluations.real.summary import MODEL, by_method, by_task, line, results
from evaluations.real.tasks import TASKS
from evaluations.real.work import tables
from training.model import Model


def main() -> None:
    """Run from the command line."""
    arguments = _parser().parse_args()
    model = Model.load(arguments.model)
    found = pl.concat(
        results(task.name, table["outcome"], figures(table, task, {MODEL: model}))
        for task, table in tables(TASKS, arguments.shared, arguments.work)
    )
    shown = [*COUNTS, "pagerank", "tweepcred", "tunkrank"]
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=200,
        float_precision=3,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        print(by_task(found, shown))
        print(by_method(found))
    print(json.dumps(line(found)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", type=Path, default=Path("models/champion"), help="a trained model's folder")
    add("--shared", type=Path, default=Path("../shared/data"), help="the folder of real logs")
    add("--work", type=Path, default=Path("data/real"), help="where tasks' tables are kept")
    return parser


if __name__ == "__main__":
    main()
