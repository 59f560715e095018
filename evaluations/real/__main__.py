r"""Every method on every real log: ``make eval-real``.

For each task (a log, a moment, an outcome) the signals are what was known at the moment, and the
people are all who had received a reaction of somebody else's before it. Each method's figure is
compared with what came after by Spearman's rank correlation, and by the share of pairs with
different outcomes that it orders right. Intervals are of 95%, by person.

    python -m evaluations.real --model models/champion --work data/real
    python -m evaluations.real --log interactions.csv --network mail --networks DIR \
        --as-of 2024-05-01 2024-06-01

The folder of ``--work`` keeps a table for each task: ``person``, every signal, ``outcome``. The
file of ``--out`` is what `klout promote --real-logs` asks: each task's figures of the model and of
the plain counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from evaluations.command import asks_real_logs, code_of, described, nothing_in
from evaluations.real.logs import LOGS, NETWORKS, Log
from evaluations.real.methods import COUNTS, figures
from evaluations.real.summary import MODEL, by_method, by_task, line, recorded, results
from evaluations.real.tasks import TASKS, Task
from evaluations.real.work import tables
from features.errors import KloutError
from features.sources.ingest import READERS
from features.sources.reader import Options
from features.storage.atomic import replacing
from serving.cli.outputs import JSON, check_outputs
from training.influence.model import Model

SHOWN = (*COUNTS, "pagerank", "tweepcred", "tunkrank", "account_score")


def main(given: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = _parser()
    arguments = parser.parse_args(given)
    if arguments.log is not None and not (arguments.network and arguments.as_of):
        parser.error("--log needs --network and --as-of")
    return code_of(_run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    models = {MODEL: Model.load(arguments.model)}
    models |= {folder.name: Model.load(folder) for folder in arguments.beside}
    own = arguments.log is not None
    asked = own_tasks(arguments) if own else [t for t in TASKS if t.log.name in arguments.logs]
    shared = Path() if own else arguments.shared
    found = [
        results(task, table["outcome"], figures(table, task, models))
        for task, table in tables(asked, shared, arguments.work)
    ]
    why = None if found else nothing_in(shared)
    if arguments.out is not None:
        check_outputs([(arguments.out, JSON)], [arguments.model])
        with replacing(arguments.out) as draft:
            draft.write_text(
                json.dumps(recorded(found, models[MODEL], str(why or "")), indent=1) + "\n"
            )
    elif why is not None:
        raise why
    if found:
        _show(pl.concat(found), [*models, *SHOWN])


def own_tasks(arguments: argparse.Namespace) -> tuple[Task, ...]:
    """Ask one's own log who draws more people after each day that is named."""
    if not arguments.log.exists():
        raise KloutError(f"{arguments.log}: no such file")
    log = Log(
        arguments.log.name.split(".")[0],
        arguments.network,
        arguments.log,
        arguments.format,
        Options(site=arguments.site),
        arguments.networks or NETWORKS,
    )
    horizon = None if arguments.horizon is None else timedelta(arguments.horizon)
    return tuple(Task(log, day.replace(tzinfo=UTC), horizon) for day in arguments.as_of)


def _show(found: pl.DataFrame, shown: list[str]) -> None:
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=240,
        fmt_str_lengths=60,
        float_precision=3,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        print(by_task(found, shown))
        print(by_method(found))
    print(json.dumps(line(found)))


def _parser() -> argparse.ArgumentParser:
    parser = described("evaluations.real", __doc__)
    asks_real_logs(parser)
    add = parser.add_argument
    add("--beside", type=Path, nargs="*", default=[], help="folders of other models to compare")
    add("--logs", nargs="+", choices=sorted(LOGS), default=sorted(LOGS), metavar="LOG",
        help=f"those to ask, of {', '.join(sorted(LOGS))}")  # fmt: skip
    add("--out", type=Path, help="a JSON file for the figures; then no logs at all are no fault")
    own = parser.add_argument_group(
        "a log of your own, in the place of the shared ones"
    ).add_argument
    own("--log", type=Path, help="a file or folder that klout ingest reads")
    own("--format", choices=sorted(READERS), default="tables", help="its format")
    own("--network", help="the network to look at")
    own("--networks", type=Path, help="a folder of declarations, if the network is not built in")
    own("--site", help="of a Stack Exchange dump")
    own("--as-of", type=_day, nargs="+", help="days, YYYY-MM-DD, that divide before and after")
    own("--horizon", type=int, help="days to look at after each; by default all")
    return parser


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d")


if __name__ == "__main__":
    sys.exit(main())
