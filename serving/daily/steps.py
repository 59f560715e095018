"""What a run did: seconds and memory by step, and counts."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Steps:
    """Told by a run, read by its report.

    Attributes
    ----------
    seconds
        By step, in the order in which they began.
    peak_gb
        By step, the most memory that the process had held when it ended.
    counts
        By what was counted.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    peak_gb: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

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

    def count(self, name: str, more: int) -> None:
        """Add to a count."""
        self.counts[name] = self.counts.get(name, 0) + more
