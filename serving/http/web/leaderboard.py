"""The leaderboard, in all and by network."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from serving.http.api.context import Context
from serving.http.web.latest_day import open_page_day
from serving.http.web.no_page import Missing, Refusal
from serving.http.web.rendering import page
from serving.store.published_rows import Ranked

PLACES = 50
DEEPEST = 1_000_000_000
"""No board has so many places; larger numbers are no database's."""


def show(context: Context, request: Request) -> Response:
    """Answer ``/leaderboard?network=NETWORK&after=PLACE``."""
    network = request.query_params.get("network") or None
    after = place_given(request.query_params.get("after", "0"))
    with open_page_day(context) as now:
        ranked = now.snapshot.leaderboard(network, after, PLACES + 1)
        if network is not None and network not in now.titles and not ranked:
            raise Missing(f"There is no network “{network}”.")
        return page(
            "leaderboard.html",
            ranked=ranked[:PLACES],
            following=ranked[PLACES - 1].place if len(ranked) > PLACES else None,
            before=max(0, after - PLACES) if after else None,
            network=network,
            title=None if network is None else now.title(network),
            networks=now.titles,
            shares=None if network is None else {r.place: _share(r, network) for r in ranked},
            day=now.day,
        )


def _share(ranked: Ranked, network: str) -> float:
    parts = ranked.scored.parts
    return parts.get(network, 0.0) / (sum(parts.values()) or 1.0)


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
