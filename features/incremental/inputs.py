"""What a run reads of the lake, and what of it is new since the run before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.lake import Lake
from features.lake.ledger import LakeFile, by_day, day_of
from features.lake.times import midnight
from features.signals.standing import standing_by_person


@dataclass(frozen=True)
class Inputs:
    """The lake as of a date, beside the lake that the run before saw.

    Attributes
    ----------
    lake
        What happened.
    as_of
        The date of the run.
    since
        The date of the run before; None: there was none.
    seen
        The files that it had seen.
    """

    lake: Lake
    as_of: date
    since: date | None
    seen: frozenset[str]

    @property
    def start(self) -> date:
        """The first day of the widest window."""
        return self.as_of - timedelta(HORIZON)

    def files_by_day(self, network: str, table: str = "interactions") -> dict[int, list[LakeFile]]:
        """Files of a network's table in the widest window, by day since 1970."""
        return by_day(self.lake.files(table, [network], self.start, self.as_of))

    def is_new(self, file: LakeFile) -> bool:
        """Whether the run before had not seen a file."""
        return file.path not in self.seen

    def new(self, table: str, network: str, since: date | None = None) -> pl.LazyFrame:
        """Rows from before `as_of` that the run before had not counted.

        It had not seen their file, or they are of a day that had not come yet.
        """
        files = self.lake.files(table, [network], since, self.as_of)
        fresh = [file for file in files if self.is_new(file) or self._to_come(file)]
        rows = self.lake.scan_files(table, fresh)
        return rows if since is None else rows.filter(pl.col("at") >= midnight(since))

    def left(self, table: str, network: str, window: int) -> pl.LazyFrame:
        """Rows that were in a window at the run before and have left it."""
        assert self.since is not None
        since, until = (end - timedelta(window) for end in (self.since, self.as_of))
        return self._seen(table, network, since, min(until, self.since))

    def counted_before(
        self, table: str, network: str, days: Collection[int] | None = None
    ) -> pl.LazyFrame:
        """Rows that the run before had seen, and that were and are in the widest window.

        Of some `days` since 1970, or all (None).
        """
        return self._seen(table, network, self.start, self.since, days)

    def _seen(
        self,
        table: str,
        network: str,
        since: date,
        until: date | None,
        days: Collection[int] | None = None,
    ) -> pl.LazyFrame:
        files = [
            file
            for file in self.lake.files(table, [network], since, until)
            if not self.is_new(file) and (days is None or day_of(file) in days)
        ]
        return self.lake.scan_files(table, files)

    def standing(self, persons: pl.Series) -> pl.DataFrame | None:
        """Standing of some people on all days before the run before, from the history of scores."""
        assert self.since is not None
        return standing_by_person(self.lake, self.since, None, persons)

    def _to_come(self, file: LakeFile) -> bool:
        return self.since is None or date.fromisoformat(str(file.day)) >= self.since
