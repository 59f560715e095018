"""The tasks' tables, made once and kept in a folder: a second run takes seconds."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import polars as pl

from evaluations.real.tasks import Task, known
from features.catalogue import measures
from features.files import replacing

MADE = "made.json"
"""Says of each table what it was made of; where that has changed, it is made again."""


def tables(tasks: Sequence[Task], shared: Path, work: Path) -> Iterator[tuple[Task, pl.DataFrame]]:
    """Yield each task with its table, those whose log is not there left out.

    Parameters
    ----------
    tasks
        Those of one log one after the other.
    shared
        The folder of shared data.
    work
        Where the tables are kept, ``TASK.parquet`` each.
    """
    work.mkdir(parents=True, exist_ok=True)
    made = json.loads((work / MADE).read_text()) if (work / MADE).exists() else {}
    for log, of_log in groupby(tasks, lambda task: task.log):
        asked = list(of_log)
        if not (shared / log.file).exists():
            print(f"{log.name}: skipped, {shared / log.file} is not there", flush=True)
            continue
        missing = [task for task in asked if made.get(task.name) != origin(task, shared)]
        missing += [t for t in asked if t not in missing and not _file(work, t).exists()]
        if missing:
            _make(missing, shared, work)
            made |= {task.name: origin(task, shared) for task in missing}
            with replacing(work / MADE) as draft:
                draft.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
        for task in asked:
            yield task, pl.read_parquet(_file(work, task))


def origin(task: Task, shared: Path) -> str:
    """Name all that a table is made of: the question, the declarations, the measures, the log."""
    file = shared / task.log.file
    files = sorted(file.iterdir()) if file.is_dir() else [file]
    sizes = [(each.name, each.stat().st_size) for each in files]
    asked = (task.at, task.horizon, task.reactions, task.outcome)
    told = repr((asked, task.log.catalogue.digest, measures.digest(), sizes))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _make(tasks: Sequence[Task], shared: Path, work: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        lake = tasks[0].log.lake(shared, scratch / "lake")
        for task in tasks:
            table = known(task, lake, shared, scratch)
            with replacing(_file(work, task)) as draft:
                table.write_parquet(draft)
            print(f"{task.name}: {len(table):,} people", flush=True)


def _file(work: Path, task: Task) -> Path:
    return work / f"{task.name}.parquet"
