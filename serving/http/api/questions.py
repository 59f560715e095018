"""What may be asked: query parameters and bodies."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    WithJsonSchema,
    model_validator,
)

from features.lake.rules import MAX_ID_LENGTH
from features.lake.texts import unkept
from features.lake.times import LAST_DAY
from serving.http.score.refusal import refuse
from serving.http.score.schemas import Amount, Strict

MOST_PEOPLE = 1_000
"""People of one question."""
MOST_COMPARED = 5
MOST_PLACES = 1_000
MOST_FOUND = 100
MOST_DEEP = 1_000_000_000

FIRST_DAY = date(1970, 1, 1)
"""Windows before it are still within Python's calendar, as is what follows the last day."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _as_kept(name: str) -> str:
    if reason := unkept(name):
        refuse((), f"{reason}, which no id does")
    return name


def _iso_day(value: Any) -> Any:
    """Take only YYYY-MM-DD: pydantic would also take seconds since 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        refuse((), "expected a day as YYYY-MM-DD")
    return value


def _within(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        refuse((), f"expected a day from {FIRST_DAY} to {LAST_DAY}")
    return day


def _whole(value: Any) -> Any:
    """Take 3.0 for 3: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_DAYS = {
    "type": "string",
    "format": "date",
    # So that who reads the schema asks for no others: (19[7-9]|2\\d)\\d is 1970 to 2999.
    "pattern": r"^(19[7-9]\d|2\d{3})-\d\d-\d\d$",
}

Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_ID_LENGTH,
        json_schema_extra={"pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"},
    ),
    AfterValidator(_as_kept),
]
Day = Annotated[date, BeforeValidator(_iso_day), AfterValidator(_within), WithJsonSchema(_DAYS)]
Language = Annotated[
    str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$", examples=["de", "pt-BR"])
]
Whole = Annotated[int, BeforeValidator(_whole)]


class Query(BaseModel):
    """Parameters after the question mark; unknown ones are refused, so that typing errors show."""

    model_config = ConfigDict(extra="forbid")


class Period(Query):
    """A period of days."""

    since: Day | None = Field(None, description="The first day. Default: 90 days before the last.")
    until: Day | None = Field(None, description="The last day. Default: the latest published.")


class Since(Query):
    """A day to compare with."""

    since: Day | None = Field(None, description="Default: 7 days before the latest published.")


class Places(Query):
    """A page of a leaderboard."""

    network: Name | None = Field(
        None, description="By its part of influence. Default: by the whole score."
    )
    after: int = Field(0, ge=0, le=MOST_DEEP, description="The last place that was read.")
    limit: int = Field(100, ge=1, le=MOST_PLACES)


class Compared(Query):
    """Several people."""

    person: list[Name] = Field(min_length=1, max_length=MOST_COMPARED)


class Prefix(Query):
    """The beginning of a name."""

    q: Name = Field(description="An id, an account or a word of the name begins so, in any case.")
    limit: int = Field(10, ge=1, le=MOST_FOUND)


class InLanguage(Query):
    """A language."""

    language: Language = Field("en", description="Of topics' names; English where there is none.")


class ExpertPage(InLanguage):
    """A page of a topic's experts."""

    after: int = Field(0, ge=0, le=MOST_DEEP, description="The last place that was read.")
    limit: int = Field(100, ge=1, le=MOST_PLACES)


class PersonTopicPage(InLanguage):
    """A page of a person's topics."""

    after: int = Field(0, ge=0, le=MOST_DEEP, description="How many were read.")
    limit: int = Field(100, ge=1, le=MOST_PLACES)


class TopicPage(ExpertPage):
    """A page of topics."""

    q: Name | None = Field(
        None, description="A name, or a word of one, begins so, in any language and case."
    )


class People(Strict):
    """Many people."""

    people: Annotated[list[Name], FailFast(), Field(min_length=1, max_length=MOST_PEOPLE)]


class MorePeople(Strict):
    """More distinct people who react; on a network without an account, one is connected."""

    network: Name
    reaction: Name
    people: Whole = Field(ge=1, le=1_000_000)
    times: Whole = Field(1, ge=1, le=30, description="On how many days each of them reacts.")


class SilentPosts(Strict):
    """Fewer posts that draw nothing."""

    network: Name
    posts: Whole = Field(ge=1, le=1_000_000)


class OtherSignals(Strict):
    """Other values of signals of a network; those that are not named stay."""

    network: Name
    signals: dict[str, Amount] = Field(min_length=1, max_length=MOST_PEOPLE)


def _one_of_them(schema: dict[str, Any]) -> None:
    """Say what the validator below checks: one field, and null for none of them."""
    schema |= {"minProperties": 1, "maxProperties": 1}
    for name, field in schema["properties"].items():
        schema["properties"][name] = field["anyOf"][0]


class Supposition(Strict):
    """What would be otherwise: one of the three."""

    model_config = ConfigDict(json_schema_extra=_one_of_them)

    people: MorePeople | None = None
    posts: SilentPosts | None = None
    signals: OtherSignals | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1 or self.asked is None:
            refuse((), "expected one of people, posts, signals")
        return self

    @property
    def asked(self) -> MorePeople | SilentPosts | OtherSignals | None:
        """Give what was asked."""
        return self.people or self.posts or self.signals


class Connection(Strict):
    """An account of a person."""

    network: Name
    account: Name
    kind: str = Field("personal", pattern="^(personal|page)$")
