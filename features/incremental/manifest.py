"""What a run left for the next: which files, and how to tell that one of them is another now."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from features.catalogue import measures
from features.catalogue.catalogue import HORIZON, Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.computed import MANIFEST
from features.lake.contracts import KEYS
from features.lake.ledger import head
from features.storage import hashing
from features.topics.ontology import HIERARCHY, MAPPING

FORM = 11
"""Of the manifest and of the files that it names; another makes what is kept void."""

_UNCOUNTED = (KEYS, *HIERARCHY, MAPPING)
"""Tables of which nothing is kept that was computed from their files: others may replace these."""

_PIECE = 2**24

Stores = dict[str, dict[str, dict[int, int]]]


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
    shards
        Into how many a network's people are divided.
    seen
        The lake's files that it had read, or might have.
    entries
        How many entries the lake's ledger had.
    head
        `features.lake.ledger.head` of them: a copy of the lake that went its own way has another.
    stores
        For each shard of a network, the runs that wrote its tables: `TileStore.runs`.
    sizes
        The files in use, by their path in the cache, in bytes.
    checks
        Their sums.
    fresh
        Those that this run wrote.
    """

    run: int
    as_of: date
    catalogue: str
    shards: int
    seen: frozenset[str]
    entries: int
    head: str
    stores: Stores = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)
    fresh: tuple[str, ...] = ()

    @staticmethod
    def of(
        run: int, lake: Lake, as_of: date, catalogue: Catalogue, shards: int, stores: Stores
    ) -> Manifest:
        """Describe a run on a lake as it read it."""
        seen = frozenset(file.path for file in lake.every_file() if file.table not in _UNCOUNTED)
        entries = lake.entries
        return Manifest(
            run, as_of, _declared(catalogue), shards, seen, len(entries), head(entries), stores
        )

    def holds(self, lake: Lake, as_of: date, catalogue: Catalogue) -> bool:
        """Whether what was left can be moved on to a date.

        Not under other declarations, not back, nor over more days than a window has; and the lake
        must be the one that was read, with what came since, and have the files that were read.
        """
        if self.catalogue != _declared(catalogue) or not 0 < (as_of - self.as_of).days < HORIZON:
            return False
        return self.is_of(lake)

    def is_of(self, lake: Lake) -> bool:
        """Whether the lake is the one that was read, and still has the files that were read."""
        if head(lake.entries[: self.entries]) != self.head:
            return False
        return self.seen <= {file.path for file in lake.every_file()}

    def to_dict(self) -> dict[str, Any]:
        """Give what `json` can write."""
        return {
            "form": FORM,
            "keys": hashing.KEY_SCHEME,
            "run": self.run,
            "as_of": self.as_of.isoformat(),
            "catalogue": self.catalogue,
            "shards": self.shards,
            "seen": sorted(self.seen),
            "entries": self.entries,
            "head": self.head,
            "stores": self.stores,
            "sizes": self.sizes,
            "checks": self.checks,
            "fresh": list(self.fresh),
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Manifest:
        """Undo `to_dict`; raises ValueError if form or keys are of another version."""
        if (data["form"], data["keys"]) != (FORM, hashing.KEY_SCHEME):
            raise ValueError(f"of form {data['form']} and keys {data['keys']}")
        stores = {
            name: {kind: {int(day): run for day, run in runs.items()} for kind, runs in of.items()}
            for name, of in data["stores"].items()
        }
        return Manifest(
            data["run"],
            date.fromisoformat(data["as_of"]),
            data["catalogue"],
            data["shards"],
            frozenset(data["seen"]),
            data["entries"],
            data["head"],
            stores,
            data["sizes"],
            data["checks"],
            tuple(data["fresh"]),
        )

    def to_text(self) -> str:
        """Give the manifest's file: a digest of what follows it, then the manifest."""
        content = json.dumps(self.to_dict())
        return f"{_digest(content)}\n{content}"

    @staticmethod
    def from_text(text: str) -> Manifest:
        """Undo `to_text`; raises ValueError if the text is damaged."""
        digest, _, content = text.partition("\n")
        if digest != _digest(content):
            raise ValueError("not what was written")
        return Manifest.from_dict(json.loads(content))


def described(
    manifest: Manifest, root: Path, used: Iterable[Path], before: Manifest | None
) -> Manifest:
    """Add the files in use: how large they are and what they hold; only new ones are read."""
    sizes = {str(path.relative_to(root)): path.stat().st_size for path in sorted(used)}
    checks = {} if before is None else _known(root, before, sizes)
    new = [name for name in sizes if name not in checks]
    return replace(manifest, sizes=sizes, checks=checks | _sums(root, new), fresh=tuple(new))


def _known(root: Path, before: Manifest, names: Collection[str]) -> dict[str, int]:
    """Give the sums of files that were there before, also of those that got another name."""
    known = before.checks
    new = [name for name in names if name not in known]
    inodes = {_inode(root, name): total for name, total in known.items()} if new else {}
    moved = {name: inodes.get(_inode(root, name)) for name in new}
    same = {name: known[name] for name in names if name in known}
    return same | {name: total for name, total in moved.items() if total is not None}


def _inode(root: Path, name: str) -> int | None:
    try:
        return os.stat(f"{root}/{name}").st_ino  # noqa: PTH116 (of thousands of files)
    except FileNotFoundError:
        return None


def read_manifest(root: Path) -> Manifest | None:
    """Read the manifest of a cache; a damaged cache has none, since it can be made anew.

    Damage that shows is that of the manifest, a file that is missing or of another size, and any
    change to a file of the last run. The older files are not read for this: they are most of it;
    see `damaged`.

    Raises
    ------
    KloutError
        If what is there can't be read: that is no damage, and it stays.
    """
    with readable(root):
        try:
            manifest = Manifest.from_text((root / MANIFEST).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return None if _damaged(root, manifest, manifest.fresh) else manifest


def damaged(root: Path, manifest: Manifest) -> str | None:
    """Name a file that is not what was written, after reading them all; None: there is none.

    Raises
    ------
    KloutError
        If one can't be read.
    """
    with readable(root):
        return _damaged(root, manifest, manifest.sizes)


@contextmanager
def readable(root: Path) -> Iterator[None]:
    """Say in one line what the operating system refuses."""
    try:
        yield
    except OSError as error:
        raise KloutError(
            f"{root}: what is kept can't be read: {error.strerror}; it stays as it is"
        ) from error


def _damaged(root: Path, manifest: Manifest, read: Iterable[str]) -> str | None:
    """Compare the sizes of all files and the sums of some."""
    for name, size in manifest.sizes.items():
        try:
            if os.stat(f"{root}/{name}").st_size != size:  # noqa: PTH116
                return name
        except FileNotFoundError:
            return name
    sums = _sums(root, list(read))
    return next((name for name, total in sums.items() if total != manifest.checks[name]), None)


def _sums(root: Path, names: Iterable[str]) -> dict[str, int]:
    """Sum files up, two at a time: numpy lets go of the interpreter."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(lambda name: _sum(root / name), names), strict=True))


def _sum(file: Path) -> int:
    """Sum a file's words of 64 bits up, piece by piece; any one change shows, at 5 GB a second."""
    total = 0
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            words = np.frombuffer(piece.ljust(-(-len(piece) // 8) * 8, b"\0"), np.uint64)
            total = (3 * total + int(words.sum())) % 2**64  # so that pieces can't change places
    return total


def _declared(catalogue: Catalogue) -> str:
    """Digest the declarations of networks, and of what is measured."""
    return f"{catalogue.digest}-{measures.digest()}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
