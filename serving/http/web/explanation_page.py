"""What takes seconds to find out: a page each, and a part that the person's page loads later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from features.errors import KloutError
from features.lake.remembering import lake_now
from features.storage.paths import location
from serving.http.api.context import Context
from serving.http.api.explanations import AnswerPlace
from serving.http.api.refusals import Refused
from serving.http.web import authenticity_part, belief_picture, moments, told
from serving.http.web.latest_day import PERIODS
from serving.http.web.no_page import Crowded
from serving.http.web.rendering import page
from serving.http.web.score_line import DAYS
from serving.store.lookups import StoredAccount
from serving.store.published_rows import PublishedDay, Scored

EXPLAINED = {
    "why": "Why this score",
    "moved": "Why it moved",
    "raise": "What would raise it",
    "moments": "Moments",
    "integrity": "Who is believed",
}
"""Pages that are computed from the lake, and their titles."""


class Telling:
    """Computes explanations; they are of a day and a model, and never get old.

    Parameters
    ----------
    context
        Without a lake nothing must be asked.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lake = location(context.lake or "")

    def answer(
        self,
        kind: str,
        scored: Scored,
        accounts: Sequence[StoredAccount],
        day: PublishedDay,
        titles: Mapping[str, str],
        query: Mapping[str, str],
    ) -> Response:
        """Tell one of `EXPLAINED`: the whole page, or with ``part`` in the query only its inside.

        Raises
        ------
        Crowded
            If too many others are waiting.
        """
        since, until = period = _period(query, day.as_of)
        place = AnswerPlace(
            self._context, scored.person, "person", self._lake, day, self._context.in_force
        )
        try:
            found = _found(kind, place, accounts, period)
        except Refused as busy:  # all that it refuses is to wait with too many others
            raise Crowded from busy
        except KloutError:
            found = None  # the lake knows nobody of this name on this day
        template = f"told/{kind}.html" if "part" in query else "told.html"
        return page(
            template,
            kind=kind,
            title=EXPLAINED[kind],
            scored=scored,
            day=day,
            since=since,
            until=until,
            periods=PERIODS,
            titles=titles,
            found=found,
            shown=found and self._shown(kind, found, day, titles),
        )

    def _shown(
        self, kind: str, found: Any, day: PublishedDay, titles: Mapping[str, str]
    ) -> told.Steps | told.Ways | belief_picture.BeliefPicture | None:
        if kind == "integrity":
            return belief_picture.picture(found)
        if kind == "why":
            return told.why(found)
        if kind == "moved":
            return told.moved(found, titles)
        return told.ways(found, self._context.networks(day.as_of)) if kind == "raise" else None


def _found(
    kind: str, place: AnswerPlace, accounts: Sequence[StoredAccount], period: tuple[date, date]
) -> Any:
    """Answer what the page is about; what the API answers too, once for both."""
    if kind == "why":
        return place.why()
    if kind == "moved":
        return place.moved(*period)
    if kind == "raise":
        return place.ways()
    find = moments.moments if kind == "moments" else authenticity_part.beliefs
    asked = f"{kind} of {tuple(accounts)}"
    return place.kept(asked, lambda: find(lake_now(place.lake), place.as_of, accounts))


def _period(query: Mapping[str, str], latest: date) -> tuple[date, date]:
    """Read from when to when a change is told: ``day=DATE``, that one, or ``days``, up to `latest`.

    What is none of `PERIODS`, and no day of the last `DAYS`, is a week.
    """
    with suppress(ValueError):
        day = date.fromisoformat(query.get("day", ""))
        if latest - timedelta(DAYS) < day <= latest:
            return day - timedelta(1), day
    text = query.get("days", "")
    days = int(text) if text in map(str, PERIODS) else PERIODS[0]
    return latest - timedelta(days), latest
