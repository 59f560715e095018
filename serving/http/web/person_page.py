"""A person's page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.http.api.context import Context
from serving.http.web import ties_page, topics_page
from serving.http.web.addresses import asked, person_url
from serving.http.web.explanation_page import EXPLAINED, Telling
from serving.http.web.latest_day import PageDay, changes, open_page_day
from serving.http.web.no_page import Missing
from serving.http.web.parts import SHOWN, parts_of, segments
from serving.http.web.past_parts import changes_by_network, events
from serving.http.web.rendering import page
from serving.http.web.score_line import DAYS, line
from serving.store.published_rows import Scored


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
    own, day = points[scored.person], now.day.as_of
    switches = [
        each.as_of for each in now.snapshot.model_switches if (day - each.as_of).days < DAYS
    ]
    parts, marked = parts_of(scored, now), events(scored, own, now)
    called = {scored.person: scored.called}
    return page(
        "person.html",
        scored=scored,
        day=now.day,
        switches=switches,
        line=line(points, day, switches, called, [each.day for each in marked]),
        events=marked,
        points=own,
        changes=changes(scored, own, now),
        parts=parts[:SHOWN],
        other_parts=parts[SHOWN:],
        segments=segments(parts),
        moved=changes_by_network(scored, now),
        topics=topics_page.bars_of(now, scored),
        accounts=[(now.title(n), account) for n, account in now.snapshot.accounts(scored.person)],
        explains=now.context.lake is not None,
    )
