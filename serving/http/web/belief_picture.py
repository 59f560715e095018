"""What is discounted, as bars: reactions that count and that do not, and who gave them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serving.http.web.authenticity_part import Beliefs, ReceivedAuthenticity

WHOLLY = 1.0
LEAST = 1.0
"""Of a bar, in percent: whoever is there is seen."""


@dataclass(frozen=True)
class BeliefPiece:
    """A piece of a bar, in percent of its width; `step` is the percent that is believed."""

    x: float
    width: float
    step: int


@dataclass(frozen=True)
class DiscountRow:
    """A network, or all: reactions received and counted, and their givers by step."""

    network: str | None
    reactions: int
    counted: float
    people: tuple[tuple[float, int], ...]
    bar: list[BeliefPiece]

    @property
    def discounted(self) -> float:
        """The share of reactions that does not count."""
        return 1 - self.counted / self.reactions


@dataclass(frozen=True)
class BeliefPicture:
    """All networks together, each, and how many accounts of the person are believed wholly."""

    whole: DiscountRow | None
    networks: list[DiscountRow]
    believed: int


def picture(found: Beliefs) -> BeliefPicture:
    """Lay out what the integrity page shows."""
    rows = [_row(each.network, [each]) for each in found.received]
    whole = _row(None, found.received) if found.received else None
    return BeliefPicture(whole, rows, sum(a.authenticity == WHOLLY for a in found.accounts))


def _row(network: str | None, received: Sequence[ReceivedAuthenticity]) -> DiscountRow:
    people: dict[float, int] = {}
    for each in received:
        for step, count in each.people:
            people[step] = people.get(step, 0) + count
    steps = tuple(sorted(people.items(), reverse=True))
    reactions = sum(each.reactions for each in received)
    counted = sum(each.counted for each in received)
    return DiscountRow(network, reactions, counted, steps, _bar(steps))


def _bar(steps: Sequence[tuple[float, int]]) -> list[BeliefPiece]:
    whole, at, found = sum(count for _, count in steps), 0.0, []
    shares = [max(LEAST, 100 * count / whole) for _, count in steps]
    for (step, _), share in zip(steps, shares, strict=True):
        width = 100 * share / sum(shares)
        found.append(BeliefPiece(round(at, 2), round(width, 2), round(100 * step)))
        at += width
    return found
