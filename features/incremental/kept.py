"""Where the frames of a run are, and those of the run before: known to every job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl

from features.incremental.state import Frames

F = TypeVar("F", bound=Frames)


@dataclass(frozen=True)
class Kept:
    """A folder of files that name their run.

    Attributes
    ----------
    root
        On a disk that all machines at work share.
    run
        The number of this run.
    before
        That of the run before; None: nothing is kept.
    """

    root: Path
    run: int
    before: int | None

    def load(self, kind: type[F], folder: str) -> F:
        """Read what the run before computed.

        Raises
        ------
        OSError, PolarsError
            If a file is missing or damaged.
        """
        assert self.before is not None
        return kind.load(self.root / folder, self.before)

    def save(self, frames: Frames, folder: str) -> None:
        """Write what this run computed."""
        frames.save(self.root / folder, self.run)

    def frame(self, name: str) -> pl.DataFrame | None:
        """Read a frame of the run before; None: it kept none of this name."""
        if self.before is None or not self.path(name, self.before).exists():
            return None
        return pl.read_parquet(self.path(name, self.before), glob=False)

    def put_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame."""
        path = self.path(name, self.run)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path, compression="lz4")

    def path(self, name: str, run: int) -> Path:
        """Name the file of a run's frame."""
        return self.root / f"{name}-{run}.parquet"
