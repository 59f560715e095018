"""What is kept of one network from one run to the next, beside its tiles."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

from features.identity import Owners
from features.sliding.known import Known
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
    pairs: pl.DataFrame
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
        for each in fields(self):
            frame: pl.DataFrame = getattr(self, each.name)
            # Not compressed: they are written anew by each run, and compressing took longest.
            frame.write_ipc(_path(store.root, each.name, store.run), compression="uncompressed")

    @staticmethod
    def load(root: Path, run: int) -> State:
        """Read what a run wrote."""
        return State(*(pl.read_ipc(_path(root, each.name, run)) for each in fields(State)))

    @staticmethod
    def paths(root: Path, run: int) -> list[Path]:
        """Name the files that a run wrote."""
        return [_path(root, each.name, run) for each in fields(State)]


def _path(root: Path, name: str, run: int) -> Path:
    return root / f"state-{name}-{run}.arrow"
