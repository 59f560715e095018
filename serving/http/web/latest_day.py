"""What the store says, for a page: all of one day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from serving.http.api.context import Context
from serving.http.web.no_page import Closed, Missing
from serving.http.web.score_line import DAYS
from serving.store import Snapshot
from serving.store.published_rows import HistoryPoint, PublishedDay, Scored

PERIODS = (7, 30, 90)
"""Days over which changes are told."""


@dataclass(frozen=True)
class ScoreChange:
    """A change of score; None: there was no score so many days ago."""

    days: int
    points: float | None


@dataclass(frozen=True)
class PageDay:
    """A snapshot of which a day is known, and what its networks are called."""

    context: Context
    snapshot: Snapshot
    day: PublishedDay

    @cached_property
    def titles(self) -> dict[str, str]:
        """Networks as people write them; one that the model does not know is not among them."""
        return {each.name: each.title for each in self.context.networks(self.day.as_of)}

    def title(self, network: str) -> str:
        """Write a network's name as people do."""
        return self.titles.get(network, network)

    def person(self, name: str) -> Scored:
        """Find a person by its id, or by ``network:account``.

        Raises
        ------
        Missing
            If there is none.
        """
        if (found := self.find(name)) is None:
            raise Missing(f"There is no score for “{name}”.")
        return found

    def find(self, name: str) -> Scored | None:
        """Find a person as `person` does; None: there is none."""
        if not name or "\0" in name:  # which no store keeps
            return None
        network, colon, account = name.partition(":")
        owner = self.snapshot.owner(network, account) if colon else None
        return self.snapshot.person(name) or owner

    def search(self, words: str, limit: int) -> list[Scored]:
        """Find people whose names begin so."""
        return self.snapshot.search(words, limit) if words and "\0" not in words else []

    def points(self, people: Sequence[Scored]) -> dict[str, list[HistoryPoint]]:
        """Read the scores of the last 90 days."""
        since = self.day.as_of - timedelta(DAYS)
        ids = [each.person for each in people]
        found = self.snapshot.histories(ids, since, self.day.as_of)
        return {each: found.get(each, []) for each in ids}


def changes(scored: Scored, points: Sequence[HistoryPoint], now: PageDay) -> list[ScoreChange]:
    """Compute the changes over `PERIODS`, ending on the latest day."""
    by_day = {point.as_of: point.score for point in points}
    before = {days: by_day.get(now.day.as_of - timedelta(days)) for days in PERIODS}
    return [
        ScoreChange(days, None if then is None else scored.score - then)
        for days, then in before.items()
    ]


@contextmanager
def open_page_day(context: Context) -> Iterator[PageDay]:
    """Open a snapshot.

    Raises
    ------
    Closed
        If there is no store, or nothing is published.
    """
    if context.store is None:
        raise Closed("This server has no published scores.")
    with context.store.read() as snapshot:
        if snapshot.day is None:
            raise Closed("No day is published yet.")
        yield PageDay(context, snapshot, snapshot.day)
