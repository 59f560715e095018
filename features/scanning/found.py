"""What a scan finds of a person: contents, and who reacted to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


class Reaction(NamedTuple):
    """Somebody's reaction to the person.

    Attributes
    ----------
    reaction, actor, content
        As in the table `interactions`.
    id
        The same; None where the network does not say what it calls it.
    at
        When. Of one whose time the network does not tell, when the content was published.
    """

    reaction: str
    actor: str
    content: str | None
    at: datetime
    id: str | None = None


@dataclass
class Found:
    """A content, and all that is found of it.

    Attributes
    ----------
    content, kind, at
        As in the table `contents`.
    reactions
        To it.
    unlisted
        How many reactions the network counts, but does not list.
    """

    content: str
    kind: str
    at: datetime
    reactions: list[Reaction] = field(default_factory=list)
    unlisted: int = 0

    def hidden(self, number: int) -> None:
        """Note how many reactions are counted, but not listed; below 0 there are none."""
        self.unlisted += max(0, number)


class Profile(NamedTuple):
    """An account as the network shows it.

    Attributes
    ----------
    account
        As the lake has it.
    followers
        How many accounts follow it.
    contents
        What there is of it, from the newest; asked for when it is wanted.
    """

    account: str
    followers: int
    contents: Iterator[Found]


class Wanted(NamedTuple):
    """What a scan is to find.

    Attributes
    ----------
    account
        As people give it.
    since, before
        The days of the contents: from the first, up to the day before the second.
    is_own
        Whether the account is that of whoever asks, so that its flags stop nothing.
    """

    account: str
    since: date
    before: date
    is_own: bool = False

    def has(self, at: datetime) -> bool:
        """Whether a content of this time is wanted."""
        return self.since <= at.date() < self.before
