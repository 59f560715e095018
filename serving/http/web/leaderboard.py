"""The leaderboard: in all, by network, and around a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from serving.http.api.context import Context
from serving.http.population import Populations
from serving.http.web.latest_day import PageDay, open_page_day
from serving.http.web.no_page import Missing, Refusal
from serving.http.web.parts import NetworkPart, Segment, colours_of, parts_of, segments
from serving.http.web.rendering import page
from serving.store.published_rows import Ranked

PLACES = 50
NEIGHBOURS = 10
"""Places shown above a person, and below."""
DEEPEST = 1_000_000_000
"""No board has so many places; larger numbers are no database's."""
BEFORE = (7, 30)
"""Days over which a change of place is told."""
TOLD = 3
"""Networks of a bar that are told in words."""


@dataclass(frozen=True)
class BoardRow:
    """A row of the board.

    Attributes
    ----------
    moves
        Places gained over each of `BEFORE`, below 0 if lost; None: not known.
    segments, told
        Parts as one bar, and the largest of them for words.
    share
        Of the network that the board is of; None: it is of the whole score.
    """

    ranked: Ranked
    moves: tuple[int | None, ...]
    segments: list[Segment]
    told: list[NetworkPart]
    share: float | None


def show(context: Context, populations: Populations, request: Request) -> Response:
    """Answer ``/leaderboard?network=NETWORK&after=PLACE``, or ``around=PERSON`` for a place."""
    query = request.query_params
    network, around = query.get("network") or None, query.get("around", "").strip()
    after, limit = place_given(query.get("after", "0")), PLACES
    with open_page_day(context) as now:
        if around:
            around, after, limit = _around(now, around, network)
        ranked = now.snapshot.leaderboard(network, after, limit + 1)
        if network is not None and network not in now.titles and not ranked:
            raise Missing(f"There is no network “{network}”.")
        rows = _rows(ranked[:limit], network, populations, now)
        colours = colours_of(now)
        return page(
            "leaderboard.html",
            rows=rows,
            following=ranked[limit - 1].place if len(ranked) > limit else None,
            before=max(0, after - PLACES) if after else None,
            around=around,
            network=network,
            title=None if network is None else now.title(network),
            networks=now.titles,
            key=[(now.title(name), colour) for name, colour in colours.items()],
            day=now.day,
        )


def _around(now: PageDay, name: str, network: str | None) -> tuple[str, int, int]:
    """Find a person by a name; gives its id, after which place to begin, and how many to show."""
    scored = now.find(name) or next(iter(now.search(name, 1)), None)
    if scored is None:
        raise Missing(f"There is no score for “{name}”.")
    place = scored.rank
    if network is not None:
        found = now.snapshot.place(scored.person, network)
        if found is None:
            raise Missing(f"“{scored.called}” has no part of {now.title(network)}.")
        place = found
    after = max(0, place - NEIGHBOURS - 1)
    return scored.person, after, place + NEIGHBOURS - after


def _rows(
    ranked: Sequence[Ranked], network: str | None, populations: Populations, now: PageDay
) -> list[BoardRow]:
    moves = _moves(ranked, populations, now) if network is None else {}
    found = []
    for each in ranked:
        parts = parts_of(each.scored, now)
        share = next((part.share for part in parts if part.network == network), 0.0)
        found.append(
            BoardRow(
                each,
                moves.get(each.scored.person, ()),
                segments(parts),
                parts[:TOLD],
                None if network is None else share,
            )
        )
    return found


def _moves(
    ranked: Sequence[Ranked], populations: Populations, now: PageDay
) -> dict[str, tuple[int | None, ...]]:
    published = {each.as_of for each in now.snapshot.days}
    latest = now.day.as_of
    days = [latest - timedelta(days) for days in BEFORE]
    today = populations.places(now.snapshot, latest, now.day)
    before = [
        populations.places(now.snapshot, day, now.day) if day in published else None for day in days
    ]
    keys = now.snapshot.keys(each.scored.person for each in ranked)

    def move(key: int, then: NDArray[np.int64] | None) -> int | None:
        known = then is not None and key < len(then) and then[key] and today[key]
        return int(then[key] - today[key]) if then is not None and known else None

    return {person: tuple(move(key, then) for then in before) for person, key in keys.items()}


def place_given(text: str) -> int:
    """Read the last place that was read, of any list.

    Raises
    ------
    Refusal
        If it is none.
    """
    if not text.isdecimal() or int(text[:20]) > DEEPEST:
        raise Refusal("“after” is the last place that was read: a whole number.")
    return int(text)
