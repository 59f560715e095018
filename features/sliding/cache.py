"""The cache on disk: files that are never changed, and a manifest that names those in use.

The manifest is replaced whole, so a run killed at any moment leaves the cache of the run before.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.files import replacing
from features.lake.lock import locked
from features.lake.rewriting import CACHE, DAILY_LOCK
from features.sliding.manifest import MANIFEST, Manifest, described, read_manifest
from features.sliding.state import State
from features.sliding.store import Store


class Cache:
    """The folder, held by one run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = read_manifest(root)

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
        if self.manifest is None:
            return None
        if self._path(name, self.manifest.run).name not in self.manifest.sizes:
            return None
        return self.frame(name)

    def put_frame(self, name: str, frame: pl.DataFrame) -> None:
        """Keep a frame that is of no network."""
        self.root.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(self._path(name, self.run), compression="lz4")

    def commit(self, manifest: Manifest, stores: dict[str, Store], frames: list[str]) -> None:
        """Make a run's files those in use; who holds the cache removes the others."""
        used = {self._path(name, manifest.run) for name in frames}
        for network, store in stores.items():
            used |= {*store.paths(), *State.paths(self.root / network, manifest.run)}
        whole = described(manifest, self.root, used, self.manifest)
        with replacing(self.root / MANIFEST) as draft:
            draft.write_text(whole.to_text(), encoding="utf-8")
        self.manifest = whole

    def drop(self) -> None:
        """Remove everything: the next run computes it anew."""
        (self.root / MANIFEST).unlink(missing_ok=True)
        self.manifest = None
        shutil.rmtree(self.root, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what is not in use: a run that failed or was killed left it."""
        used = set() if self.manifest is None else {MANIFEST, *self.manifest.sizes}
        for path in list(self.root.rglob("*")):
            if path.is_file() and str(path.relative_to(self.root)) not in used:
                # Where nothing can be removed nothing can be run, and the run says why.
                with suppress(OSError):
                    path.unlink()

    def _path(self, name: str, run: int) -> Path:
        return self.root / f"{name}-{run}.parquet"


@contextmanager
def held(lake: Path) -> Iterator[Cache]:
    """Hold a lake's cache; what is written to it and not committed is removed again.

    Raises
    ------
    KloutError
        If there is no lake, another run holds it, or the lake can't be written to.
    """
    try:
        (lake / DAILY_LOCK).touch()
    except (FileNotFoundError, NotADirectoryError):
        raise KloutError(f"{lake}: no lake here; fill one with `klout ingest`") from None
    except OSError as error:
        raise KloutError(f"{lake}: can't be written to: {error.strerror}") from error
    with locked(lake / DAILY_LOCK, f"{lake}: another daily run is at work on this lake"):
        cache = Cache(lake / CACHE)
        cache.sweep()
        try:
            yield cache
        finally:
            cache.sweep()


def _copied(runs: dict[str, dict[int, int]]) -> dict[str, dict[int, int]]:
    return {kind: dict(of) for kind, of in runs.items()}
