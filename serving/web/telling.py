"""What takes seconds to find out: a page each, and a part that the person's page loads later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from starlette.responses import Response

from features.errors import KloutError
from features.lake import Lake
from serving.api.context import Context
from serving.explain import movement, reasons, supposing
from serving.store.lookups import Account
from serving.store.records import PublishedDay, Scored
from serving.web import integrity, moments
from serving.web.now import PERIODS
from serving.web.refusals import Closed
from serving.web.rendering import page
from training.model import Model

EXPLAINED = {
    "why": "Why this score",
    "moved": "Why it moved",
    "raise": "What would raise it",
    "moments": "Moments",
    "integrity": "Who is believed",
}
"""Pages that are computed from the lake, and their titles."""

AT_ONCE = 2
"""Computed at a time: each takes a core for seconds."""
WAITING = 8
"""Others that may wait for a turn."""
WAIT = 20.0
"""Seconds that one waits for its turn."""


class Telling:
    """Computes explanations, few at a time; they are of a day and a model, and never get old.

    Parameters
    ----------
    context
        Without a lake nothing must be asked.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lake: Path | str = context.lake or ""
        self._turn = BoundedSemaphore(AT_ONCE)
        self._queue = BoundedSemaphore(AT_ONCE + WAITING)

    def answer(
        self,
        kind: str,
        scored: Scored,
        accounts: Sequence[Account],
        day: PublishedDay,
        titles: Mapping[str, str],
        query: Mapping[str, str],
    ) -> Response:
        """Tell one of `EXPLAINED`: the whole page, or with ``part`` in the query only its inside.

        Raises
        ------
        Closed
            If too many others are waiting.
        """
        days = _period(query.get("days", ""))
        model = self._context.model()
        key = (kind, scored.person, tuple(accounts), day.as_of, day.model, model.version, days)
        found = self._context.memory.get(
            key, lambda: self._computed(kind, scored.person, accounts, day, model, days)
        )
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
            model=model.version,
            **found,
        )

    def _computed(
        self,
        kind: str,
        person: str,
        accounts: Sequence[Account],
        day: PublishedDay,
        model: Model,
        days: int,
    ) -> dict[str, Any]:
        with self._place():
            try:
                found = self._found(kind, person, accounts, day, model, days)
            except KloutError:
                found = None  # the lake knows nobody of this name on this day
        return {"found": found}

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Wait for a turn, unless too many wait already: each of them holds a thread."""
        busy = Closed("Too many explanations are being worked out. Try again in a minute.")
        if not self._queue.acquire(blocking=False):
            raise busy
        try:
            if not self._turn.acquire(timeout=WAIT):
                raise busy
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._queue.release()

    def _found(
        self,
        kind: str,
        person: str,
        accounts: Sequence[Account],
        day: PublishedDay,
        model: Model,
        days: int,
    ) -> Any:
        lake, as_of = Lake(self._lake), day.as_of
        if kind == "why":
            return reasons.why(lake, as_of, person, model, self._context.reference())
        if kind == "moved":
            return movement.moved(lake, as_of - timedelta(days), as_of, person, model)
        if kind == "raise":
            return supposing.next_point(lake, as_of, person, model)
        if kind == "moments":
            return moments.moments(lake, as_of, accounts)
        return integrity.beliefs(lake, as_of, accounts)


def _period(text: str) -> int:
    """Read the days of a change; what is none of `PERIODS` is a week."""
    return int(text) if text in map(str, PERIODS) else PERIODS[0]
