"""What the reads of topics answer."""

from __future__ import annotations

from pydantic import BaseModel, Field

from serving.http.api.answers import Answer, Person


class NamedTopic(BaseModel):
    """A topic."""

    topic: str = Field(description="Its slug, by which it is asked for.")
    id: str = Field(description="Its id in the Klout API v2: digits, of any length.")
    name: str = Field(description="In the language that was asked for, else in English.")
    experts: int = Field(description="How many people are influential about it.")


class PlacedTopic(NamedTopic):
    """A topic in a list."""

    place: int = Field(description="Among all topics, by experts; with gaps.")


class ListedTopics(Answer):
    """A page of topics, those of most experts first."""

    topics: list[PlacedTopic]
    next: int | None = Field(description="What to give as `after` for the next page; null: none.")


class OneTopic(Answer, NamedTopic):
    """A topic, and those right above and below it."""

    parents: list[NamedTopic] = Field(description="Right above it: what is theirs includes it.")
    children: list[NamedTopic] = Field(description="Right below it.")


class Expertise(BaseModel):
    """How influential a person is about a topic."""

    influence: float = Field(description="On contents of the topic, by the same model.")
    share: float = Field(description="Of the person's influence, 0 to 1.")
    rank: int = Field(description="Among the topic's experts; 1 is the highest.")
    percentile: float = Field(description="Percent of its experts with at most this influence.")
    contents: int = Field(description="Contents of the topic that it rests on.")
    reactors: int = Field(description="Distinct people who reacted to them.")
    confidence: float = Field(description="From 0 to 1, by how many people it rests on.")


class PersonTopic(NamedTopic, Expertise):
    """What a person is influential about."""


class PersonTopics(Answer):
    """What a person is influential about, the strongest first."""

    person: str
    topics: list[PersonTopic]
    next: int | None = Field(description="What to give as `after` for the next page; null: none.")


class Expert(Person):
    """A place among a topic's experts."""

    place: int = Field(description="From 1; a gap where somebody left today.")
    expertise: Expertise


class Experts(Answer, NamedTopic):
    """A page of a topic's experts, best first."""

    places: list[Expert]
    next: int | None = Field(description="What to give as `after` for the next page; null: none.")
