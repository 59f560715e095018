"""One form for every error: problem details (RFC 9457), whoever refused the request.

BentoML answers errors in four shapes of its own (pydantic's list, an object, a list of one object,
plain text). The middleware here turns each into::

    {"type": "about:blank", "title": "Bad Request", "status": 400,
     "detail": "no signal 'twitter.folowers'; nearest: ['twitter.followers']",
     "field": "signals.twitter.folowers"}

``field`` is there where a field is to blame. The text of a 5xx says nothing of the inside.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus

from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    field: str | None = Field(
        None, description="The field to blame, as `signals.twitter.followers`."
    )


class ProblemMiddleware:
    """Put every error into the one form."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Translator(scope, receive, send))


class _Translator:
    """Passes good answers on as they come; holds a bad one back until it is whole."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.to = (scope, receive, send)
        self.status = 0
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
            if _is_finished(message):
                await self.to[2](message)
                return
            self.status = message["status"]
            self.headers = message["headers"]
        elif not self.status:
            await self.to[2](message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                answer = problem(self.status, *explain(self.status, self.body))
                kept = (b"allow", b"retry-after", b"server", b"x-bentoml-request-id")
                answer.raw_headers += [pair for pair in self.headers if pair[0].lower() in kept]
                await answer(*self.to)


def problem(status: int, detail: str, field: str | None = None) -> Response:
    """Make an error's answer."""
    title = HTTPStatus(status).phrase
    content = Problem(title=title, status=status, detail=detail, field=field)
    text = content.model_dump_json(exclude_none=True)
    return Response(text, status_code=status, media_type=MEDIA_TYPE)


def explain(status: int, body: bytes) -> tuple[str, str | None]:
    """Say what BentoML's answer says, and the field to blame if there is one.

    >>> explain(400, b'{"detail": [{"loc": ["people", 3, "person"], "msg": "Bad"}]}')
    ('Bad', 'people[3].person')
    >>> explain(404, b"Not Found")
    ('Not Found', None)
    """
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        busy = status == HTTPStatus.SERVICE_UNAVAILABLE
        return ("too busy; try again later" if busy else "the server's log has the reason"), None
    try:
        content = json.loads(body)
    except ValueError:
        return body.decode(errors="replace") or HTTPStatus(status).phrase, None
    if isinstance(content, list):
        content = content[0]
    details = content.get("detail")
    if isinstance(details, list) and details:
        return details[0]["msg"], field_name(details[0]["loc"])
    return str(content.get("error", HTTPStatus(status).phrase)), None


def field_name(place: list[str | int]) -> str:
    """Write a place in the request as people do.

    >>> field_name(["interactions", 3, "reaction"]), field_name([])
    ('interactions[3].reaction', 'body')
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part[:200]}" for part in place)
    return "".join(parts).removeprefix(".") or "body"


def quiet_refusals() -> None:
    """Keep refused requests out of the error log.

    BentoML logs each with a stack trace; that is a client's mistake and not an error of ours,
    and the trace would repeat what the request said of a person.
    """
    logger = logging.getLogger("bentoml._internal.server.http_app")
    logger.addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], ValidationError))


def _is_finished(message: Message) -> bool:
    """Whether an error is a problem already, or a page for people."""
    headers: dict[bytes, bytes] = dict(message["headers"])
    kind = headers.get(b"content-type", b"")
    return kind.startswith((MEDIA_TYPE.encode(), b"text/html"))
