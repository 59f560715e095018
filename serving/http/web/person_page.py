"""A person's page."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.http.api.context import Context
from serving.http.web import ties_page, topics_page
from serving.http.web.addresses import asked, person_url
from serving.http.web.explanation_page import EXPLAINED, Telling
from serving.http.web.latest_day import PageDay, changes, open_page_day
from serving.http.web.no_page import Missing
from serving.http.web.rendering import page
from serving.http.web.score_line import DAYS, line
from serving.store.published_rows import Scored

SHOWN_PARTS = 10
"""Networks shown at once; the others are behind a line to open."""
_LEAST_WIDTH = 0.6
"""Of a bar, in percent: a part that is there is seen."""


@dataclass(frozen=True)
class PartBar:
    """A network's part, for a bar."""

    network: str
    title: str
    share: float
    width: float


def show(context: Context, telling: Telling, request: Request) -> Response:
    """Answer ``/people/ID`` and the pages below it."""
    name, below = asked(request)
    with open_page_day(context) as now:
        scored = now.person(name)
        if scored.person != name:
            return RedirectResponse(person_url(scored.person, below), 302)
        if not below:
            return _person(now, scored)
        accounts = now.snapshot.accounts(scored.person)
        day, titles = now.day, now.titles
    if context.lake is None or below not in (*EXPLAINED, ties_page.KIND):
        raise Missing("There is no such page.")
    # The store is closed by now: what follows takes seconds.
    if below == ties_page.KIND:
        return ties_page.show(context, scored, day, request.query_params)
    return telling.answer(below, scored, accounts, day, titles, request.query_params)


def _person(now: PageDay, scored: Scored) -> Response:
    points = now.points([scored])
    day = now.day.as_of
    switches = [
        each.as_of for each in now.snapshot.model_switches if (day - each.as_of).days < DAYS
    ]
    parts = parts_of(scored, now)
    return page(
        "person.html",
        scored=scored,
        day=now.day,
        switches=switches,
        line=line(points, day, switches, {scored.person: scored.called}),
        points=points[scored.person],
        changes=changes(scored, points[scored.person], now),
        parts=parts[:SHOWN_PARTS],
        other_parts=parts[SHOWN_PARTS:],
        topics=topics_page.bars_of(now, scored),
        accounts=[(now.title(n), account) for n, account in now.snapshot.accounts(scored.person)],
        explains=now.context.lake is not None,
    )


def parts_of(scored: Scored, now: PageDay) -> list[PartBar]:
    """List a person's parts, the largest first."""
    whole = sum(scored.parts.values())
    most = max(scored.parts.values(), default=0.0)
    return [
        PartBar(name, now.title(name), part / whole, max(_LEAST_WIDTH, 100 * part / most))
        for name, part in sorted(scored.parts.items(), key=lambda each: (-each[1], each[0]))
    ]
