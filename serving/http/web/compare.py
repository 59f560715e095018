"""Up to five people side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from serving.http.api.context import Context
from serving.http.web.latest_day import PageDay, changes, open_page_day
from serving.http.web.parts import (
    NetworkPart,
    Segment,
    colours_of,
    parts_of,
    points_per_influence,
    segments,
)
from serving.http.web.rendering import page
from serving.http.web.score_line import line
from serving.store.published_rows import Scored

MOST = 5
SHOWN_NETWORKS = 12
"""Rows of the table: the others are counted."""
DIFFERENCES = 8
"""Networks by which a lead is told; the others are one."""
LEAST = 0.005
"""Points that are written as 0.00."""


@dataclass(frozen=True)
class Difference:
    """What one network adds to a lead, or takes from it: a bar from the lead's `zero`."""

    title: str
    points: float
    x: float
    width: float


@dataclass(frozen=True)
class Lead:
    """By how much, and by which networks, the first leads another.

    Attributes
    ----------
    zero
        Where bars begin, in percent of the picture's width.
    """

    leader: Scored
    other: Scored
    points: float
    by: list[Difference]
    zero: float


@dataclass(frozen=True)
class ComparedBar:
    """A score as a bar from 0 to 100: what everybody has, then each network's part."""

    base: float
    segments: list[Segment]
    low: float
    high: float


def show(context: Context, request: Request) -> Response:
    """Answer ``/compare?person=ID&person=ID``."""
    names = [name.strip() for name in request.query_params.getlist("person")]
    with open_page_day(context) as now:
        found, unknown = _people(now, [name for name in names if name])
        people = found[:MOST]
        points = now.points(people)
        parts = {each.person: parts_of(each, now) for each in people}
        networks, colours = _networks(people), colours_of(now)
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
            bars={each.person: _bar(each, parts[each.person], now) for each in people},
            key=[(now.title(name), colours.get(name, 0)) for name in networks[:SHOWN_NETWORKS]],
            leads=_leads(people, now),
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


def _bar(scored: Scored, parts: Sequence[NetworkPart], now: PageDay) -> ComparedBar:
    """Draw a score; what everybody has is not told apart if another model scored the day."""
    model = now.context.model()
    is_known = bool(parts) and model.version == now.day.model
    nobody = float(model.points(np.array([model.base]))[0]) if is_known else 0.0
    base = scored.score if not parts else min(nobody, scored.score)
    return ComparedBar(base, segments(parts, base, scored.score), scored.low, scored.high)


def _leads(people: Sequence[Scored], now: PageDay) -> list[Lead]:
    """Explain by how much the highest leads each of the others, who come as they were asked for."""
    if len(people) < 2:
        return []
    first = max(people, key=lambda each: each.score)
    return [_lead(first, each, now) for each in people if each is not first]


def _lead(first: Scored, other: Scored, now: PageDay) -> Lead:
    rate = points_per_influence(
        now.context.model(), (first.influence, first.score), (other.influence, other.score)
    )
    points = {
        name: rate * (first.parts.get(name, 0.0) - other.parts.get(name, 0.0))
        for name in {**first.parts, **other.parts}
    }
    order = sorted(points, key=lambda name: (-abs(points[name]), name))
    told = [(now.title(name), points[name]) for name in order if abs(points[name]) >= LEAST]
    lead = first.score - other.score
    shown = told if len(told) <= DIFFERENCES else told[: DIFFERENCES - 1]
    rest = lead - sum(much for _, much in shown)
    shown = [*shown, ("all others", rest)] if abs(rest) >= 2 * LEAST else shown
    least = min(0.0, *(much for _, much in shown), 0.0)
    unit = 100 / ((max(0.0, *(much for _, much in shown), 0.0) - least) or 1)
    by = [
        Difference(title, much, unit * (min(much, 0.0) - least), unit * abs(much))
        for title, much in shown
    ]
    return Lead(first, other, lead, by, -unit * least)
