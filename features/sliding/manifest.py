"""What a run left for the next: which files, and how to tell that one of them is another now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from features import hashing
from features.catalogue import HORIZON, Catalogue
from features.lake import Lake

MANIFEST = "manifest.json"
_FORM = 5
_PIECE = 2**24


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
    stores
        For each shard of a network, the runs that wrote its tables: `Store.runs`.
    sizes
        The files in use, by their path in the cache, in bytes.
    checks
        Sums of those that this run wrote.
    """

    run: int
    as_of: date
    catalogue: str
    shards: int
    seen: frozenset[str]
    stores: dict[str, dict[str, dict[int, int]]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)

    def holds(self, lake: Lake, as_of: date, catalogue: Catalogue) -> bool:
        """Whether what was left can be moved on to a date.

        Not under other declarations, not back, nor over more days than a window has; and the files
        that were read must still be there.
        """
        if self.catalogue != catalogue.digest or not 0 < (as_of - self.as_of).days < HORIZON:
            return False
        return self.is_of(lake)

    def is_of(self, lake: Lake) -> bool:
        """Whether the lake still has the files that were read."""
        return self.seen <= {file.path for file in lake.every_file()}

    def to_dict(self) -> dict[str, Any]:
        """Give what `json` can write."""
        return {
            "form": _FORM,
            "keys": hashing.KEY_SCHEME,
            "run": self.run,
            "as_of": self.as_of.isoformat(),
            "catalogue": self.catalogue,
            "shards": self.shards,
            "seen": sorted(self.seen),
            "stores": self.stores,
            "sizes": self.sizes,
            "checks": self.checks,
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Manifest:
        """Undo `to_dict`; raises ValueError if the form or the scheme of the keys is another."""
        if (data["form"], data["keys"]) != (_FORM, hashing.KEY_SCHEME):
            raise ValueError(f"form {data['form']}, keys {data['keys']}")
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
            stores,
            data["sizes"],
            data["checks"],
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
    """Add the files in use: how large they are, and of those that are new what they hold.

    A new name of an old file is no new file.
    """
    stats = {str(path.relative_to(root)): path.stat() for path in sorted(used)}
    sizes = {name: stat.st_size for name, stat in stats.items()}
    old = frozenset() if before is None else before.sizes.keys()
    linked = {_inode(root / name) for name in old}
    new = [name for name, stat in stats.items() if name not in old and stat.st_ino not in linked]
    return replace(manifest, sizes=sizes, checks=_sums(root, new))


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def read_manifest(root: Path) -> Manifest | None:
    """Read the manifest of a cache; a damaged cache has none, since it can be made anew.

    Damage that shows is that of the manifest, a file that is missing or of another size, and any
    change to a file of the last run. The older files are not read for this: they are most of it.
    """
    try:
        manifest = Manifest.from_text((root / MANIFEST).read_text(encoding="utf-8"))
        if any((root / name).stat().st_size != size for name, size in manifest.sizes.items()):
            return None
        if _sums(root, manifest.checks) != manifest.checks:
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest


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


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
