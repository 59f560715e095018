"""The cache on disk: files that are never changed, and a manifest that names those in use.

The manifest is replaced whole, so a run killed at any moment leaves the cache of the run before.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from features.errors import KloutError
from features.files import replacing
from features.lake.lock import locked
from features.lake.rewriting import CACHE, DAILY_LOCK
from features.sliding.state import State
from features.sliding.store import Store

_FORM = 1
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a run left.

    Attributes
    ----------
    run
        Its number.
    as_of
        The date up to which everything is counted.
    catalogue
        Names the declarations that were in force.
    seen
        The lake's files that it had read, or might have.
    stores
        For each network, the runs that wrote its days and its blocks.
    """

    run: int
    as_of: date
    catalogue: str
    seen: frozenset[str]
    stores: dict[str, dict[str, dict[int, int]]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give what `json` can write."""
        return {
            "form": _FORM,
            "run": self.run,
            "as_of": self.as_of.isoformat(),
            "catalogue": self.catalogue,
            "seen": sorted(self.seen),
            "stores": self.stores,
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Manifest:
        """Undo `to_dict`; raises ValueError if the form is another."""
        if data["form"] != _FORM:
            raise ValueError(f"form {data['form']}, not {_FORM}")
        stores = {
            network: {
                kind: {int(day): run for day, run in runs.items()} for kind, runs in of.items()
            }
            for network, of in data["stores"].items()
        }
        as_of = date.fromisoformat(data["as_of"])
        return Manifest(data["run"], as_of, data["catalogue"], frozenset(data["seen"]), stores)


class Cache:
    """The folder, held by one run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = _read(root / _MANIFEST)

    @property
    def run(self) -> int:
        """The number of the run that holds it."""
        return 1 if self.manifest is None else self.manifest.run + 1

    def store(self, network: str, names: list[str], *, kept: bool) -> Store:
        """Give a network's tiles: those that are kept, or none."""
        runs = self.manifest.stores.get(network) if self.manifest and kept else None
        return Store(self.root / network, self.run, names, **(_copied(runs) if runs else {}))

    def state(self, network: str) -> State:
        """Read what the run before computed of a network.

        Raises
        ------
        OSError, PolarsError
            If a file is missing or damaged.
        """
        assert self.manifest is not None
        return State.load(self.root / network, self.manifest.run)

    def frame(self, name: str) -> pl.DataFrame:
        """Read a frame of the run before that is of no network."""
        assert self.manifest is not None
        return pl.read_parquet(self._path(name, self.manifest.run))

    def kept(self, name: str) -> pl.DataFrame | None:
        """Read such a frame, if there is one."""
        if self.manifest is None or not self._path(name, self.manifest.run).exists():
            return None
        return self.frame(name)

    def put_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame that is of no network."""
        self.root.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(self._path(name, self.run), compression="lz4")

    def commit(self, manifest: Manifest, stores: dict[str, Store], frames: list[str]) -> None:
        """Make a run's files those in use, and remove the others."""
        with replacing(self.root / _MANIFEST) as draft:
            draft.write_text(json.dumps(manifest.to_dict()), encoding="utf-8")
        self.manifest = manifest
        used = {self.root / _MANIFEST, *(self._path(name, manifest.run) for name in frames)}
        for network, store in stores.items():
            used |= {*store.paths(), *State.paths(self.root / network, manifest.run)}
        for path in self.root.rglob("*.parquet"):
            if path not in used:
                path.unlink()

    def drop(self) -> None:
        """Remove everything: the next run computes it anew."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.manifest = None

    def _path(self, name: str, run: int) -> Path:
        return self.root / f"{name}-{run}.parquet"


@contextmanager
def held(lake: Path) -> Iterator[Cache]:
    """Hold a lake's cache.

    Raises
    ------
    KloutError
        If another run holds it, or the lake can't be written to.
    """
    try:
        (lake / DAILY_LOCK).touch()
    except OSError as error:
        raise KloutError(f"{lake}: can't be written to: {error.strerror}") from error
    with locked(lake / DAILY_LOCK, f"{lake}: another daily run is at work on this lake"):
        yield Cache(lake / CACHE)


def _copied(runs: dict[str, dict[int, int]]) -> dict[str, dict[int, int]]:
    return {kind: dict(of) for kind, of in runs.items()}


def _read(file: Path) -> Manifest | None:
    """Read a manifest; a damaged one is no manifest, since it can be made anew."""
    try:
        return Manifest.from_dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
