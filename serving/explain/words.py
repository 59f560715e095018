"""Signals in words, with their units, said to the person."""

from __future__ import annotations

from collections.abc import Callable

from features.audience import PLAUSIBLE
from features.catalogue import ANY, Signal
from features.declaration import Network

VERBS = {
    ANY: "reacted to you",
    "accept": "accepted your answers",
    "answer": "answered your questions",
    "bounty": "put bounties on your posts",
    "comment": "commented on what you posted",
    "favourite": "bookmarked your posts",
    "like": "liked what you posted",
    "mention": "mentioned you",
    "plus_k": "gave you +K",
    "plus_one": "+1'd what you posted",
    "reply": "replied to you",
    "reshare": "reshared what you posted",
    "retweet": "retweeted you",
    "share": "shared what you posted",
    "tip_like": "liked your tips",
    "tip_save": "saved your tips",
    "wall_post": "posted on your wall",
}
"""What people did, for reactions of the built-in networks. Other reactions are told by what their
declaration says they mean."""


def verb(network: Network, reaction: str) -> str:
    """Say what those who react do."""
    if reaction in VERBS:
        return VERBS[reaction]
    meanings = {each.name: each.meaning for each in network.reactions}
    return f"reacted to you ({_yours(meanings[reaction])})"


def told(signal: Signal, network: Network, value: float, percent: float | None) -> str:
    """Tell of a signal, and how many people have less.

    Examples
    --------
    >>> from features.declaration import load_networks
    >>> twitter = {n.name: n for n in load_networks()}["twitter"]
    >>> name = "twitter.retweet.reactors.30d"
    >>> told(Signal(name, "twitter", "accounts", 30, "", "up"), twitter, 41, 92)
    '41 people retweeted you in 30 days; that is more than 92% of people'
    """
    standing = f"; that is more than {percent:.0f}% of people" if percent else ""
    return f"{_fact(signal, network, value)}{standing}"


def number(value: float) -> str:
    """Write a number as people read it.

    >>> [number(each) for each in (41.0, 12345.0, 0.256, 3.75)]
    ['41', '12,345', '0.26', '3.8']
    """
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if value < 1 else f"{value:,.1f}"


def _fact(signal: Signal, network: Network, value: float) -> str:
    names = signal.name.split(".")
    if len(names) == len(("network", "reaction", "measure", "window")):
        _, reaction, measure, _ = names
        said = _MEASURES[measure](verb(network, reaction), number(value))
        return f"{said} in {signal.window} days"
    if names[-1] == "connected":
        return f"you are on {network.title}"
    if names[-1] == PLAUSIBLE:
        return f"{number(value)} {_plain(names[1])} are plausible"
    if names[1] in (counter.name for counter in network.counters):
        return f"{number(value)} {_plain(names[1])}"
    published = {
        kind.signal: f"you published {number(value)} {kind.signal}" for kind in network.contents
    }
    if names[1] in published:
        return f"{published[names[1]]} in {signal.window} days"
    return f"{number(value)} {_yours(signal.meaning)}"


_MEASURES: dict[str, Callable[[str, str], str]] = {
    "count": lambda did, much: f"people {did} {much} times",
    "reactors": lambda did, much: f"{much} people {did}",
    "attention": lambda did, much: f"people who {did} spent {much} days of their attention on you",
    "standing": lambda did, much: f"people who {did} gave attention worth {much} by their standing",
    "days": lambda did, much: f"people {did} on {much} days",
    "hit_rate": lambda did, much: f"people {did} on a share of {much} of what you published",
    "peak": lambda did, much: f"people {did} up to {much} times a day for one thing you published",
    "per_content": lambda did, much: f"people {did} {much} times per thing you published",
    "reactors_per_content": lambda did, much: f"{much} people {did} per thing you published",
}
"""By measure, a sentence of what people did and how much."""


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _yours(meaning: str) -> str:
    """Say "you" where a declaration says "the person"."""
    mine = meaning.replace("the person's", "your").replace("the person is", "you are")
    return mine.replace("the person", "you")
