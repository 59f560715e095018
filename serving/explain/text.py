"""Signals in words, with their units, said to the person."""

from __future__ import annotations

import re

from features.catalogue.catalogue import ANY, Signal
from features.catalogue.declaration import Network
from features.catalogue.network import PLAUSIBLE

VERBS = {
    ANY: ("reacted to you", "react to you"),
    "accept": ("accepted your answers", "accept your answers"),
    "answer": ("answered your questions", "answer your questions"),
    "bounty": ("put bounties on your posts", "put bounties on your posts"),
    "comment": ("commented on what you posted", "comment on what you post"),
    "favourite": ("bookmarked your posts", "bookmark your posts"),
    "like": ("liked what you posted", "like what you post"),
    "mention": ("mentioned you", "mention you"),
    "plus_k": ("gave you +K", "give you +K"),
    "plus_one": ("+1'd what you posted", "+1 what you post"),
    "reply": ("replied to you", "reply to you"),
    "reshare": ("reshared what you posted", "reshare what you post"),
    "retweet": ("retweeted you", "retweet you"),
    "share": ("shared what you posted", "share what you post"),
    "tip_like": ("liked your tips", "like your tips"),
    "tip_save": ("saved your tips", "save your tips"),
    "wall_post": ("posted on your wall", "post on your wall"),
}
"""What people did, and what they do, for reactions of the built-in networks. Other reactions are
told by what their declaration says they mean."""


def did(network: Network, reaction: str) -> str:
    """Say what those who reacted did.

    >>> did(Network("twitter", "Twitter"), "retweet")
    'retweeted you'
    """
    return VERBS[reaction][0] if reaction in VERBS else f"gave you {_meaning(network, reaction)}"


def do(network: Network, reaction: str) -> str:
    """Say what those who react do."""
    return VERBS[reaction][1] if reaction in VERBS else f"give you {_meaning(network, reaction)}"


def _meaning(network: Network, reaction: str) -> str:
    return _yours({each.name: each.meaning for each in network.reactions}[reaction])


def signal_text(signal: Signal, network: Network, value: float, percent: float | None) -> str:
    """Tell of a signal, and how many people have less.

    Examples
    --------
    >>> from features.catalogue.catalogue import signals_of
    >>> from features.catalogue.declaration import load_networks
    >>> twitter = {n.name: n for n in load_networks()}["twitter"]
    >>> signals = {signal.name: signal for signal in signals_of(twitter)}
    >>> signal_text(signals["twitter.retweet.reactors.30d"], twitter, 41, 92)
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
    if signal.measure is not None and signal.reaction is not None:
        said = signal.measure.told(did(network, signal.reaction), number(value), value)
        return f"{_one(said)} in {signal.window} days"
    names = signal.name.split(".")
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


def _one(sentence: str) -> str:
    """Say "1 person" for "1 people", and so on.

    >>> _one("1 people did it on 1 days"), _one("2.1 people did it 21 times")
    ('1 person did it on 1 day', '2.1 people did it 21 times')
    """
    return _OF_ONE.sub(lambda found: f"1 {_SINGULAR[found[1]]}", sentence)


_SINGULAR = {"people": "person", "days": "day", "times": "time"}
_OF_ONE = re.compile(r"(?<![\d.,])1 (people|days|times)\b")


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _yours(meaning: str) -> str:
    """Say "you" where a declaration says "the person"."""
    mine = meaning.replace("the person's", "your").replace("the person is", "you are")
    return mine.replace("the person", "you")
