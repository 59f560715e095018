"""What takes seconds to find out: a page each, and a part that the person's page loads later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from starlette.responses import Response

from features.errors import KloutError
from features.lake import Lake
from features.lake.rereading import rereading
from features.storage.paths import location
from serving.explain import change, counterfactual, why
from serving.explain.explainer import scored_by
from serving.http.api.context import Context
from serving.http.api.turns import Busy
from serving.http.web import authenticity_part, belief_picture, moments, told
from serving.http.web.latest_day import PERIODS
from serving.http.web.no_page import Crowded
from serving.http.web.rendering import page
from serving.http.web.score_line import DAYS
from serving.store.lookups import StoredAccount
from serving.store.published_rows import PublishedDay, Scored
from training.registry.archive import ArchivedModel

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
        self._lake: Path | str = context.lake or ""

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
        in_force = self._context.model().version
        key = (kind, scored.person, tuple(accounts), day, in_force, period)
        try:
            found = self._context.memory.get(
                key, lambda: self._computed(kind, scored.person, accounts, day, period)
            )
        except Busy as busy:
            raise Crowded from busy
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

    def _computed(
        self,
        kind: str,
        person: str,
        accounts: Sequence[StoredAccount],
        day: PublishedDay,
        period: tuple[date, date],
    ) -> Any:
        try:
            asked = partial(self._found, kind, person, accounts, day.as_of, period)
            return rereading(location(self._lake), asked)
        except KloutError:
            return None  # the lake knows nobody of this name on this day

    def _found(
        self,
        kind: str,
        person: str,
        accounts: Sequence[StoredAccount],
        as_of: date,
        period: tuple[date, date],
    ) -> Any:
        lake = Lake(self._lake)
        if kind == "moments":
            return moments.moments(lake, as_of, accounts)
        if kind == "integrity":
            return authenticity_part.beliefs(lake, as_of, accounts)
        if kind == "moved":
            then, now = (self._scorer(lake, each).model for each in period)
            return change.explain_change(lake, *period, person, then, now)
        by = self._scorer(lake, as_of)
        if kind == "why":
            return why.why(lake, as_of, person, by.model, by.reference)
        return counterfactual.next_point(lake, as_of, person, by.model)

    def _scorer(self, lake: Lake, as_of: date) -> ArchivedModel:
        """Find the model that scored a day; of others the model in force is asked."""
        return scored_by(lake, as_of, self._context.in_force)


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
