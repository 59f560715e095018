"""Up to five people side by side."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from serving.http.api.context import Context
from serving.http.web.latest_day import PageDay, changes, open_page_day
from serving.http.web.person_page import parts_of
from serving.http.web.rendering import page
from serving.http.web.score_line import line
from serving.store.published_rows import Scored

MOST = 5
SHOWN_NETWORKS = 12
"""Rows of the table: the others are counted."""


def show(context: Context, request: Request) -> Response:
    """Answer ``/compare?person=ID&person=ID``."""
    names = [name.strip() for name in request.query_params.getlist("person")]
    with open_page_day(context) as now:
        found, unknown = _people(now, [name for name in names if name])
        people = found[:MOST]
        points = now.points(people)
        parts = {each.person: parts_of(each, now) for each in people}
        networks = _networks(people)
        return page(
            "compare.html",
            people=people,
            ids=[each.person for each in people],
            unknown=unknown,
            too_many=len(found) > MOST,
            most=MOST,
            line=line(points, now.day.as_of, (), {each.person: each.called for each in people}),
            changes={each.person: changes(each, points[each.person], now) for each in people},
            networks={name: now.title(name) for name in networks[:SHOWN_NETWORKS]},
            other_networks=len(networks[SHOWN_NETWORKS:]),
            shares={
                person: {part.network: part for part in every} for person, every in parts.items()
            },
            day=now.day,
        )


def _people(now: PageDay, names: list[str]) -> tuple[list[Scored], list[str]]:
    """Find whom names mean, each once; a name that is no id means the first that a search finds."""
    found: dict[str, Scored] = {}
    unknown = []
    for name in dict.fromkeys(names[: 2 * MOST]):
        scored = now.find(name) or next(iter(now.search(name, 1)), None)
        if scored is None:
            unknown.append(name)
        else:
            found[scored.person] = scored
    return list(found.values()), unknown


def _networks(people: list[Scored]) -> list[str]:
    """Name the networks of any of them, those with the largest parts first."""
    most: dict[str, float] = {}
    for each in people:
        for network, part in each.parts.items():
            most[network] = max(part, most.get(network, 0.0))
    return sorted(most, key=lambda each: (-most[each], each))
