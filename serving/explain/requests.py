"""What may be asked: what if more people reacted, or fewer posts drew nothing, or a network more.

More people are literal interactions: put into the lake, they give the score that is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from features.errors import KloutError

SPREAD = 30
"""Days before the date over which the new reactions are spread."""

MOST = 1_000_000
"""People or posts that may be asked for."""


@dataclass(frozen=True)
class ReactorKind:
    """What new people are like.

    Attributes
    ----------
    score
        Theirs, for their standing; None: never scored.
    busy
        Reactions of the kind that each makes in a day when it reacts: its attention is divided by
        them.
    """

    score: float | None = None
    busy: int = 1


@dataclass(frozen=True)
class MoreReactors:
    """More distinct people who react.

    Attributes
    ----------
    network, reaction
        Where and how. Of a network where the person has no account, one is connected.
    people
        How many.
    times
        On how many days each of them reacts, once a day.
    kind
        What they are like; None: like those who react in this way today.
    """

    network: str
    reaction: str
    people: int
    times: int = 1
    kind: ReactorKind | None = None


@dataclass(frozen=True)
class FewerPosts:
    """Fewer posts that draw nothing: the newest of them are left out."""

    network: str
    posts: int


@dataclass(frozen=True)
class WithSignals:
    """Other signals on a network, as ``{"twitter.lists": 3.0}``; those not named stay."""

    network: str
    signals: dict[str, float]


Ask = MoreReactors | FewerPosts | WithSignals


def checked(ask: Ask, reactions: list[str]) -> None:
    """Check what was asked against a network's reactions.

    Raises
    ------
    KloutError
        If there is no such reaction, or a number is not above 0 or too large.
    """
    if isinstance(ask, MoreReactors):
        if ask.reaction not in reactions:
            raise KloutError(f"{ask.network} has no reaction {ask.reaction!r}; has {reactions}")
        if not 1 <= ask.times <= SPREAD:
            raise KloutError(f"times is {ask.times}; expected 1 to {SPREAD}, on a day each")
        _within(ask.people, "people")
    if isinstance(ask, FewerPosts):
        _within(ask.posts, "posts")


def _within(value: int, what: str) -> None:
    if not 1 <= value <= MOST:
        raise KloutError(f"{what} is {value}; expected 1 to {MOST:,}")
