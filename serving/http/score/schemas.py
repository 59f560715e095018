"""What the API takes and gives: one person's signals, or rows about one person; scores.

Types are strict: a text is no number and neither is ``true``. What is allowed beside the types
(networks, reactions, signals) is read from the catalogue of the model in force.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    model_validator,
)

from features.catalogue.declaration import Sign
from features.lake.rules import MAX_ID_LENGTH
from features.lake.texts import unkept
from features.lake.times import LAST_DAY
from serving.http.score.model_holder import loaded_model
from serving.http.score.refusal import nearest, refuse, shown
from serving.http.sureness import Confidence, High, Low

MAX_PEOPLE = 10_000
"""People in one request to `/score_batch`: their signals take 80 MB as a matrix."""

MAX_ROWS = 100_000
"""Rows of one table in one request to `/score`: a very busy person's 90 days."""

EARLIEST = date(1971, 1, 1)
"""No score is as old; dates before it are mistakes, such as seconds read as days."""


def _known_signals(value: Any) -> Any:
    if isinstance(value, dict):
        columns = loaded_model().columns
        for name in value:
            if name not in columns:
                close = nearest(name, columns)
                reason = f"no signal {shown(name)}; "
                refuse((name,), reason + (f"nearest: {close}" if close else "see /signals"))
    return value


def _with_wider_windows(given: dict[str, float]) -> dict[str, float]:
    """Refuse signals of which a narrow window is said and a wider one is not: it can't be 0."""
    now = loaded_model()
    if len(given) == len(now.columns):
        return given
    for name, value in given.items():
        if value and (missing := [wide for wide in now.wider.get(name, ()) if wide not in given]):
            reason = f"{value:g}, and {' and '.join(missing)} left out: "
            refuse((name,), reason + "what a window holds, the wider ones hold too; give them")
    return given


def _as_kept(text: str) -> str:
    if reason := unkept(text):
        refuse((), reason)
    return text


def _today() -> date:
    return datetime.now(UTC).date()


SIGNALS_GIVEN = (
    "By name, as listed by `/signals`. What is left out is 0; of a window that is above 0 "
    "the wider ones of the same must be given."
)

Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]
Name = Annotated[Id, AfterValidator(_as_kept)]
"""An id that goes into no table, whose contract would check it."""
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""Read with all others of its table, by the lake's contract."""
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Signals = Annotated[
    dict[str, Amount], BeforeValidator(_known_signals), AfterValidator(_with_wider_windows)
]


class Strict(BaseModel):
    """No conversions between types, and no fields we don't know."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Interaction(Strict):
    """Somebody reacted to the person: a row of the lake's ``interactions``."""

    network: str
    reaction: str
    actor: Id
    target: Id
    content: Id | None = None
    at: Time
    id: Id | None = None


class Content(Strict):
    """The person published something: a row of the lake's ``contents``."""

    network: str
    author: Id
    content: Id
    kind: str
    at: Time


class Counter(Strict):
    """A long-lasting number of an account of the person: a row of the lake's ``counters``."""

    network: str
    account: Id
    counter: str
    value: Amount
    at: Time


class Link(Strict):
    """A link between pages, to or from the person's: a row of the lake's ``links``."""

    network: str
    source: Id
    target: Id


class Account(Strict):
    """An account of the person that no row implies; for links, the person's page."""

    network: str
    account: Name


ROW_FIELDS = ("interactions", "contents", "counters", "links", "accounts")
_Many = (FailFast(), Field(max_length=MAX_ROWS))


class ScoreRequest(Strict):
    """One person's signals; or rows about the person, from which the signals are computed.

    Rows imply whose accounts they are: each target of an interaction, author of a content and
    account of a counter is the person's.
    """

    person: Name | None = Field(None, description="Comes back in the answer; nothing else.")
    signals: Signals = Field({}, description=SIGNALS_GIVEN)
    interactions: Annotated[list[Interaction], *_Many] = []
    contents: Annotated[list[Content], *_Many] = []
    counters: Annotated[list[Counter], *_Many] = []
    links: Annotated[list[Link], *_Many] = []
    accounts: Annotated[list[Account], *_Many] = []
    as_of: date = Field(
        default_factory=_today,
        ge=EARLIEST,
        le=LAST_DAY,
        description="Only what happened before 00:00 UTC of this day counts. Default: today.",
    )

    @property
    def from_rows(self) -> bool:
        """Whether rows were given rather than signals."""
        return not self.model_fields_set.isdisjoint(ROW_FIELDS)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if "signals" in self.model_fields_set:
            for other in (*ROW_FIELDS, "as_of"):
                if other in self.model_fields_set:
                    refuse((other,), "goes with rows, not with signals")
        elif not self.from_rows:
            refuse(("signals",), f"missing: give signals, or rows: any of {list(ROW_FIELDS)}")
        return self


class PersonSignals(Strict):
    """One of the people of a batch."""

    person: Name | None = Field(None, description="Comes back in the answer; nothing else.")
    signals: Signals = Field(description=SIGNALS_GIVEN)


class BatchRequest(Strict):
    """The signals of several people."""

    people: Annotated[list[PersonSignals], FailFast(), Field(min_length=1, max_length=MAX_PEOPLE)]


class Score(BaseModel):
    """A person's score, and what it is made of."""

    person: str | None = Field(description="As in the request.")
    score: float = Field(description="Influence on the public scale, from 1 to 100.")
    influence: float = Field(description="`base` plus the parts.")
    percentile: float = Field(
        description="Percent of the reference population with at most this influence."
    )
    confidence: Confidence
    low: Low
    high: High
    parts: dict[str, float] = Field(description="What each network adds to influence.")
    base: float = Field(description="Influence of somebody who is nowhere.")
    model_version: str


class SignalInfo(BaseModel):
    """A signal of the model's catalogue."""

    name: str
    network: str
    unit: str
    window: int | None = Field(description="Days; null for what has no window.")
    meaning: str
    sign: Sign = Field(
        description="`up`: more never means less influence; `down`: never more; or `free`."
    )
    learned: bool = Field(description="False: only shown, changes no score.")
