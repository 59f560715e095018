"""Runs endpoints: lets in, checks, answers from a thread, and says what is unchanged."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from typing import Any

from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.errors import KloutError
from serving.http.api import journal
from serving.http.api.access import KeyGate
from serving.http.api.arguments import arguments
from serving.http.api.asker import ASKER
from serving.http.api.bodies import body_of
from serving.http.api.context import Context
from serving.http.api.deadline import LONG, LONG_S, READ_S, SILENT, within
from serving.http.api.endpoint import Endpoint
from serving.http.api.memory import AT_ONCE, WAITING
from serving.http.api.problems import problem
from serving.http.api.refusals import NO_STORE, Refused, too_many, unavailable

READS_AT_ONCE = 4
"""Threads that read the store; more would only take turns."""
SLOW_AT_ONCE = AT_ONCE + WAITING + READS_AT_ONCE
"""Threads of what takes seconds.

Which wait for their turn in `serving.http.api.memory`. Those to spare
give what is known, and tell who is too many to come again."""
SLOW_OF_ONE = AT_ONCE + WAITING
"""Of one who asks, so that the threads to spare are for the others."""


HELD_S = 30.0
"""A file that did not answer is asked from threads for so long: to wait for it would stop all."""


class EndpointRunner:
    """What the endpoints of one context share."""

    def __init__(self, context: Context, gate: KeyGate) -> None:
        self.context, self.gate, self.clock = context, gate, time.monotonic
        self._reads = CapacityLimiter(READS_AT_ONCE)
        self._slow = CapacityLimiter(SLOW_AT_ONCE)
        self._asked: Counter[str] = Counter()
        self._held_until = 0.0

    def routes(self, endpoints: list[Endpoint], prefix: str) -> list[Route]:
        """Make a route of each path; more specific paths first."""
        paths: dict[str, dict[str, Endpoint]] = {}
        for each in endpoints:
            paths.setdefault(each.path, {})[each.method] = each
        # `persons/{person}` would take `persons/{person}/history` for a person.
        ordered = sorted(paths, key=lambda path: (path.endswith("}"), -path.count("/")))
        return [self._route(path, paths[path], prefix) for path in ordered]

    def _route(self, path: str, methods: dict[str, Endpoint], prefix: str) -> Route:
        async def answer(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            journal.note(request.scope, endpoint=f"{prefix}{path}")
            return await self.answer(methods[method], request)

        return Route(_pattern(path), answer, methods=list(methods))

    async def answer(self, endpoint: Endpoint, request: Request) -> Response:
        """Answer a request, with a problem if need be."""
        try:
            return await self._answer(endpoint, request)
        except Refused as refused:
            return journal.refused(request.scope, refused)
        except KloutError as error:
            journal.fault(request.scope, error)
            return unavailable(NO_STORE).answer()
        except Exception as error:
            journal.fault(request.scope, error)
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the server's log has the reason")

    async def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        key = await self.gate.admit(request, endpoint.scope)
        journal.note(request.scope, key=key)
        if endpoint.body is None:
            return await self._called(endpoint, request, arguments(endpoint, request))
        async with body_of(request, self.gate.room) as body:
            return await self._called(endpoint, request, arguments(endpoint, request, body))

    async def _called(
        self, endpoint: Endpoint, request: Request, given: dict[str, Any]
    ) -> Response:
        call = partial(endpoint.answer, self.context, **given)
        content = await self._run(endpoint, lambda: endpoint.adapter.dump_json(call()))
        if endpoint.method != "GET":
            return Response(content, endpoint.status, media_type="application/json")
        return _conditional(request, content)

    async def _run(self, endpoint: Endpoint, call: Callable[[], bytes]) -> bytes:
        if endpoint.slow:
            with self._shared():
                return await within(LONG_S, LONG, call, self._slow)
        if endpoint.quick and self.context.is_file and self.clock() >= self._held_until:
            try:
                return call()  # a few pages of a file: to hand it to a thread takes longer
            except KloutError:
                self._held_until = self.clock() + HELD_S
                raise
        return await within(READ_S, SILENT, call, self._reads)

    @contextmanager
    def _shared(self) -> Iterator[None]:
        """Keep who asks from waiting for threads more often than it could wait for a turn."""
        asker = ASKER.get()
        if self._asked[asker] >= SLOW_OF_ONE:
            raise too_many()
        self._asked[asker] += 1
        try:
            yield
        finally:
            self._asked[asker] -= 1
            self._asked += Counter()  # drops those who ask nothing


def _conditional(request: Request, content: bytes) -> Response:
    """Answer 304 if the client has this already.

    The tag is of the answer itself. One of the day and the question alone would go on to vouch
    for somebody who has left since.
    """
    tag = f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    known = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known or tag.removeprefix("W/") in known or "*" in known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def _pattern(path: str) -> str:
    """Let a name take slashes too, but for the last of several: nothing tells where it begins."""
    return path.replace("{person}", "{person:path}").replace("{account}", "{account:path}")
