"""What a lake takes on disk."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from features.catalogue.catalogue import HORIZON
from features.lake import Lake
from features.lake.computed import CACHE
from features.people.scrubbing import PUBLISHED
from features.storage.paths import bytes_of


@dataclass(frozen=True)
class Disk:
    """Bytes, whole and for each million interactions.

    Attributes
    ----------
    interactions
        Files of the table, of all days that the lake keeps.
    cache
        What is kept from run to run, of the widest window.
    published
        This day's scores.
    per_million
        Of `interactions` for each million of the table; of the others for each million in the
        widest window, which they are computed from. Empty where there are none.
    """

    interactions: int
    cache: int
    published: int
    per_million: dict[str, float] = field(default_factory=dict)


def disk_of(root: Path, as_of: date, kept: Path | None = None) -> Disk:
    """Measure a lake after the run of a day, and the folder of its cache (None: in the lake)."""
    lake = Lake(root)
    files = lake.files("interactions")
    window = lake.files("interactions", None, as_of - timedelta(HORIZON), as_of)
    every, recent = (sum(file.rows for file in each) for each in (files, window))
    raw = sum(bytes_of(root, (file.path for file in files)).values())
    cache = _bytes((root / CACHE if kept is None else kept).rglob("*"))
    published = sum(bytes_of(root, [f"{PUBLISHED}/{as_of}.parquet"]).values())
    parts = {
        "interactions": (raw, every),
        "cache": (cache, recent),
        "published": (published, recent),
    }
    per_million = {name: 1e6 * size / rows for name, (size, rows) in parts.items() if rows}
    return Disk(raw, cache, published, per_million)


def _bytes(paths: Iterable[Path]) -> int:
    total = 0
    for path in paths:
        # What a rewriting deletes meanwhile no longer takes anything.
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total
