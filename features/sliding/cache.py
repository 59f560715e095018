"""The cache on disk: files that are never changed, and a manifest that names those in use.

The manifest is replaced whole, so a run killed at any moment leaves the cache of the run before.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from features.errors import KloutError
from features.files import replacing
from features.lake.lock import locked
from features.lake.rewriting import CACHE, DAILY_LOCK, at_work
from features.objects import is_remote
from features.sliding.kept import Kept
from features.sliding.manifest import MANIFEST, Manifest, described, read_manifest
from features.sliding.store import Store
from features.storage import exists


class Cache:
    """The folder, held by one run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = read_manifest(root)

    @property
    def kept(self) -> Kept:
        """Where its frames are, and those of the run that holds it."""
        before = None if self.manifest is None else self.manifest.run
        return Kept(self.root, (before or 0) + 1, before)

    def store(self, name: str, kinds: list[str]) -> Store:
        """Give a shard's tiles; none, if nothing is kept."""
        runs = self.manifest.stores[name] if self.manifest else {}
        return Store(self.root / name, self.kept.run, kinds, _copied(runs))

    def commit(self, manifest: Manifest, used: Iterable[Path]) -> None:
        """Make a run's files those in use; who holds the cache removes the others."""
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
        """Remove what is not in use: a run that failed or was killed left it.

        A folder with a manifest of its own is another cache.
        """
        used = set() if self.manifest is None else {MANIFEST, *self.manifest.sizes}
        others = [path.parent for path in self.root.glob(f"*/{MANIFEST}")]
        for path in list(self.root.rglob("*")):
            if path.is_file() and str(path.relative_to(self.root)) not in used:
                if any(path.is_relative_to(other) for other in others):
                    continue
                # Where nothing can be removed nothing can be run, and the run says why.
                with suppress(OSError):
                    path.unlink()


@contextmanager
def held(lake: Path, folder: Path | None = None) -> Iterator[Cache]:
    """Hold a lake's cache; what is written to it and not committed is removed again.

    Parameters
    ----------
    lake
        Its root.
    folder
        Of the cache, on a disk that all machines at work share; None: in the lake.

    Raises
    ------
    KloutError
        If there is no lake, another run holds it, or it can't be written to; or if the lake is on
        object storage and no folder is given.
    """
    if folder is None and is_remote(lake):
        raise KloutError(f"{lake}: what is kept from day to day needs a disk; give --cache DIR")
    if not exists(lake):
        raise KloutError(f"{lake}: no lake here; fill one with `klout ingest`")
    if not is_remote(lake):
        try:
            (lake / DAILY_LOCK).touch()
        except OSError as error:
            raise KloutError(f"{lake}: can't be written to: {error.strerror}") from error
    with locked(lake / DAILY_LOCK, at_work(lake)):
        cache = Cache(folder or lake / CACHE)
        cache.sweep()
        try:
            yield cache
        finally:
            cache.sweep()


def _copied(runs: dict[str, dict[int, int]]) -> dict[str, dict[int, int]]:
    return {kind: dict(of) for kind, of in runs.items()}
