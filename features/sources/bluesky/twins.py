"""One fact that several records state: a like, repost or follow counts once, however often written.

Applications write one record, but a server takes several of the same subject. Of those that stand
the one of the lowest address counts, and the others are retracted; when it goes, the next one is
restored. So whoever reads the same records in another order counts the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from hashlib import blake2b

KEPT = 500_000
"""Facts that are remembered, twice as many at most: some 200 bytes each. Records that are further
apart in a stream than so many likes, reposts and follows count each."""

Stands = Callable[[str], bool]
"""Tells whether what an id names stands."""


@dataclass
class Twins:
    """Which records state which facts.

    Attributes
    ----------
    recent, older
        Fact (its hash) to the id of the last record that states it.
    groups
        Id of a record to the ids of all that state its fact, of facts that several do.
    times
        Id to when it was last retracted or restored for the sake of another, in microseconds.
    """

    recent: dict[int, str] = field(default_factory=dict)
    older: dict[int, str] = field(default_factory=dict)
    groups: dict[str, tuple[int, set[str]]] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)

    def met(self, facts: list[int], names: list[str], changed: Container[str]) -> list[int]:
        """Take records at once; returns the places of those that must be looked at one by one.

        They state what a record stated before, or are among those that were changed since.
        """
        again = []
        for place, (fact, name) in enumerate(zip(facts, names, strict=True)):
            if fact in self.recent or fact in self.older or name in changed:
                again.append(place)
            else:
                self.recent[fact] = name
        self._forget()
        return again

    def states(self, fact: int, name: str, stands: Stands) -> str | None:
        """Take a record that stands and states a fact; returns the id that counts no more, if any.

        It is the record's own, if an older one counts.
        """
        before = self._put(fact, name)
        if before is None or before == name or name in self.groups or not stands(before):
            return None
        group = self.groups.get(before, (fact, {before}))[1]
        counted = min(filter(stands, group))
        group.add(name)
        self.groups |= dict.fromkeys(group, (fact, group))
        return max(counted, name)

    def goes(self, name: str, stands: Stands) -> str | None:
        """Take a record that stands no more; returns the id that counts in its place, if any."""
        if name not in self.groups:
            return None
        fact, group = self.groups.pop(name)
        group.discard(name)
        left = sorted(filter(stands, group))
        if left:
            self._put(fact, left[0])
        if len(group) == 1:
            self.groups.pop(*group)
        return left[0] if left and name < left[0] else None

    def later(self, name: str, seen: int) -> int:
        """Give when something becomes of an id: after what became of it before, as the last holds.

        Of two at one instant it would be the one that undoes.
        """
        return max(seen, self.times.get(name, 0) + 1)

    def _put(self, fact: int, name: str) -> str | None:
        """Note that a record states a fact; returns which one did before."""
        before = self.recent.get(fact) or self.older.get(fact)
        self.recent[fact] = name
        self._forget()
        return before

    def _forget(self) -> None:
        if len(self.recent) >= KEPT:
            self.recent, self.older = {}, self.recent


def fact_of(told: tuple[str, str, str]) -> int:
    """Stand for a reaction, its actor and its subject by 64 bits."""
    return int.from_bytes(blake2b("\0".join(told).encode(), digest_size=8).digest())
