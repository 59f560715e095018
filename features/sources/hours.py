"""A folder with a file for each hour, as GH Archive's: ``2026-02-01-5.json.gz``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from features.errors import KloutError
from features.sources.reader import one_file

MOST_NAMED = 10
"""Missing hours that are named; of more, only how many there are."""

_HOUR = re.compile(r"(\d{4}-\d\d-\d\d)-(\d{1,2})\.json(\.gz|\.zst)?")


def hour_of(name: str) -> datetime | None:
    """Read the hour that a file is named by; None if it is not.

    >>> hour_of("2026-02-01-5.json.gz"), hour_of("2026-02-30-5.json"), hour_of("notes.txt")
    (datetime.datetime(2026, 2, 1, 5, 0), None, None)
    """
    match = _HOUR.fullmatch(name)
    try:
        return None if match is None else datetime.strptime(f"{match[1]} {match[2]}", "%Y-%m-%d %H")
    except ValueError:
        return None


def files_of(path: Path) -> list[Path]:
    """List the file, or the hours of a folder in their order, which is not that of their names.

    Raises
    ------
    KloutError
        If a folder has none, or one twice, or one is empty.
    """
    if not path.is_dir():
        return one_file(path)
    hours = _hours(path)
    if not hours:
        raise KloutError(f"{path}: no hours here, named as 2026-02-01-5.json.gz")
    return [file for hour in sorted(hours) for file in one_file(hours[hour])]


def missing(path: Path) -> list[str]:
    """Name, in a sentence, the hours that a folder lacks between its first and its last."""
    hours = _hours(path) if path.is_dir() else {}
    if not hours:
        return []
    first, last = min(hours), max(hours)
    every = (first + timedelta(hours=n) for n in range((last - first) // timedelta(hours=1)))
    lacking = [f"{hour:%Y-%m-%d}-{hour.hour}" for hour in every if hour not in hours]
    if not lacking:
        return []
    more = len(lacking) - MOST_NAMED
    named = ", ".join(lacking[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    return [f"{path}: {len(lacking):,} hours are missing: {named}"]


def _hours(folder: Path) -> dict[datetime, Path]:
    found: dict[datetime, Path] = {}
    for file in sorted(folder.iterdir()):
        hour = hour_of(file.name)
        if hour in found:
            raise KloutError(f"{file}: the hour of {found[hour].name}; give one of them")
        if hour is not None:
            found[hour] = file
    return found
