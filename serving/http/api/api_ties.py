"""Who influences whom: found in the lake, told of those who have a score, with that of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from features.lake import Lake
from serving.explain import ties
from serving.http.api import answers
from serving.http.api.answer_parts import LatestDay, open_latest_day
from serving.http.api.context import Context
from serving.http.api.explanations import AnswerPlace, place_of
from serving.store import Snapshot
from serving.store.published_rows import Scored

T = TypeVar("T")

SHOWN = 10
KEPT = 100
"""Of those found so many are remembered: some may leave during the day."""

_FIND = {"influencers": ties.influencers, "influencees": ties.influencees}
_AT_ONCE = 500
"""Looked up together: many who react have no score."""


@dataclass(frozen=True)
class Tied:
    """Whom a person is tied to.

    Attributes
    ----------
    count
        All of them, with or without a score.
    people
        Up to `SHOWN` of those with a score, and attention in units; the most first.
    """

    count: int
    people: list[tuple[Scored, float]]


@dataclass(frozen=True)
class _Found:
    """The same before their scores are read: up to `KEPT` ids."""

    count: int
    people: tuple[tuple[str, float], ...]


class _AnotherDay(Exception):  # noqa: N818 (it names what happened)
    """A day was published while a question was being answered."""


def influencers(context: Context, person: str) -> answers.Ties:
    """Name who influenced a person most: to whom it gave most attention in 90 days."""
    return _ties(context, person, "influencers")


def influencees(context: Context, person: str) -> answers.Ties:
    """Name whom a person influenced most: who gave it most attention in 90 days."""
    return _ties(context, person, "influencees")


def of_one_day(
    place: Callable[[], AnswerPlace],
    kinds: Sequence[str],
    answer: Callable[[LatestDay, list[Tied]], T],
) -> T:
    """Find ties and answer from one snapshot; anew if a day is published meanwhile.

    Parameters
    ----------
    place
        Says whom it is about, on the latest day.
    kinds
        ``influencers``, ``influencees``.
    answer
        Is given the snapshot and, of each kind, what was found.
    """
    while True:
        with suppress(_AnotherDay):
            at = place()
            found = [_remembered(at, kind) for kind in kinds]
            with _same_day(at) as now:
                now.scored(at.person, at.blamed)
                return answer(now, [_scored(now.snapshot, each) for each in found])


def _ties(context: Context, person: str, kind: str) -> answers.Ties:
    def answer(now: LatestDay, found: list[Tied]) -> answers.Ties:
        [tied] = found
        people = [
            answers.Tie(
                person=scored.person, name=scored.name, score=scored.score, attention=attention
            )
            for scored, attention in tied.people
        ]
        return answers.Ties(**now.head, person=person, count=tied.count, people=people)

    return of_one_day(lambda: place_of(context, person), [kind], answer)


@contextmanager
def _same_day(at: AnswerPlace) -> Iterator[LatestDay]:
    with open_latest_day(at.context) as now:
        if now.day != at.day:
            raise _AnotherDay
        yield now


def _remembered(at: AnswerPlace, kind: str) -> _Found:
    def find() -> _Found:
        with at.told():
            given = _FIND[kind](Lake(at.lake), at.as_of, at.person, at.in_force.model.catalogue)
        with _same_day(at) as now:
            return _Found(len(given), _first(now.snapshot, given))

    # A day may be published again, with other people.
    return at.kept(f"{kind} {at.day.published_at}", find)


def _first(snapshot: Snapshot, given: pl.DataFrame) -> tuple[tuple[str, float], ...]:
    """Take the first who have a score."""
    found: list[tuple[str, float]] = []
    # The store has no id with a NUL, and PostgreSQL can't even be asked for one.
    sound = given.filter(~pl.col("person").str.contains("\0", literal=True))
    for some in sound.iter_slices(_AT_ONCE):
        there = snapshot.people(some["person"])
        found += [(who, much / ties.UNIT) for who, much in some.iter_rows() if who in there]
        if len(found) >= KEPT:
            break
    return tuple(found[:KEPT])


def _scored(snapshot: Snapshot, found: _Found) -> Tied:
    there = snapshot.people(who for who, _ in found.people)
    people = [(there[who], attention) for who, attention in found.people if who in there]
    return Tied(found.count, people[:SHOWN])
