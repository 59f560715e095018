"""From the store's records to answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from serving.http.api.answers import Coverage, Deltas, Person
from serving.http.api.context import Context
from serving.http.api.refusals import nobody, unavailable
from serving.store import Snapshot
from serving.store.published_rows import PublishedDay, Scored

DELTAS = {"day": 1, "week": 7, "month": 30}
"""Days back."""
_KEPT = ("person", "name", "score", "percentile", "confidence", "low", "high", "influence", "rank")


@dataclass(frozen=True)
class LatestDay:
    """One snapshot of the store, and the latest day in it."""

    snapshot: Snapshot
    day: PublishedDay

    @property
    def head(self) -> dict[str, Any]:
        """Give what every answer begins with."""
        day = self.day
        return {"as_of": day.as_of, "model": day.model, "catalogue": day.catalogue}

    def scored(self, person: str, blamed: str = "person") -> Scored:
        """Find a person.

        Raises
        ------
        Refused
            404 if it has no score.
        """
        found = self.snapshot.person(person)
        if found is None:
            raise nobody(blamed)
        return found

    def deltas(self, people: Iterable[Scored]) -> dict[str, Deltas]:
        """Compute how far the scores of people have moved."""
        days = {name: self.day.as_of - timedelta(back) for name, back in DELTAS.items()}
        scores = {each.person: each.score for each in people}
        before = self.snapshot.scores_on(scores, list(days.values()))
        return {
            person: Deltas(
                **{name: _change(score, before.get(person, {}), day) for name, day in days.items()}
            )
            for person, score in scores.items()
        }

    def fields(self, people: Sequence[Scored]) -> list[dict[str, Any]]:
        """Make the fields of `Person` of each."""
        deltas = self.deltas(people)
        return [_fields(each, deltas[each.person]) for each in people]

    def people(self, people: Sequence[Scored]) -> list[Person]:
        """Make answers of several people."""
        return [Person(**each) for each in self.fields(people)]


@contextmanager
def open_latest_day(context: Context) -> Iterator[LatestDay]:
    """Give the latest day in one snapshot.

    Raises
    ------
    Refused
        503 while no day is published, or the server was given no store.
    """
    if context.store is None:
        raise unavailable("this server was started without a store of scores")
    with context.store.read() as snapshot:
        if snapshot.day is None:
            raise unavailable("no day is published yet")
        yield LatestDay(snapshot, snapshot.day)


def _change(score: float, before: dict[date, float], day: date) -> float | None:
    # The history is exact to a millionth; more digits would be noise.
    return round(score - before[day], 6) if day in before else None


def _fields(scored: Scored, deltas: Deltas) -> dict[str, Any]:
    coverage = Coverage(share=scored.coverage, networks=sorted(scored.parts))
    made = {name: getattr(scored, name) for name in _KEPT}
    return made | {"coverage": coverage, "deltas": deltas}
