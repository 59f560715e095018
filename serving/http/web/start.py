"""The start page: a search field, and what it found."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from serving.http.api.context import Context
from serving.http.web.latest_day import open_page_day
from serving.http.web.rendering import page

MOST_FOUND = 20
MOST_LETTERS = 500
FIRST = 5
"""People of the leaderboard who are shown before anything is asked."""


def show(context: Context, request: Request) -> Response:
    """Answer ``/`` and ``/?q=NAME``."""
    words = request.query_params.get("q", "").strip()[:MOST_LETTERS]
    with open_page_day(context) as now:
        found = now.search(words, MOST_FOUND + 1)
        if not found and (exact := now.find(words)):
            found = [exact]
        return page(
            "start.html",
            words=words,
            found=found[:MOST_FOUND],
            more=len(found) > MOST_FOUND,
            best=[] if words else now.snapshot.leaderboard(limit=FIRST),
            day=now.day,
        )
