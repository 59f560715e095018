"""Days that the gate held: computed, kept in the lake's quarantine, and published nowhere.

A held day is two files of `FOLDER`: ``DAY.parquet``, as it would be in ``published``, and
``DAY.json``, its report, which comes last. Whoever runs the day again computes it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Lake
from features.lake.published import by_day, published, scored_days
from features.people.scrubbing import HELD, PUBLISHED
from features.storage.atomic import replacing, sync_file, sync_folder
from features.storage.paths import remove
from serving.daily.gate import Bounds, Figures, broken
from serving.daily.report import RunReport
from training.influence.model import Model


class HeldError(KloutError):
    """A day was computed, and is beyond the bounds that it must keep to be published.

    Attributes
    ----------
    report
        Of the run.
    """

    def __init__(self, message: str, report: RunReport) -> None:
        super().__init__(message)
        self.report = report


def beyond(
    lake: Lake, as_of: date, scores: pl.DataFrame, model: Model, most: Bounds
) -> tuple[str, ...]:
    """Say by how much a day is beyond its bounds, beside the day published before it."""
    before = max((day for day in scored_days(lake) if day < as_of), default=None)
    then = None if before is None else _figures(lake, before, model)
    said = broken(then, Figures.of(scores.lazy()), most)
    return tuple(each if before is None else f"{each} since {before}" for each in said)


def hold(root: Path, scores: pl.DataFrame, report: RunReport) -> HeldError:
    """Keep a day in quarantine; returns what to raise."""
    as_of, folder = report.as_of, root / HELD
    for file, write in (
        (folder / f"{as_of}.parquet", scores.write_parquet),
        (folder / f"{as_of}.json", lambda draft: draft.write_text(report.to_json())),
    ):
        with replacing(file) as draft:
            write(draft)
            sync_file(draft)
    sync_folder(folder)
    return HeldError(
        f"{as_of} is held, not published: {'; '.join(report.beyond)}. It is in {folder}; "
        "`--accept WHY` lets it through",
        report,
    )


def held_days(root: Path) -> list[date]:
    """Name the days that are held, in order."""
    return sorted({day for day, _ in by_day(root / HELD)})


def let_go(root: Path, days: Sequence[date]) -> None:
    """Remove what is held of some days: they are published, or taken back."""
    remove([file for day, file in by_day(root / HELD) if day in days])


def _figures(lake: Lake, day: date, model: Model) -> Figures:
    """Read a published day; its parts are left out where they can't be compared, or are gone."""
    file = lake.root / PUBLISHED / f"{day}.parquet"
    rows = lake.scan("scores", since=day, until=day + timedelta(1))
    if published(lake).get(day) == model.version and file.exists():
        rows = pl.scan_parquet(str(file), glob=False)
    return Figures.of(rows)
