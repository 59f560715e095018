"""What reading the store gives: plain and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class PublishedDay:
    """A published day.

    Attributes
    ----------
    as_of
        The day.
    model, catalogue
        Version of the model that scored, and digest of its signals (None: not known).
    published_at
        When the store got it, UTC.
    persons
        How many had a score.
    """

    as_of: date
    model: str
    catalogue: str | None
    published_at: datetime
    persons: int


@dataclass(frozen=True)
class Scored:
    """A person on the latest day.

    Attributes
    ----------
    person
        Its id.
    score, influence, percentile
        As published, to the last bit; percentile in percent of the reference population.
    confidence, low, high
        How sure the score is: see `training.influence.confidence`.
    rank
        1 is the highest score; equal scores in the order of ids.
    coverage
        Share of the model's networks that have a part in the score, or what the publisher gave.
    parts
        Part of influence by network, those above 0.
    klout_id
        Its number in the Klout API v2.
    name
        What its profiles call it; None: nothing.
    """

    person: str
    score: float
    influence: float
    percentile: float
    confidence: float
    low: float
    high: float
    rank: int
    coverage: float
    parts: Mapping[str, float]
    klout_id: int
    name: str | None = None

    @property
    def called(self) -> str:
        """Give what to call it: its name, else its id."""
        return self.name or self.person


@dataclass(frozen=True)
class Ranked:
    """A place on a leaderboard: from 1, with gaps where somebody was removed."""

    place: int
    scored: Scored


@dataclass(frozen=True)
class HistoryPoint:
    """A score of the history, exact to a millionth of a point."""

    as_of: date
    score: float


@dataclass(frozen=True)
class Key:
    """A key to the API. The secret itself is nowhere kept.

    Attributes
    ----------
    id
        Names it in `klout keys list` and `revoke`, and in logs.
    name
        Whom it was given to.
    scopes
        Of `serving.store.api_keys.SCOPES`.
    per_minute
        Requests allowed; None: no limit.
    created_at, revoked_at
        UTC; a revoked key opens nothing.
    """

    id: str
    name: str
    scopes: frozenset[str]
    per_minute: int | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class StoredJob:
    """Something that was asked for.

    Attributes
    ----------
    id
        By which it is asked for; nobody guesses it.
    what, person
        What is to be done, and to whom; None: it is done.
    state
        ``queued``, ``running``, ``done`` or ``failed``.
    reason
        A line about it: why it waits or has failed, or what there was to do.
    asked_at
        When, UTC.
    """

    id: str
    what: str
    person: str | None
    state: str
    reason: str | None
    asked_at: datetime
