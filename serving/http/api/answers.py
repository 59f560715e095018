"""What the reads answer. Each answer is of one published day, which it names."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from serving.http.sureness import Confidence, High, Low


class Answer(BaseModel):
    """What every answer begins with."""

    as_of: date = Field(description="The published day that all of the answer is of.")
    model: str = Field(description="Version of the model that scored.")
    catalogue: str | None = Field(description="Digest of the signals it read; null: not known.")


class Coverage(BaseModel):
    """How much is known of a person."""

    share: float = Field(description="Of the model's networks, those that have a part in it.")
    networks: list[str] = Field(description="They, in alphabetical order.")


class Deltas(BaseModel):
    """The score less that of earlier days; null where there was none on that day."""

    day: float | None
    week: float | None = Field(description="7 days before.")
    month: float | None = Field(description="30 days before.")


class Person(BaseModel):
    """A person's score."""

    person: str = Field(description="Its id.")
    name: str | None = Field(description="What its profiles call it; null: nothing.")
    score: float = Field(description="From 1 to 100.")
    percentile: float = Field(
        description="Percent of the reference population with at most this influence."
    )
    confidence: Confidence
    low: Low
    high: High
    influence: float
    rank: int = Field(description="1 is the highest score.")
    coverage: Coverage
    deltas: Deltas


class OnePerson(Answer, Person):
    """A person."""


class WithParts(Person):
    """A person, and what each network adds."""

    parts: dict[str, float] = Field(description="Of influence, by network; those above 0.")


class SeveralPeople(Answer):
    """People, in the order of the question."""

    people: list[Person]
    missing: list[str] = Field(description="Those who have no score.")


class ComparedPeople(Answer):
    """People beside each other."""

    people: list[WithParts]


class FoundPeople(Answer):
    """People found by a name, best first."""

    people: list[Person]


class Place(Person):
    """A place on a leaderboard."""

    place: int = Field(description="From 1; a gap where somebody has left today.")


class Leaderboard(Answer):
    """A page of a leaderboard."""

    network: str | None
    places: list[Place]
    next: int | None = Field(description="What to give as `after` for the next page; null: none.")


class Ranking(Answer):
    """A leaderboard of some people."""

    places: list[Place]
    missing: list[str] = Field(description="Those who have no score.")


class HistoryPoint(BaseModel):
    """A score of the history."""

    as_of: date
    score: float


class ModelSwitch(BaseModel):
    """A day from which on another model scored."""

    as_of: date
    model: str


class History(Answer):
    """A person's scores."""

    person: str
    since: date
    until: date
    points: list[HistoryPoint] = Field(description="Oldest first; days without a score left out.")
    model_switches: list[ModelSwitch]


class Account(BaseModel):
    """An account of a person."""

    network: str
    account: str


class Parts(Answer):
    """What each network adds to a person's influence."""

    person: str
    influence: float
    parts: dict[str, float] = Field(description="By network; those above 0.")
    accounts: list[Account]


class Weighing(BaseModel):
    """What a family of signals adds to a score, or takes away."""

    network: str
    family: str = Field(description="A reaction and a measure, all windows together; or a signal.")
    signal: str = Field(description="Of the family, the signal that stands for it.")
    value: float = Field(description="Of the signal, in `unit`.")
    unit: str
    window: int | None = Field(description="Of the signal, in days; null: it has none.")
    worth: float = Field(description="Its share of influence; below 0 where it takes away.")
    points: float = Field(description="The same in points of score.")
    percent: float | None = Field(
        description="Percent of the reference population with a smaller value; null: not known."
    )
    words: str = Field(description="A sentence without its full stop.")


class Signals(BaseModel):
    """A person's strongest signals over all networks, the strongest first."""

    person: str
    as_of: date = Field(description="The published day that they are of.")
    model: str = Field(description="Version of the model that says what they are worth.")
    up: list[Weighing] = Field(description="Those that add: 10 at most, of a network 5.")
    down: list[Weighing] = Field(description="Those that take away: as many at most.")


class Tie(BaseModel):
    """Somebody whom a person influenced, or was influenced by."""

    person: str = Field(description="Its id.")
    name: str | None = Field(description="What its profiles call it; null: nothing.")
    score: float = Field(description="From 1 to 100.")
    attention: float = Field(
        description="Units, over 90 days: on each network an account has one a day."
    )


class Ties(Answer):
    """Whom a person influenced, or was influenced by, most."""

    person: str
    count: int = Field(description="Distinct people in all, also those without a score.")
    people: list[Tie] = Field(description="10 at most of those with a score, the most first.")
