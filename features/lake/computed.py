"""What was computed from a lake's files, and may be lost at any time: how it is told from others'.

`features.incremental.cache` keeps it; what rewrites the lake's files drops it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from features.storage.folders import CACHE as KIND
from features.storage.folders import MARKER, read_marker, remove_files

CACHE = "cache"
"""The folder in the lake."""

BY_ACCOUNT = "by_account"
"""Another, of `features.lake.by_account`."""
SEGMENT = re.compile(r"(interactions|contents)-[0-9a-f]{20}\.bin|\.[0-9a-f]{16}")
"""How its files are named, and drafts of them."""

LOCK = ".lock"
"""Held by the run that is at work on it."""

MANIFEST = "manifest.json"
"""Names the files in use; without it none is."""

_NAME = re.compile(r"(\.?manifest\.json(\.draft)?|[\w.-]+-\d+\.(parquet|arrow|bin))")
"""How a run names its files: what they hold, and the run's number."""


def written(root: Path) -> Iterator[str]:
    """Name the files below a cache's folder that are named as a run names its own.

    Those of a folder with a manifest of its own are another cache's.
    """
    top = os.fspath(root)  # thousands of files: as texts, since paths take several times as long
    for folder, below, files in os.walk(top):
        if folder != top and MANIFEST in files:
            below.clear()
            continue
        inside = folder[len(top) :].lstrip(os.sep)
        for name in files:
            if _NAME.fullmatch(name):
                yield os.path.join(inside, name)  # noqa: PTH118


def drop(lake: Path) -> None:
    """Remove what is kept in a lake, the manifests first: from then on it counts for nothing."""
    _drop_segments(lake)
    root = lake / CACHE
    marker = read_marker(root)
    if marker is None or marker.kind != KIND.name:
        return
    manifests = sorted(root.rglob(MANIFEST))
    remove_files(root, [str(file.relative_to(root)) for file in manifests])
    remove_files(root, list(written(root)))
    left = {path.name for path in root.iterdir()}
    if left <= {MARKER, LOCK}:
        remove_files(lake, [f"{CACHE}/{name}" for name in sorted(left)])


def _drop_segments(lake: Path) -> None:
    files = (lake / BY_ACCOUNT).glob("*/*")
    names = [str(file.relative_to(lake)) for file in files if SEGMENT.fullmatch(file.name)]
    if names:
        remove_files(lake, names)
