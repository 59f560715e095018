"""What is kept of one network from one run to the next, beside its tiles.

Where the frames of a run are, and those of the run before: known to every job.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from features.incremental.ownership_diff import Known
from features.incremental.pairs import PairTable
from features.lake.retractions import Undone
from features.signals.owners import Owners

F = TypeVar("F", bound="Frames")


@dataclass(frozen=True)
class Frames:
    """Frames that are kept together in a folder, each in a file that names its run."""

    def save(self, root: Path, run: int) -> None:
        """Write them."""
        root.mkdir(parents=True, exist_ok=True)
        for name, part in self._parts().items():
            path = _path(root, name, run)
            # What a killed run left here may be one with a file that is in use.
            path.unlink(missing_ok=True)
            if isinstance(part, Path):
                _linked(part, path)
            else:
                # Not compressed: they are written anew by each run; compressing took longest.
                part.write_ipc(path, compression="uncompressed")

    @classmethod
    def load(cls: type[F], root: Path, run: int) -> F:
        """Read what a run wrote."""
        frames: list[Any] = [pl.read_ipc(path) for path in cls.paths(root, run)]
        return cls(*frames)

    @classmethod
    def paths(cls, root: Path, run: int) -> list[Path]:
        """Name the files that a run wrote."""
        return [_path(root, name, run) for name in cls._names()]

    @classmethod
    def _names(cls) -> list[str]:
        return [each.name for each in fields(cls)]

    def _parts(self) -> dict[str, pl.DataFrame | Path]:
        """Give the frames by name, or the file that holds one already."""
        return {name: getattr(self, name) for name in self._names()}


@dataclass(frozen=True)
class ReceivedFrames(Frames):
    """What the people of a shard received, as of a date.

    Attributes
    ----------
    accounts
        All that were ever seen with them, and of the network's whoever published, has a counter or
        is claimed, by key the shard's: `features.incremental.accounts`.
    figures
        By receiver (key): `features.incremental.window_state`.
    pairs
        Who met when: `features.incremental.pairs`.
    tallied
        By receiver (key): `features.signals.tallies.tallied_figures`; no columns but ``receiver``
        without tallies.
    """

    accounts: pl.DataFrame
    figures: pl.DataFrame
    pairs: PairTable
    tallied: pl.DataFrame

    @classmethod
    def load(cls, root: Path, run: int) -> ReceivedFrames:
        """Read what a run wrote."""
        accounts, figures, old, changed, recent, tallied = (
            pl.read_ipc(path) for path in cls.paths(root, run)
        )
        pairs = PairTable(old, changed, recent, _path(root, "pairs", run))
        return cls(accounts, figures, pairs, tallied)

    @classmethod
    def _names(cls) -> list[str]:
        return ["accounts", "figures", "pairs", "changed", "recent", "tallied"]

    def _parts(self) -> dict[str, pl.DataFrame | Path]:
        old = self.pairs.old if self.pairs.file is None else self.pairs.file
        pairs = [old, self.pairs.changed, self.pairs.recent]
        parts = [self.accounts, self.figures, *pairs, self.tallied]
        return dict(zip(self._names(), parts, strict=True))


@dataclass(frozen=True)
class CountedFrames(Frames):
    """What else is counted of a network's people; also what was known of them.

    Attributes
    ----------
    published
        By key of account: `features.incremental.counters`.
    readings
        Of counters: `features.incremental.readings`.
    counters
        What they stand at, by ``key`` and ``account``: `features.incremental.readings.standings`.
    pages
        By person: `features.signals.page_graph.page_figures`; no columns but ``person`` without a
        page graph.
    claimed
        As of `Owners`.
    authenticity
        Of who is not believed wholly: `features.signals.authenticity.authenticity_by_account`.
    retractions
        The last of each, ever: `features.lake.retractions.state_of`.
    tallies
        Readings: `features.signals.tallies.needed`; none of a network without tallies.
    contents
        ``key`` (u64) and ``day`` of the contents of 90 days, where anything was ever taken back.
    """

    published: pl.DataFrame
    readings: pl.DataFrame
    counters: pl.DataFrame
    pages: pl.DataFrame
    claimed: pl.DataFrame
    authenticity: pl.DataFrame
    retractions: pl.DataFrame
    tallies: pl.DataFrame
    contents: pl.DataFrame

    def known(self, now: Known) -> Known:
        """What was known; what is known now is given, so that the same need not be compared."""
        believed = self.authenticity if len(self.authenticity) else None
        is_same = now.owners.claimed.equals(self.claimed)
        owners = now.owners if is_same else Owners(now.owners.network, self.claimed)
        return Known(owners, believed, self.retractions, Undone.nothing())


def _path(root: Path, name: str, run: int) -> Path:
    return root / f"state-{name}-{run}.arrow"


def _linked(file: Path, path: Path) -> None:
    """Keep a file under another name, too: no file is ever changed, so both may be one."""
    try:
        path.hardlink_to(file)
    except OSError:  # a disk without such links
        shutil.copyfile(file, path)


@dataclass(frozen=True)
class FrameStore:
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

    def carry(self, name: str) -> None:
        """Keep a frame of the run before as it is."""
        assert self.before is not None
        path = self.path(name, self.run)
        path.unlink(missing_ok=True)
        _linked(self.path(name, self.before), path)

    def path(self, name: str, run: int) -> Path:
        """Name the file of a run's frame."""
        return self.root / f"{name}-{run}.parquet"
