"""What a run did: seconds and memory by step, and what it says of itself on the way."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import polars as pl

from features.sliding.state import State
from serving.daily.totals import Totals, totals_of


@dataclass
class Steps:
    """Told by a run, read by its report.

    Attributes
    ----------
    on_total
        Called with the number of interactions to fold, once it is known: for a progress bar.
    seconds
        By step, in the order in which they began.
    peak_gb
        By step, the most memory that the process had held when it ended.
    to_fold
        Interactions that are folded into tiles.
    totals
        Main signals, by network.
    anew
        Keys (u64) of the people whose part was computed anew, by network.
    """

    on_total: Callable[[int], None] = lambda _: None
    seconds: dict[str, float] = field(default_factory=dict)
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

    def network(self, name: str, state: State, anew: pl.DataFrame) -> None:
        """Say what a network's state is, and whose (``person``) part was computed anew.

        People are kept as hashes, eight bytes each, since the same ones come on many networks.
        """
        self.totals[name] = totals_of(state.figures, state.published)
        self.anew[name] = anew["person"].hash()

    @property
    def rescored(self) -> int:
        """People whose part on any network was computed anew."""
        return pl.concat(list(self.anew.values())).n_unique() if self.anew else 0
