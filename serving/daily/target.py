"""On which machines a day's run is done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from features.incremental.cache import Cache
from features.incremental.executor import Engine, local


@dataclass(frozen=True)
class ExecutionTarget:
    """Where a run's work is done, and where what it keeps is.

    Attributes
    ----------
    engine
        Gives an engine for as long as it is needed.
    shards
        Into how many a network's people are divided; None: as many as at the run before, at first
        as many as suits the engine.
    cache
        The folder of what is kept, on a disk that all machines share; None: in the lake.
    """

    engine: Callable[[], AbstractContextManager[Engine]] = local
    shards: int | None = None
    cache: Path | None = None

    def shards_of(self, cache: Cache, engine: Engine) -> int | None:
        """Say into how many; None: as many as before."""
        return self.shards or (engine.shards() if cache.manifest is None else None)


THIS_MACHINE = ExecutionTarget()
