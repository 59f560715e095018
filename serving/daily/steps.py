"""What a run did: seconds and memory by step, and what it says of itself on the way."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import polars as pl

from features.incremental.shard_job import ShardResult
from serving.daily.shard_scoring import ShardScores
from serving.daily.totals import Totals


@dataclass
class StepTimes:
    """Told by a run, read by its report.

    Attributes
    ----------
    on_total
        Called with the number of interactions to fold, once it is known: for a progress bar.
    seconds
        By step, in the order in which they began.
    jobs
        Seconds by kind of job, added up over networks: several are at work at the same time.
    peak_gb
        By step, the most memory that the process had held when it ended.
    to_fold
        Interactions that are folded into tiles.
    totals
        Main signals, by network.
    anew
        Hashes (u64) of the people whose part was computed anew, by network.
    """

    on_total: Callable[[int], None] = lambda _: None
    seconds: dict[str, float] = field(default_factory=dict)
    jobs: dict[str, float] = field(default_factory=dict)
    peak_gb: dict[str, float] = field(default_factory=dict)
    to_fold: int = 0
    totals: dict[str, Totals] = field(default_factory=dict)
    anew: dict[str, pl.Series] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; one that comes again is added to itself."""
        began = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - began
            self.seconds[name] = self.seconds.get(name, 0.0) + taken
            self.peak_gb[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

    def expect(self, rows: int) -> None:
        """Say how many interactions are to be folded."""
        self.to_fold = rows
        self.on_total(rows)

    def network(self, name: str, shards: list[ShardResult[ShardScores]]) -> None:
        """Say what has become of a network."""
        self.totals[name] = reduce(add, (shard.seen.totals for shard in shards))
        self.anew[name] = pl.concat(shard.seen.anew for shard in shards)
        for shard in shards:
            for step, seconds in ({"slide": shard.seconds} | shard.seen.seconds).items():
                self.jobs[step] = self.jobs.get(step, 0.0) + seconds

    @property
    def rescored(self) -> int:
        """People whose part on any network was computed anew."""
        return pl.concat(list(self.anew.values())).n_unique() if self.anew else 0
