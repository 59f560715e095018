"""What takes seconds to find out: a page each, and a part that the person's page loads later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from starlette.responses import Response

from features.errors import KloutError
from features.lake import Lake
from features.lake.remembering import lake_now
from features.lake.rereading import rereading
from features.storage.paths import location
from serving.explain import change, counterfactual, why
from serving.explain.explainer import scored_by
from serving.http.api.context import Context
from serving.http.api.turns import Busy
from serving.http.web import authenticity_part, moments
from serving.http.web.latest_day import PERIODS
from serving.http.web.no_page import Crowded
from serving.http.web.rendering import page
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
        days = _period(query.get("days", ""))
        in_force = self._context.model().version
        key = (kind, scored.person, tuple(accounts), day, in_force, days)
        try:
            found = self._context.memory.get(
                key, lambda: self._computed(kind, scored.person, accounts, day, days)
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
            days=days,
            periods=PERIODS,
            titles=titles,
            **found,
        )

    def _computed(
        self,
        kind: str,
        person: str,
        accounts: Sequence[StoredAccount],
        day: PublishedDay,
        days: int,
    ) -> dict[str, Any]:
        try:
            asked = partial(self._found, kind, person, accounts, day.as_of, days)
            found = rereading(location(self._lake), asked)
        except KloutError:
            found = None  # the lake knows nobody of this name on this day
        return {"found": found}

    def _found(
        self, kind: str, person: str, accounts: Sequence[StoredAccount], as_of: date, days: int
    ) -> Any:
        lake = lake_now(self._lake)
        if kind == "moments":
            return moments.moments(lake, as_of, accounts)
        if kind == "integrity":
            return authenticity_part.beliefs(lake, as_of, accounts)
        by = self._scorer(lake, as_of)
        if kind == "why":
            return why.why(lake, as_of, person, by.model, by.reference)
        if kind == "moved":
            since = as_of - timedelta(days)
            then = self._scorer(lake, since).model
            return change.explain_change(lake, since, as_of, person, then, by.model)
        return counterfactual.next_point(lake, as_of, person, by.model)

    def _scorer(self, lake: Lake, as_of: date) -> ArchivedModel:
        """Find the model that scored a day; of others the model in force is asked."""
        return scored_by(lake, as_of, self._context.in_force)


def _period(text: str) -> int:
    """Read the days of a change; what is none of `PERIODS` is a week."""
    return int(text) if text in map(str, PERIODS) else PERIODS[0]
