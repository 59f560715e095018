"""Log lines and metrics: of endpoints and keys, never of persons.

A line is JSON: ``{"at": …, "request_id": …, "method": "GET", "endpoint": "/v3/persons/{person}",
"status": 200, "ms": 1.2, "key": "1f2e3d4c"}``. Paths and queries hold names, so neither is logged.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.http.api.refusals import Refused

LOGGER = logging.getLogger("klout.requests")
_NOTES = "klout.notes"
_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
_HEADER = b"x-request-id"
OTHER = "other"
"""The endpoint of a path that nobody knows."""


QUIET = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})
"""Counted, and not logged: machines ask for them all the time."""


class Meter(Protocol):
    """Counts requests."""

    def __call__(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one."""

    def scarce(self, what: str) -> None:
        """Count one that was refused because there was not enough of something."""


class Journal:
    """Logs and counts each request, and gives it an id."""

    def __init__(
        self,
        app: ASGIApp,
        meter: Meter,
        quiet: frozenset[str] = QUIET,
    ) -> None:
        self.app, self.meter, self.quiet = app, meter, quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        notes = scope[_NOTES] = {"request_id": _request_id(scope)}
        began, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                name = notes["request_id"].encode()
                message = {**message, "headers": [*message["headers"], (_HEADER, name)]}
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            # A route's own path has names of parameters where a request's has their values.
            route = getattr(scope.get("route"), "path", None) or OTHER
            endpoint = notes.pop("endpoint", route)
            seconds = time.perf_counter() - began
            self.meter(endpoint, status, seconds)
            if what := notes.get("scarce"):
                self.meter.scarce(what)
            if scope["path"] not in self.quiet:
                tell(scope["method"], endpoint, status, seconds, notes)


def tell(method: str, endpoint: str, status: int, seconds: float, notes: dict[str, Any]) -> None:
    """Log one request."""
    if LOGGER.isEnabledFor(logging.INFO):
        line = {"method": method, "endpoint": endpoint, "status": status}
        _log(logging.INFO, notes | line | {"ms": round(seconds * 1000, 1)})


def note(scope: Scope, **what: str | None) -> None:
    """Add to the log line of a request."""
    scope.setdefault(_NOTES, {}).update(what)


def refused(scope: Scope, why: Refused) -> Response:
    """Answer a refused request, and note what was scarce if something was."""
    note_scarce(scope, why.scarce)
    return why.answer()


def note_scarce(scope: Scope, what: str | None) -> None:
    """Note what there was not enough of, for the log line and the metrics."""
    if what is not None:
        note(scope, scarce=what)


def fault(scope: Scope, error: Exception) -> None:
    """Log an error by its kind and place: its text may name somebody."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno}" for frame in frames[-6:]]
    line = {"error": type(error).__name__, "at_lines": places}
    _log(logging.ERROR, {"request_id": scope.get(_NOTES, {}).get("request_id")} | line)


def started(bounds: dict[str, int]) -> None:
    """Log how many connections this process takes, and how many files it may open."""
    _log(logging.INFO, {"connections": bounds})


def to_stderr() -> None:
    """Write the log lines to standard error, as they are."""
    if not LOGGER.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        LOGGER.addHandler(handler)
        LOGGER.setLevel(logging.INFO)
        LOGGER.propagate = False


def _log(level: int, line: dict[str, Any]) -> None:
    LOGGER.log(level, json.dumps({"at": datetime.now(UTC).isoformat(), **line}))


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(_HEADER, b"")
    return str(given.decode()) if _ID.fullmatch(given) else secrets.token_hex(8)
