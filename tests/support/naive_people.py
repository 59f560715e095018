"""Those who act and those who receive, in plain Python: whose, how known, how far believed.

The part of the naive twin that knows people; see `tests.support.naive`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from features.catalogue.catalogue import Catalogue

World = Mapping[str, list[dict[str, Any]]]
Signals = dict[str, dict[str, float]]
"""Person to signal to value."""
Account = tuple[str, str]
"""Network and account."""

MILLION = 1_000_000
QUARTERS = 4


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


# --- whose an account is ---------------------------------------------------------------------


class Owners:
    """Whose each account is at ``as_of``, by the identity rows connected before it."""

    def __init__(self, identities: Iterable[dict[str, Any]], as_of: date, catalogue: Catalogue):
        self.personal_only = {n.name for n in catalogue.networks if n.personal_only}
        self.claimed: set[Account] = set()
        self.active: dict[Account, tuple[str, str]] = {}  # account to its person and kind
        for key, (kind, disconnected) in sorted(merged(identities, as_of).items(), key=_rank):
            network, account, person, _ = key
            self.claimed.add((network, account))
            if disconnected is None or disconnected >= midnight(as_of):
                self.active.setdefault((network, account), (person, kind))

    def of(self, network: str, account: str) -> str | None:
        """The person; None if the account is disconnected, so nobody's."""
        if (network, account) not in self.claimed:
            return f"{network}:{account}"
        return self.active.get((network, account), (None, ""))[0]

    def receiver(self, network: str, account: str) -> str | None:
        """Who is credited with what the account receives, publishes and is counted for."""
        _, kind = self.active.get((network, account), (None, ""))
        if network in self.personal_only and kind == "page":
            return None
        return self.of(network, account)


def merged(
    identities: Iterable[dict[str, Any]], as_of: date
) -> dict[tuple[Any, ...], tuple[Any, Any]]:
    """Claims, (network, account, person, connected_at) to kind and earliest disconnected_at."""
    claims: dict[tuple[Any, ...], tuple[Any, Any]] = {}
    for row in identities:
        if row["connected_at"] >= midnight(as_of):
            continue
        key = (row["network"], row["account"], row["person"], row["connected_at"])
        _, before = claims.get(key, (None, None))
        times = [at for at in (before, row["disconnected_at"]) if at is not None]
        claims[key] = (row["kind"], min(times, default=None))
    return claims


def _rank(claim: tuple[tuple[Any, ...], Any]) -> tuple[float, str]:
    """The claim that wins comes first: the latest, of several the smallest person id."""
    _, _, person, connected_at = claim[0]
    return (-connected_at.timestamp(), person)


# --- how much an actor's attention is worth --------------------------------------------------


class Standings:
    """Standing in millionths: doubles every 10 points of the actor's score of the day."""

    def __init__(
        self,
        scores: Iterable[dict[str, Any]],
        as_of: date,
        given: Mapping[str, float] | None,
        owners: Owners,
    ):
        self.owners = owners
        self.history: dict[str, dict[date, float]] = defaultdict(dict)
        for row in scores:
            if row["as_of"] < midnight(as_of):
                self.history[row["person"]][row["as_of"].date()] = row["score"]
        self.given = {} if self.history else dict(given or {})

    def of(self, network: str, actor: str, day: date) -> int:
        score = self._score(self.owners.of(network, actor), day)
        return MILLION if score is None else round(2 ** (score / 10) * MILLION)

    def _score(self, person: str | None, day: date) -> float | None:
        if person is None:
            return None
        if not self.history:
            return self.given.get(person)
        known = {date: score for date, score in self.history.get(person, {}).items() if date <= day}
        return known[max(known)] if known else None


# --- how far an actor is believed ------------------------------------------------------------


class Beliefs:
    """Authenticity in quarters of each account, as known at ``as_of``."""

    def __init__(self, world: World, as_of: date, given: Mapping[Account, float] | None):
        end = midnight(as_of)
        history = [row for row in world.get("authenticity", []) if row["as_of"] <= end]
        decided = [row for row in world.get("overrides", []) if row["decided_at"] < end]
        computed = latest(history, "as_of") if history else dict(given or {})
        self.known = computed | latest(decided, "decided_at")

    def quarters(self, network: str, actor: str) -> int:
        return int(QUARTERS * self.known.get((network, actor), 1))


def latest(rows: Iterable[dict[str, Any]], time: str) -> dict[Account, float]:
    """Of each account the latest; of the same time, the smallest."""
    ordered = sorted(rows, key=lambda row: (row[time], -row["authenticity"]))
    return {(row["network"], row["account"]): row["authenticity"] for row in ordered}
