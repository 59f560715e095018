"""Two days of a lake on a Ray cluster that is started for it: a job for a process of its own."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.daily_lakes import interactions
from features.catalogue.catalogue import HORIZON
from features.incremental.executor_ray import on_ray
from features.lake import Lake
from features.people.scrubbing import PUBLISHED
from serving.daily.run import daily
from serving.daily.target import ExecutionTarget
from training.influence.model import Model

SHARDS = 2
STORE = 2 * 2**30
"""Bytes of each machine's object store."""


@dataclass(frozen=True)
class Took:
    """Seconds of a run by the clock, its interactions, and a digest of what it published."""

    first: float
    folded: int
    next_day: float
    new: int
    digest: str


def on_cluster(lake: str, model: str, as_of: str, workers: int) -> dict[str, Any]:
    """Run two days on a cluster of so many workers; a job for a process of its own."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(workers):
        cluster.add_node(num_cpus=1, object_store_memory=STORE)
    try:
        return asdict(
            _two_days(Path(lake), Path(model), date.fromisoformat(as_of), cluster.address)
        )
    finally:
        cluster.shutdown()


def _two_days(lake: Path, model: Path, as_of: date, address: str) -> Took:
    where, scorer, seconds = ExecutionTarget(on_ray(address), SHARDS), Model.load(model), []
    days = [as_of, as_of + timedelta(1)]
    with where.engine():
        for day in days:
            began = time.perf_counter()
            daily(lake, day, scorer, where=where)
            seconds.append(time.perf_counter() - began)
    published = b"".join((lake / PUBLISHED / f"{day}.parquet").read_bytes() for day in days)
    found = Lake(lake)
    folded, new = interactions(found, as_of, HORIZON), interactions(found, days[1], 1)
    digest = hashlib.sha256(published).hexdigest()
    return Took(seconds[0], folded, seconds[1], new, digest)
