"""Why a score, why it moved, what if, and what next: from the lake, for who is in the store."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

from pydantic import BaseModel

from features.errors import KloutError
from features.lake import Lake
from serving.api import questions
from serving.api.context import Context
from serving.api.records import latest
from serving.api.refusals import Refused
from serving.explain.answers import Explanation, Movement, Way
from serving.explain.answers import WhatIf as Supposed
from serving.explain.asked import Ask, FewerPosts, WithSignals, checked
from serving.explain.asked import People as More
from serving.explain.movement import moved
from serving.explain.reasons import why
from serving.explain.supposing import next_point, what_if
from serving.refusal import nearest
from training.model import Model

KEPT = 1_000
"""Answers kept of each kind: they take seconds, and stay the same until the next day."""
WEEK = timedelta(7)


class Ways(BaseModel):
    """The cheapest ways to the next whole point."""

    person: str
    as_of: date
    model: str
    ways: list[Way]


def explanation(context: Context, person: str) -> Explanation:
    """Say why a person has its score: parts, and what each family of signals is worth."""
    lake, as_of = _place(context, person)
    return _why(context, lake, person, as_of, context.model())


def movement(context: Context, person: str, query: questions.Since) -> Movement:
    """Say why a score moved since a day: shares of the change that add up to it."""
    lake, as_of = _place(context, person)
    since = query.since or as_of - WEEK
    if since >= as_of:
        raise Refused(HTTPStatus.BAD_REQUEST, f"must be before the latest day, {as_of}", "since")
    return _moved(context, lake, person, as_of, since, context.model())


def supposed(context: Context, person: str, body: questions.Supposition) -> Supposed:
    """Say what the score would be."""
    lake, as_of = _place(context, person)
    model = context.model()
    ask = _ask(body, model)
    try:
        return what_if(Lake(lake), as_of, person, model, ask)
    except KloutError as error:
        raise _unexplained(as_of) from error


def following(context: Context, person: str) -> Ways:
    """Name the cheapest ways to the next whole point."""
    lake, as_of = _place(context, person)
    return _next(context, lake, person, as_of, context.model())


@lru_cache(KEPT)
def _why(context: Context, lake: Path, person: str, as_of: date, model: Model) -> Explanation:
    try:
        return why(Lake(lake), as_of, person, model, context.reference())
    except KloutError as error:
        raise _unexplained(as_of) from error


@lru_cache(KEPT)
def _moved(_: Context, lake: Path, person: str, as_of: date, since: date, model: Model) -> Movement:
    try:
        return moved(Lake(lake), since, as_of, person, model)
    except KloutError as error:
        raise _unexplained(as_of) from error


@lru_cache(KEPT)
def _next(_: Context, lake: Path, person: str, as_of: date, model: Model) -> Ways:
    try:
        ways = next_point(Lake(lake), as_of, person, model)
    except KloutError as error:
        raise _unexplained(as_of) from error
    return Ways(person=person, as_of=as_of, model=model.version, ways=ways)


def lake_of(context: Context) -> Path:
    """Give the lake.

    Raises
    ------
    Refused
        404 if the server was given none.
    """
    if context.lake is None:
        raise Refused(HTTPStatus.NOT_FOUND, "this server was started without --lake")
    return context.lake


def _place(context: Context, person: str) -> tuple[Path, date]:
    """Find the lake and the day; a person that is not in the store is not explained either."""
    lake = lake_of(context)
    with latest(context) as now:
        now.scored(person)
        return lake, now.day.as_of


def _unexplained(as_of: date) -> Refused:
    return Refused(HTTPStatus.NOT_FOUND, f"the lake does not know this person on {as_of}", "person")


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
