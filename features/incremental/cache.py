"""The cache on disk: files that are never changed, and a manifest that names those in use.

The manifest is replaced whole, so a run killed at any moment leaves the cache of the run before.
Nothing is removed but the manifest and files that are named as a run names its own, below a folder
that says that it is a cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from features.errors import KloutError
from features.incremental.manifest import Manifest, damaged, described, read_manifest
from features.incremental.state import FrameStore
from features.incremental.tile_store import TileStore
from features.lake import Lake
from features.lake.computed import CACHE, LOCK, MANIFEST, written
from features.lake.lock import locked
from features.lake.rewriting import DAILY_LOCK, at_work
from features.storage.atomic import replacing
from features.storage.folders import CACHE as KIND
from features.storage.folders import CACHES, claim, read_marker, remove_files
from features.storage.objects import is_remote


class Cache:
    """The folder, held by one run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = read_manifest(root)

    @property
    def kept(self) -> FrameStore:
        """Where its frames are, and those of the run that holds it."""
        before = None if self.manifest is None else self.manifest.run
        return FrameStore(self.root, (before or 0) + 1, before)

    def store(self, name: str, kinds: list[str]) -> TileStore:
        """Give a shard's tiles; none, if nothing is kept."""
        runs = self.manifest.stores[name] if self.manifest else {}
        return TileStore(self.root / name, self.kept.run, kinds, _copied(runs))

    def commit(self, manifest: Manifest, used: Iterable[Path]) -> None:
        """Make a run's files those in use; who holds the cache removes the others."""
        whole = described(manifest, self.root, used, self.manifest)
        with replacing(self.root / MANIFEST) as draft:
            draft.write_text(whole.to_text(), encoding="utf-8")
        self.manifest = whole

    def drop(self) -> None:
        """Remove what is kept: the next run computes it anew."""
        (self.root / MANIFEST).unlink(missing_ok=True)
        self.manifest = None
        self.sweep()

    def damaged(self) -> str | None:
        """Name a file in use that is not what was written; None: there is none."""
        return None if self.manifest is None else damaged(self.root, self.manifest)

    def sweep(self) -> None:
        """Remove what is not in use: a run that failed or was killed left it.

        A folder with a manifest of its own is another cache.
        """
        used = set() if self.manifest is None else {MANIFEST, *self.manifest.sizes}
        # Where nothing can be removed nothing can be run, and the run says why.
        with suppress(OSError):
            remove_files(self.root, [name for name in written(self.root) if name not in used])


@contextmanager
def held(lake: Path, folder: Path | None = None) -> Iterator[Cache]:
    """Hold a lake's cache; what is written to it and not committed is removed again.

    Parameters
    ----------
    lake
        Its root.
    folder
        A folder of caches, on a disk that all machines at work share: the lake's is the one below
        it that has the lake's id for its name. None: in the lake.

    Raises
    ------
    KloutError
        If there is no lake, another run holds it or its cache, one of them can't be read or
        written to, or the folder is none of ours; or if the lake is on object storage and no
        folder is given.
    """
    if folder is None and is_remote(lake):
        raise KloutError(f"{lake}: what is kept from day to day needs a disk; give --cache DIR")
    identity = Lake(lake).id
    if not is_remote(lake):
        try:
            (lake / DAILY_LOCK).touch()
        except OSError as error:
            raise KloutError(f"{lake}: can't be written to: {error.strerror}") from error
    with locked(lake / DAILY_LOCK, at_work(lake)):
        root = _root(lake, identity, folder)
        busy = f"{root}: another run is at work on this cache, of a copy of the lake {lake}"
        with locked(root / LOCK, busy):
            cache = Cache(root)
            cache.sweep()
            try:
                yield cache
            finally:
                cache.sweep()


def _root(lake: Path, identity: str, folder: Path | None) -> Path:
    """Give the folder of a lake's cache: in the lake, or below the folder of caches."""
    root = lake / CACHE if folder is None else _within(folder, identity)
    marker = claim(root, KIND, of=identity)
    if marker.of != identity:
        raise KloutError(f"{root}: is the cache of the lake {marker.of}; {lake} is {identity}")
    return root


def _within(folder: Path, identity: str) -> Path:
    """Give a lake's folder in a folder of caches; a cache may also be named itself."""
    there = read_marker(folder)
    if there is not None and there.kind == KIND.name:
        return folder
    claim(folder, CACHES)
    return folder / identity


def _copied(runs: dict[str, dict[int, int]]) -> dict[str, dict[int, int]]:
    return {kind: dict(of) for kind, of in runs.items()}
