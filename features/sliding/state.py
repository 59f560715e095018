"""What is kept of one network from one run to the next, beside its tiles."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

from features.identity import Owners
from features.sliding.known import Known
from features.sliding.pairs import Pairs
from features.sliding.store import Store


@dataclass(frozen=True)
class State:
    """Frames as of a date; what they were computed with is kept, too.

    Attributes
    ----------
    accounts
        All that were ever seen: `features.sliding.accounts`.
    figures
        By receiver (key): `features.sliding.board`.
    pairs
        Who met when: `features.sliding.pairs`.
    published
        By key of account: `features.sliding.published`.
    readings
        Of counters: `features.sliding.readings`.
    counters
        What they stand at, by key of account: `features.sliding.readings.standings`.
    pages
        By person: `features.graph.page_figures`; no columns but ``person`` without a page graph.
    claimed
        As of `Owners`.
    authenticity
        ``actor`` and ``quarters`` of who is not believed wholly.
    """

    accounts: pl.DataFrame
    figures: pl.DataFrame
    pairs: Pairs
    published: pl.DataFrame
    readings: pl.DataFrame
    counters: pl.DataFrame
    pages: pl.DataFrame
    claimed: pl.DataFrame
    authenticity: pl.DataFrame

    def known(self, now: Owners) -> Known:
        """What was known when the state was computed; the owners now are given, to compare."""
        believed = self.authenticity if len(self.authenticity) else None
        is_same = now.claimed is self.claimed
        return Known(now if is_same else Owners(now.network, self.claimed), believed)

    def save(self, store: Store) -> None:
        """Write the frames beside the tiles."""
        store.root.mkdir(parents=True, exist_ok=True)
        for name, frame in self._frames().items():
            path = _path(store.root, name, store.run)
            # What a killed run left here may be one with a file that is in use.
            path.unlink(missing_ok=True)
            if name == _OLD and self.pairs.file is not None:
                _kept(self.pairs.file, path)
            else:
                # Not compressed: they are written anew by each run; compressing took longest.
                frame.write_ipc(path, compression="uncompressed")

    @staticmethod
    def load(root: Path, run: int) -> State:
        """Read what a run wrote."""
        frames = {name: pl.read_ipc(_path(root, name, run)) for name in _NAMES}
        pairs = Pairs(frames.pop(_OLD), frames.pop(_RECENT), _path(root, _OLD, run))
        return State(pairs=pairs, **frames)

    @staticmethod
    def paths(root: Path, run: int) -> list[Path]:
        """Name the files that a run wrote."""
        return [_path(root, name, run) for name in _NAMES]

    def _frames(self) -> dict[str, pl.DataFrame]:
        pairs = {_OLD: self.pairs.old, _RECENT: self.pairs.recent}
        return {name: pairs[name] if name in pairs else getattr(self, name) for name in _NAMES}


_OLD, _RECENT = "pairs", "recent"
_NAMES = [*(each.name for each in fields(State)), _RECENT]


def _path(root: Path, name: str, run: int) -> Path:
    return root / f"state-{name}-{run}.arrow"


def _kept(file: Path, path: Path) -> None:
    """Keep a file under another name, too: no file is ever changed, so both may be one."""
    try:
        path.hardlink_to(file)
    except OSError:  # a disk without such links
        shutil.copyfile(file, path)
