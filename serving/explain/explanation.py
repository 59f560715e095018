"""What an explanation says: plain data, ready for JSON by `as_json`.

Days are ISO dates. A *worth* is in units of influence, *points* are on the public scale.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Worth:
    """What one family of signals brings to a network's part.

    Attributes
    ----------
    family
        A reaction and a measure, all windows together, as ``retweet.reactors``; or a signal
        without a window, as ``followers.plausible``.
    signal, value, unit, window
        The signal of the family that stands for it in words, what it is, and its days if any.
    worth
        Its share of the part; below 0 if it takes away.
    points
        The same in points of score: see `serving.explain.why`.
    percent
        How many of the reference people, in percent, have less; None: not known.
    words
        A sentence without its full stop.
    """

    family: str
    signal: str
    value: float
    unit: str
    window: int | None
    worth: float
    points: float
    percent: float | None
    words: str


@dataclass(frozen=True)
class Part:
    """One network's part of influence.

    Attributes
    ----------
    network, title
        Its name in the catalogue, and as people write it.
    part
        What it adds to influence. The worths of `up`, `down` and `others` add up to it, exactly.
    points
        The same in points of score.
    up, down
        The strongest families, strongest first: those that add, and those that take away.
    others
        The worth of all other families together.
    """

    network: str
    title: str
    part: float
    points: float
    up: tuple[Worth, ...]
    down: tuple[Worth, ...]
    others: float


@dataclass(frozen=True)
class Explanation:
    """Why a person has its score.

    Attributes
    ----------
    base, nobody
        Influence and score of somebody who is nowhere.
    influence
        As published; `base` plus the parts, exactly, where `changed` is 0.
    score
        `nobody` plus the parts' points plus `changed`, but for rounding in the last bits.
    changed
        Of a published score, what the lake's records no longer explain: they are others since, as
        when somebody who reacted was forgotten. The parts are of the records.
    confidence, low, high
        How sure the score is: see `training.influence.confidence`.
    parts
        Of the networks that the person is on, largest first.
    """

    person: str
    as_of: str
    model: str
    score: float
    nobody: float
    changed: float
    influence: float
    base: float
    percentile: float
    confidence: float
    low: float
    high: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Cause:
    """How far one cause moved a score.

    Attributes
    ----------
    name
        One of `serving.explain.change_text.CAUSES`.
    points
        Its share of the change.
    networks
        The same by network; the cause ``model`` and ``record`` know none.
    words
        A sentence without its full stop.
    """

    name: str
    points: float
    networks: dict[str, float]
    words: str


@dataclass(frozen=True)
class Movement:
    """Why a score moved.

    Attributes
    ----------
    since, as_of
        The two dates.
    model_then, model_now
        Versions of the models.
    score_then, score_now
        As published, where the same model published that day; else as the lake says today.
    change
        The causes' points add up to it, but for rounding in the last bits.
    causes
        All that took part, largest first.
    """

    person: str
    since: str
    as_of: str
    model_then: str
    model_now: str
    score_then: float
    score_now: float
    change: float
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class WhatIf:
    """The score that would be.

    Attributes
    ----------
    before
        The score, as an explanation has it: the one published.
    changed
        As in an explanation: what of `before` the lake's records no longer explain.
    after
        The score of the lake's records once what was asked has happened.
    gain
        What it brings: `after` less what the records say without it, `before` less `changed`.
    parts
        By network, the parts of influence that would be.
    words
        What was asked and what follows, in a sentence without its full stop.
    """

    person: str
    as_of: str
    before: float
    changed: float
    after: float
    gain: float
    parts: dict[str, float]
    words: str


@dataclass(frozen=True)
class Way:
    """One way to the next point.

    Attributes
    ----------
    kind
        ``people`` (more of them react), ``network`` (one that is not connected yet, and people who
        react there) or ``posts`` (fewer that draw nothing).
    network, reaction
        Where and how they react; no reaction of posts.
    amount
        How many people, or posts: the fewest that do.
    score
        That follows.
    words
        As "12 more people who retweet you on Twitter".
    """

    kind: str
    network: str
    reaction: str | None
    amount: int
    score: float
    words: str


def as_json(answer: Explanation | Movement | WhatIf | Way) -> dict[str, Any]:
    """Make plain data of an answer: what `json.dumps` takes."""
    return asdict(answer)
