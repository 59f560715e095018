"""What is kept of one network from one run to the next, beside its tiles."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from features.identity import Owners
from features.sliding.known import Known

F = TypeVar("F", bound="Frames")


@dataclass(frozen=True)
class Frames:
    """Frames that are kept together in a folder, each in a file that names its run."""

    def save(self, root: Path, run: int) -> None:
        """Write them."""
        root.mkdir(parents=True, exist_ok=True)
        for each in fields(self):
            frame: pl.DataFrame = getattr(self, each.name)
            # Not compressed: they are written anew by each run, and compressing took longest.
            frame.write_ipc(_path(root, each.name, run), compression="uncompressed")

    @classmethod
    def load(cls: type[F], root: Path, run: int) -> F:
        """Read what a run wrote."""
        frames: list[Any] = [pl.read_ipc(path) for path in cls.paths(root, run)]
        return cls(*frames)

    @classmethod
    def paths(cls, root: Path, run: int) -> list[Path]:
        """Name the files that a run wrote."""
        return [_path(root, each.name, run) for each in fields(cls)]


@dataclass(frozen=True)
class Received(Frames):
    """What the people of a shard received, as of a date.

    Attributes
    ----------
    accounts
        All that were ever seen with them: `features.sliding.accounts`.
    figures
        By receiver (key): `features.sliding.board`.
    pairs
        Who met when: `features.sliding.pairs`.
    """

    accounts: pl.DataFrame
    figures: pl.DataFrame
    pairs: pl.DataFrame


@dataclass(frozen=True)
class Counted(Frames):
    """What else is counted of a network's people; also what was known of them.

    Attributes
    ----------
    published
        By key of account: `features.sliding.published`.
    readings
        Of counters: `features.sliding.readings`.
    counters
        What they stand at, by ``key`` and ``account``: `features.sliding.readings.standings`.
    pages
        By person: `features.graph.page_figures`; no columns but ``person`` without a page graph.
    claimed
        As of `Owners`.
    authenticity
        ``actor`` and ``quarters`` of who is not believed wholly.
    """

    published: pl.DataFrame
    readings: pl.DataFrame
    counters: pl.DataFrame
    pages: pl.DataFrame
    claimed: pl.DataFrame
    authenticity: pl.DataFrame

    def known(self, now: Owners) -> Known:
        """What was known; the owners now are given, so that the same need not be compared."""
        believed = self.authenticity if len(self.authenticity) else None
        is_same = now.claimed.equals(self.claimed)
        return Known(now if is_same else Owners(now.network, self.claimed), believed)


def _path(root: Path, name: str, run: int) -> Path:
    return root / f"state-{name}-{run}.arrow"
