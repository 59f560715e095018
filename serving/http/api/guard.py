"""Keys and bounds for what BentoML itself answers, and its place in `/v3`."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.errors import KloutError
from serving.http.api import journal
from serving.http.api.access import KeyGate
from serving.http.api.apart import Apart
from serving.http.api.bodies import MB, body_of
from serving.http.api.endpoints import PREFIX
from serving.http.api.problems import MEDIA_TYPE
from serving.http.api.refusals import NO_STORE, Refused, unavailable

SCORING = frozenset({"/score", "/score_batch"})
LIMITS = {"/score": 16 * MB, "/score_batch": 32 * MB, "/signals": 1_000}
"""Bytes of a body. A hundred thousand rows of a person are 13 MB; ten thousand people with seventy
signals each are 30 MB; nobody sends anything to be told the signals."""
VERSIONED = {f"{PREFIX}{path}": path for path in LIMITS}
"""What BentoML answers is there under both paths."""
LARGE = 128 * 2**10
"""Bodies of more bytes are worked off apart: to read so many holds up others for some 15 ms."""


class ScoreGuard:
    """Lets requests to score in, with a key for it, and no more of their bodies than is taken."""

    def __init__(
        self, app: ASGIApp, gate: Callable[[], KeyGate], apart: Callable[[], Apart]
    ) -> None:
        self.app, self.gate, self.apart = app, gate, apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and (path := VERSIONED.get(scope["path"])):
            # In place: the journal reads the route from the same scope.
            scope.update(path=path, raw_path=path.encode())
        if scope["type"] != "http" or scope["path"] not in LIMITS:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            await self._guarded(request, send)
        except Refused as refused:
            await journal.refused(scope, refused)(scope, receive, send)
        except KloutError as error:
            journal.fault(scope, error)
            await unavailable(NO_STORE).answer()(scope, receive, send)

    async def _guarded(self, request: Request, send: Send) -> None:
        gate, path = self.gate(), request.scope["path"]
        if path in SCORING:
            journal.note(request.scope, key=await gate.admit(request, "score"))
        if request.method != "POST":
            await self.app(request.scope, request.receive, send)
            return
        async with body_of(request, gate.room, LIMITS[path]) as body:
            if len(body) <= LARGE:
                _as_json(request.scope)
                await self.app(request.scope, _again(body, request.receive), send)
                return
            journal.note(request.scope, endpoint=path)
            status, content = await self.apart().answer(path, body)
        media_type = MEDIA_TYPE if status >= HTTPStatus.BAD_REQUEST else "application/json"
        made = Response(content, status, media_type=media_type)
        await made(request.scope, request.receive, send)


def _as_json(scope: Scope) -> None:
    """Say that the body is JSON, whatever was said of it: a form BentoML would read as fields."""
    others = [each for each in scope["headers"] if each[0].lower() != b"content-type"]
    scope["headers"] = [*others, (b"content-type", b"application/json")]


def _again(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
