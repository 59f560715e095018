"""Which days are published, as the ledger tells: what daily runs did, less what was withdrawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from features.errors import KloutError
from features.lake import Lake
from features.lake.withdrawals import read_withdrawal
from features.storage.paths import found

DAILY = "daily"
"""Format of the ledger entries that publish a day."""


def source_of(as_of: date | str, version: str) -> str:
    """Say how the ledger names the scores of a day by a model."""
    return f"scores of {as_of} by model {version}"


_SOURCE = re.compile(source_of(r"(\d{4}-\d\d-\d\d)", r"(\w+)"))


def published(lake: Lake) -> dict[date, str]:
    """Name the days that daily runs published, in order, and the version of the model of each."""
    days: dict[date, str] = {}
    for entry in lake.entries:
        if entry.format == DAILY and (named := _SOURCE.fullmatch(entry.source)):
            days[date.fromisoformat(named[1])] = named[2]
        elif (withdrawal := read_withdrawal(entry)) is not None:
            days = {day: version for day, version in days.items() if day < withdrawal.since}
    return dict(sorted(days.items()))


def by_day(folder: Path, kind: str = "*") -> Iterator[tuple[date, Path]]:
    """Find the files of a folder that are named by their day, in order."""
    for file in found(folder, f"????-??-??.{kind}"):
        with suppress(ValueError):  # no day, so none of ours
            yield date.fromisoformat(file.stem), file


def scored_days(lake: Lake) -> list[date]:
    """Name the days of which the lake has scores, whoever computed them."""
    return sorted({date.fromisoformat(str(file.day)) for file in lake.files("scores")})


def is_published(lake: Lake, as_of: date) -> bool:
    """Whether a day's scores are in the history.

    Raises
    ------
    KloutError
        If there are later ones, but not of this day: history is never written backwards.
    """
    # A day on which there was nobody to score has an entry and no file.
    days = sorted({*scored_days(lake), *published(lake)})
    if days and days[-1] > as_of and as_of not in days:
        raise KloutError(
            f"{lake.root}: scores up to {days[-1]} are published; a run goes forward, not back to "
            f"{as_of}. `klout withdraw` takes days back that should not be"
        )
    return as_of in days


def published_by(lake: Lake, as_of: date) -> str | None:
    """Name the version of the model that published a day; None: none did."""
    return published(lake).get(as_of)
