"""Keys for what BentoML itself answers, and its place in `/v3`."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api import journal
from serving.api.endpoints import PREFIX
from serving.api.keys import Gate
from serving.api.refusals import Refused

SCORING = frozenset({"/score", "/score_batch"})
VERSIONED = {f"{PREFIX}{path}": path for path in (*SCORING, "/signals")}
"""What BentoML answers is there under both paths."""


class ScoreGuard:
    """Lets requests to score in, with a key for it."""

    def __init__(self, app: ASGIApp, gate: Callable[[], Gate]) -> None:
        self.app, self.gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and (path := VERSIONED.get(scope["path"])):
            # In place: the journal reads the route from the same scope.
            scope.update(path=path, raw_path=path.encode())
        if scope["type"] == "http" and scope["path"] in SCORING:
            try:
                key = await self.gate().admit(Request(scope), "score")
            except Refused as refused:
                await refused.answer()(scope, receive, send)
                return
            journal.note(scope, key=key)
        await self.app(scope, receive, send)
