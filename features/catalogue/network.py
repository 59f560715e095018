"""What is known of a network before any data is seen: frozen data, no checks and no files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Sign = Literal["up", "down", "free"]

PAGE_FIGURES = ("inlinks", "outlinks", "pagerank")
"""What a page graph says of a page; of these, `outlinks` is no signal, only part of ratios."""


PLAUSIBLE, GROWN = "plausible", "grown"
"""End the names of an audience's discounted signals, as ``twitter.followers.plausible``."""


@dataclass(frozen=True)
class Reaction:
    """A kind of interaction, and what receiving it means."""

    name: str
    meaning: str


@dataclass(frozen=True)
class ContentKind:
    """A kind of content, and the signal that counts how many were published."""

    name: str
    signal: str
    meaning: str


@dataclass(frozen=True)
class Counter:
    """A long-lasting number of an account.

    Attributes
    ----------
    audience
        Whether it counts people, who can be bought. What is learned from is then what of it is
        plausible; see `features.signals.audience`.
    """

    name: str
    unit: str
    sign: Sign
    meaning: str
    audience: bool = False


@dataclass(frozen=True)
class Ratio:
    """One figure of a person by another: ``of / max(at_least, per)``.

    A person's accounts are summed first and divided then.

    A ratio per something that the person does (posts, accounts followed) is safe: nobody else can
    lower it. One per something that others do (followers) falls when they do more of it, so with
    the sign `up` a score may fall because an audience grows; the declarer chooses. Only where
    contents published are part of it is there no choice, since content that draws no reaction must
    never raise a score: `up` for a ratio per contents, `down` for one of contents. A ratio with an
    audience is `up` too, so that bought people never raise a score: of an audience, what of it is
    plausible is divided; per an audience, all that is claimed divides.

    Attributes
    ----------
    of, per
        Names of a counter, of the signal of a content kind, or one of `PAGE_FIGURES`.
    at_least
        The smallest divisor, above 0, in the unit of ``per``.
    """

    name: str
    of: str
    per: str
    at_least: float
    unit: str
    sign: Sign
    meaning: str


@dataclass(frozen=True)
class Network:
    """One network's declaration.

    Attributes
    ----------
    tallies
        Those of `reactions` that are also counted without names, and what such a count means.
    profiles
        Where profiles stand, as ``github.com/{account}``; an account of ``{host}`` is
        ``account@host``. No signal depends on it, so networks that differ by it alone are equal.
    """

    name: str
    title: str
    personal_only: bool = False
    page_graph: bool = False
    reactions: tuple[Reaction, ...] = ()
    tallies: tuple[Reaction, ...] = ()
    contents: tuple[ContentKind, ...] = ()
    counters: tuple[Counter, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    profiles: tuple[str, ...] = field(default=(), compare=False)

    @property
    def audiences(self) -> list[str]:
        """Names of the counters that count people."""
        return [counter.name for counter in self.counters if counter.audience]

    def figures(self) -> Iterator[str]:
        """Name the sums of a person that a ratio may be of or per."""
        yield from (kind.signal for kind in self.contents)
        yield from (counter.name for counter in self.counters)
        if self.page_graph:
            yield from PAGE_FIGURES
