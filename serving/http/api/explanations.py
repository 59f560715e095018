"""Why a score, why it moved, what if, and what next: from the lake, for who is in the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from features.errors import KloutError
from features.lake.remembering import lake_now
from features.lake.rereading import rereading
from serving.explain.change import explain_change
from serving.explain.counterfactual import next_point, what_if
from serving.explain.explainer import scored_by
from serving.explain.explanation import Explanation, Movement, Way, Worth
from serving.explain.explanation import WhatIf as Supposed
from serving.explain.requests import Ask, FewerPosts, WithSignals, checked
from serving.explain.requests import MoreReactors as More
from serving.explain.why import why
from serving.http.api import answers, questions
from serving.http.api.answer_parts import open_latest_day
from serving.http.api.context import Context
from serving.http.api.refusals import Refused, started_with, too_many
from serving.http.api.turns import Busy
from serving.http.score.refusal import nearest
from serving.store.published_rows import PublishedDay
from training.influence.model import Model
from training.registry.archive import ArchivedModel

T = TypeVar("T")

WEEK = timedelta(7)

STRONGEST = 10
"""Signals named, up and down each."""


class Ways(BaseModel):
    """The cheapest ways to the next whole point."""

    person: str
    as_of: date
    model: str
    ways: list[Way]


def explanation(context: Context, person: str) -> Explanation:
    """Say why a person has its score: parts, and what each family of signals is worth."""
    place = place_of(context, person)
    with place.told():
        return place.why()


def signals(context: Context, person: str) -> answers.Signals:
    """Name the signals that weigh most, up and down."""
    told = explanation(context, person)
    return answers.Signals(
        person=person,
        as_of=date.fromisoformat(told.as_of),
        model=told.model,
        up=_strongest((part.network, each) for part in told.parts for each in part.up),
        down=_strongest((part.network, each) for part in told.parts for each in part.down),
    )


def movement(context: Context, person: str, query: questions.Since) -> Movement:
    """Say why a score moved since a day: shares of the change that add up to it."""
    place = place_of(context, person)
    since = query.since or place.as_of - WEEK
    if since >= place.as_of:
        reason = f"must be before the latest day, {place.as_of}"
        raise Refused(HTTPStatus.BAD_REQUEST, reason, "since")
    with place.told():
        return place.moved(since, place.as_of)


def supposed(context: Context, person: str, body: questions.Supposition) -> Supposed:
    """Say what the score would be."""
    place = place_of(context, person)

    def answer() -> Supposed:
        model = place.scorer(place.as_of).model
        return what_if(lake_now(place.lake), place.as_of, person, model, _ask(body, model))

    return place.remembered(f"what if {body.model_dump_json()}", answer)


def following(context: Context, person: str) -> Ways:
    """Name the cheapest ways to the next whole point."""
    place = place_of(context, person)
    with place.told():
        model = place.scorer(place.as_of).model
        return Ways(person=person, as_of=place.as_of, model=model.version, ways=place.ways())


@dataclass(frozen=True)
class AnswerPlace:
    """Whom a question is about, and where the answer is.

    Attributes
    ----------
    day
        The latest published, of which the answer is.
    blamed
        The field that named the person.
    in_force
        The model that scores now, for days whose own model the lake has not kept.
    """

    context: Context
    person: str
    blamed: str
    lake: Path
    day: PublishedDay
    in_force: ArchivedModel

    @property
    def as_of(self) -> date:
        """Give the day's date."""
        return self.day.as_of

    def scorer(self, day: date) -> ArchivedModel:
        """Find the model that scored a day."""
        return scored_by(lake_now(self.lake), day, self.in_force)

    def why(self) -> Explanation:
        """Say why the score is what it is."""

        def answer() -> Explanation:
            by = self.scorer(self.as_of)
            return why(lake_now(self.lake), self.as_of, self.person, by.model, by.reference)

        return self.kept("why", answer)

    def moved(self, since: date, until: date) -> Movement:
        """Say why it moved between two days."""

        def answer() -> Movement:
            then, now = (self.scorer(day).model for day in (since, until))
            return explain_change(lake_now(self.lake), since, until, self.person, then, now)

        return self.kept(f"moved from {since} to {until}", answer)

    def ways(self) -> list[Way]:
        """Name the cheapest ways to the next whole point."""

        def answer() -> list[Way]:
            model = self.scorer(self.as_of).model
            return next_point(lake_now(self.lake), self.as_of, self.person, model)

        return self.kept("next", answer)

    def remembered(self, what: str, answer: Callable[[], T]) -> T:
        """Answer from the lake, once for each day and model."""
        with self.told():
            return self.kept(what, answer)

    def kept(self, what: str, answer: Callable[[], T]) -> T:
        """Answer once for each day as it was published, and model."""
        asked = (what, self.person, self.day, self.in_force.model.version)
        try:
            return self.context.memory.get(asked, lambda: rereading(self.lake, answer))
        except Busy as busy:
            raise too_many() from busy

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say that nothing is known, without the lake's own words: they name its folder."""
        try:
            yield
        except KloutError as error:
            reason = f"the lake does not know this person on {self.as_of}"
            raise Refused(HTTPStatus.NOT_FOUND, reason, self.blamed) from error


def place_of(context: Context, person: str, blamed: str = "person") -> AnswerPlace:
    """Find the lake and the day; a person that is not in the store is not explained either."""
    with open_latest_day(context) as now:
        now.scored(person, blamed)
        lake = started_with(context.lake, "--lake")
        return AnswerPlace(context, person, blamed, lake, now.day, context.in_force)


def _strongest(found: Iterable[tuple[str, Worth]]) -> list[answers.Weighing]:
    order = sorted(found, key=lambda each: (-abs(each[1].worth), each[0], each[1].family))
    return [answers.Weighing(network=name, **asdict(each)) for name, each in order[:STRONGEST]]


def _ask(body: questions.Supposition, model: Model) -> Ask:
    """Check against the model's catalogue what was asked, and name the field that is wrong."""
    names = [each.name for each in model.catalogue.networks]
    [field] = body.model_fields_set
    network = body.asked.network if body.asked else ""
    if network not in names:
        close = nearest(network, names) or names
        raise _bad(f"{field}.network", f"no network {network[:80]!r}; there is {close}")
    if body.signals is not None:
        _known_signals(body.signals, model)
        return WithSignals(network, body.signals.signals)
    if body.posts is not None:
        return FewerPosts(network, body.posts.posts)
    more = body.people
    assert more is not None  # one of the three was asked
    ask = More(network, more.reaction, more.people, more.times)
    try:
        checked(ask, [each.name for each in model.catalogue.network(network).reactions])
    except KloutError as error:
        raise _bad("people.reaction", str(error)) from None
    return ask


def _known_signals(asked: questions.OtherSignals, model: Model) -> None:
    own = [each.name for each in model.catalogue.signals if each.network == asked.network]
    for name in asked.signals:
        if name not in own:
            reason = f"no signal of {asked.network}; nearest: {nearest(name, own)}"
            raise _bad(f"signals.signals.{name[:80]}", reason)


def _bad(field: str, reason: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, reason, field)
