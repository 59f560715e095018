"""The tasks' tables, made once and kept in a folder: a second run takes seconds."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import polars as pl

from evaluations.real import formats, tasks
from evaluations.real.tasks import Task, known
from features.catalogue import measures
from features.errors import KloutError
from features.storage.atomic import replacing
from training.baselines import graphs

CODE = b"".join(Path(str(module.__file__)).read_bytes() for module in (formats, tasks, graphs))
"""What makes the tables, beside the signals' own declarations."""

MADE = "made.json"
"""Says of each table what it was made of; where that has changed, it is made again."""


def tables(asked: Sequence[Task], shared: Path, work: Path) -> Iterator[tuple[Task, pl.DataFrame]]:
    """Yield each task with its table, those whose log is not there left out.

    Parameters
    ----------
    asked
        Tasks, those of one log one after the other.
    shared
        The folder of shared data.
    work
        Where the tables are kept, ``TASK.parquet`` each.
    """
    work.mkdir(parents=True, exist_ok=True)
    made = json.loads((work / MADE).read_text()) if (work / MADE).exists() else {}
    for log, of_log in groupby(asked, lambda task: task.log):
        every = list(of_log)
        if not (shared / log.file).exists():
            print(f"{log.name}: skipped, {shared / log.file} is not there", flush=True)
            continue
        missing = [
            task
            for task in every
            if made.get(task.name) != origin(task, shared) or not _file(work, task).exists()
        ]
        if missing:
            _make(missing, shared, work)
            made |= {task.name: origin(task, shared) for task in missing}
            with replacing(work / MADE) as draft:
                draft.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
        for task in every:
            yield task, pl.read_parquet(_file(work, task))


def origin(task: Task, shared: Path) -> str:
    """Name all that a table is made of: the question, the log, the declarations, the code."""
    file = shared / task.log.file
    files = sorted(file.iterdir()) if file.is_dir() else [file]
    sizes = [(each.name, each.stat().st_size) for each in files]
    asked = (task.at, task.horizon, task.reactions, task.outcome, task.log.options.identity())
    told = repr((asked, task.log.catalogue.digest, measures.digest(), sizes))
    return hashlib.sha256(told.encode() + CODE).hexdigest()[:12]


def _make(missing: Sequence[Task], shared: Path, work: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        lake = missing[0].log.lake(shared, scratch / "lake")
        for task in missing:
            table = known(task, lake, shared, scratch)
            if table.is_empty():
                raise KloutError(f"{task.log.file}: nobody drew a reaction before {task.at}")
            with replacing(_file(work, task)) as draft:
                table.write_parquet(draft)
            print(f"{task.name}: {len(table):,} people", flush=True)


def _file(work: Path, task: Task) -> Path:
    return work / f"{task.name}.parquet"
