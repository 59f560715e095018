"""What reading topics gives: plain and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from serving.store.publish_topics import ENGLISH
from serving.store.published_rows import Scored


@dataclass(frozen=True)
class StoredTopic:
    """A topic of the latest day.

    Attributes
    ----------
    place
        Among all topics by how many experts they have, from 1; with gaps where some are not shown.
    topic
        Its slug.
    number
        Its id in the Klout API v2: digits, of a number that may be beyond 63 bits.
    experts
        How many people are influential about it.
    sensitive
        Whether it is shown only where an operator wants it.
    names
        What it is called, by language; in English always.
    """

    place: int
    topic: str
    number: str
    experts: int
    sensitive: bool
    names: Mapping[str, str]

    def called(self, language: str = ENGLISH) -> str:
        """Give its name in a language (``de``, ``de-AT``), else in English."""
        said = language.lower()
        wanted = (said, said.partition("-")[0], ENGLISH)
        return next(self.names[each] for each in wanted if each in self.names)


@dataclass(frozen=True)
class PersonTopic:
    """What a person is influential about.

    Attributes
    ----------
    of
        The topic.
    influence
        The person's, on contents of the topic.
    share
        Of the person's influence, 0 to 1.
    rank
        Among the topic's experts, from 1, as published.
    percentile
        Percent of the topic's experts with at most this influence.
    contents, reactors
        What it rests on: contents of the topic, and distinct people who reacted to them.
    confidence
        From 0 to 1: see `training.influence.confidence`.
    """

    of: StoredTopic
    influence: float
    share: float
    rank: int
    percentile: float
    contents: int
    reactors: int
    confidence: float


@dataclass(frozen=True)
class Expert:
    """A place among a topic's experts: from 1, with gaps where somebody left or hid the topic."""

    place: int
    scored: Scored
    about: PersonTopic
