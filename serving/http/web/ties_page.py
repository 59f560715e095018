"""Whom a person influences most, and who influences it: a page, and a part of the person's."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from serving.http.api.answer_parts import LatestDay
from serving.http.api.api_ties import Tied, of_one_day
from serving.http.api.context import Context
from serving.http.api.explanations import place_of
from serving.http.api.refusals import Refused
from serving.http.web import told
from serving.http.web.no_page import Crowded
from serving.http.web.rendering import page
from serving.store.published_rows import PublishedDay, Scored

KIND = "ties"
TITLE = "Whom they reach"


def show(context: Context, scored: Scored, day: PublishedDay, query: Mapping[str, str]) -> Response:
    """Tell it: the whole page, or with ``part`` in the query only its inside.

    Raises
    ------
    Crowded
        If too many others are waiting.
    """

    def tell(scored: Scored, day: PublishedDay, found: list[Tied] | None) -> Response:
        return page(
            f"told/{KIND}.html" if "part" in query else "told.html",
            kind=KIND,
            title=TITLE,
            scored=scored,
            day=day,
            found=found,
            drawn=found and told.ties(found),
            fanned=told.FANNED,
        )

    def answer(now: LatestDay, found: list[Tied]) -> Response:
        return tell(now.scored(scored.person), now.day, found)

    try:
        person = scored.person
        return of_one_day(lambda: place_of(context, person), ["influencees", "influencers"], answer)
    except Refused as refused:
        if refused.status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise Crowded from refused
        return tell(scored, day, None)  # the lake knows nobody of this name on this day
