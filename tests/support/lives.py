"""Lives of a lake: day by day what arrives is written and the day's run is made."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from features.catalogue.catalogue import HORIZON, Catalogue
from features.incremental.cache import held
from features.incremental.executor import local
from features.incremental.run import start
from features.incremental.shard_job import ShardUpdate
from features.incremental.shard_table import table_of
from features.lake import Lake
from features.lake.contracts import STEPS
from features.lake.times import midnight
from features.signals.materialize import identified, materialize, wide
from serving.daily.publishing import PUBLISHED
from serving.daily.run import daily
from serving.daily.target import THIS_MACHINE, ExecutionTarget
from tests.support.histories import History, arrive
from tests.support.worlds import AS_OF, SMALL, Row, big_world
from training.influence.fit import fit
from training.influence.model import Model
from training.influence.params import TrainingParams

PERSONS = 80
DAYS = 4
TWITTER = Catalogue(tuple(network for network in SMALL.networks if network.name == "twitter"))
"""The fewest files that a run can write."""


@cache
def small_model(catalogue: Catalogue = SMALL, seed: int = 1) -> Model:
    """Learn, from heavy-tailed signals, who has the larger ones."""
    names, numbers = catalogue.names, np.random.default_rng(seed)
    reach = numbers.pareto(1.5, PERSONS)
    shape = (PERSONS, len(names))
    values = np.floor(reach[:, None] * numbers.gamma(1.0, 20.0, shape))
    persons = pl.Series("person", [f"p{n:03}" for n in range(PERSONS)])
    a = numbers.integers(0, PERSONS, 600)
    b = (a + numbers.integers(1, PERSONS, 600)) % PERSONS
    larger = (reach[a] > reach[b]).astype(float)
    ends = {"a": persons.gather(a), "b": persons.gather(b)}
    judgements = pl.DataFrame({**ends, "preference": larger, "weight": 1.0})
    signals = pl.DataFrame(values, schema=names).insert_column(0, persons)
    return fit(signals, judgements, catalogue, TrainingParams(num_trees=15, num_threads=1))


def story(seed: int, days: int = 4, size: int = 1000, catalogue: Catalogue = SMALL) -> History:
    """Make up some days with late rows, and with people and beliefs that change between them."""
    rng = random.Random(seed)
    runs = [AS_OF - timedelta(days - 1 - n) for n in range(days)]
    arrivals: list[dict[str, list[Row]]] = [{} for _ in runs]
    rows = big_world(seed, size) | {"authenticity": [_belief(rng) for _ in range(20)]}
    names = {network.name for network in catalogue.networks}
    for table, of_table in rows.items():
        for row in of_table:
            if row.get("network") in names and not _is_old(table, row):
                on_time = next((n for n, run in enumerate(runs) if _happened(row) < run), days - 1)
                late = rng.random() < 0.1
                number = rng.randrange(on_time, days) if late else on_time
                arrivals[number].setdefault(table, []).append(row)
    return History(runs, arrivals)


def _belief(rng: random.Random) -> Row:
    at = midnight(AS_OF - timedelta(rng.randrange(-1, 8)))
    row = {"network": "twitter", "account": f"u{rng.randrange(20)}", "as_of": at, "reasons": None}
    return row | {"authenticity": rng.choice(STEPS)}


def _is_old(table: str, row: Row) -> bool:
    """Leave out most days of interactions: each is some files, and takes its time."""
    age = (AS_OF - _happened(row)).days
    return table in ("interactions", "contents") and DAYS < age < HORIZON - 5


def _happened(row: dict[str, Any]) -> Any:
    time = row.get("at") or row.get("as_of") or row.get("connected_at")
    return (time or datetime(2014, 1, 1, tzinfo=UTC)).date()


def live(
    root: Path,
    history: History,
    model: Model,
    where: ExecutionTarget = THIS_MACHINE,
    judging: Path | None = None,
    *,
    stored: bool = False,
) -> None:
    """Go through a history; what was done before is passed over."""
    store = f"sqlite:///{root / 'store.db'}" if stored else None
    for number, (as_of, rows) in enumerate(zip(history.runs, history.arrivals, strict=True)):
        arrive(root, rows, number, model.catalogue)
        daily(root, as_of, model, where=where, judging=judging, store=store)


@dataclass(frozen=True)
class Outcome:
    """What a life leaves that anybody may see."""

    published: dict[str, bytes]
    scores: pl.DataFrame
    signals: pl.DataFrame


def outcome(root: Path, model: Model) -> Outcome:
    """Collect it; the signals are those of one more day, moved on from the cache."""
    scores = Lake(root).scan("scores").sort("as_of", "person").collect()
    return Outcome(published(root), scores, _signals(root, model))


def published(root: Path) -> dict[str, bytes]:
    """Read what the history says is published."""
    if not (root / "ledger").is_dir():
        return {}
    days = {str(file.day) for file in Lake(root).files("scores")}
    return {day: (root / PUBLISHED / f"{day}.parquet").read_bytes() for day in sorted(days)}


def _signals(root: Path, model: Model) -> pl.DataFrame:
    """Make a run whose results are thrown away, but for everybody's signals."""
    lake, catalogue = Lake(root), model.catalogue
    as_of = AS_OF + timedelta(1)
    with held(root) as kept:
        run = start(lake, as_of, catalogue, kept)
        with local() as engine:
            moved = [shards for _, shards in run.networks(engine, _everybody)]
    tables = [pl.concat(shard.seen for shard in shards).sort("person") for shards in moved]
    persons = pl.concat([*(t.select("person") for t in tables), identified(lake, as_of)])
    return wide(persons.unique().sort("person"), tables, catalogue).collect()


def _everybody(done: ShardUpdate) -> pl.DataFrame:
    return table_of(done.of_everybody())


def assert_same(one: Outcome, other: Outcome) -> None:
    """Bit for bit."""
    assert one.published == other.published
    assert_frame_equal(one.scores, other.scores, check_exact=True)
    assert_frame_equal(one.signals, other.signals, check_exact=True)


def from_scratch(lake: Lake, as_of: Any, model: Model) -> pl.DataFrame:
    """Compute scores without a cache, by the slow and obvious way."""
    return model.score(materialize(lake, as_of, model.catalogue).collect())


def lived(root: Path, history: History, model: Model) -> Outcome:
    """Live undisturbed; each day is held against a computation from scratch."""
    for number, (as_of, rows) in enumerate(zip(history.runs, history.arrivals, strict=True)):
        lake = arrive(root, rows, number, model.catalogue)
        found = daily(root, as_of, model)
        assert found is not None
        assert_frame_equal(found, from_scratch(lake, as_of, model), check_exact=True)
    end = outcome(root, model)
    again = materialize(Lake(root), AS_OF + timedelta(1), model.catalogue).collect()
    assert_frame_equal(end.signals, again, check_exact=True)
    return end


def copied(root: Path, to: Path) -> Path:
    """Copy a lake with its cache."""
    shutil.copytree(root, to)
    return to


def files_of(folder: Path) -> dict[str, bytes]:
    """Read whatever is in a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


HISTORY = story(3, 2, catalogue=TWITTER)
"""Two days; the first is run in the scenes of the tests, the second is to be."""
YESTERDAY, TODAY = HISTORY.runs
