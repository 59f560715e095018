"""The pages' routes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from features.errors import KloutError
from serving.http.api import journal
from serving.http.api.access import KeyGate
from serving.http.api.context import Context
from serving.http.api.deadline import LONG, LONG_S, within
from serving.http.api.refusals import Refused
from serving.http.population import Populations
from serving.http.web import (
    about,
    compare,
    leaderboard,
    person_page,
    population_page,
    start,
    topics_page,
)
from serving.http.web.explanation_page import Telling
from serving.http.web.no_page import Closed, Hurried, Locked, Missing, Refusal
from serving.http.web.rendering import asset, page

Page = Callable[[Request], Response]
AsyncHandler = Callable[[Request], Awaitable[Response]]

SCOPE = "read"
"""What a key must be for to open pages."""

LEAST_PACKED = 1_000
"""Bytes from which on packing saves a packet."""

_LOGGER = logging.getLogger("klout.web")


def routes(context: Context, gate: KeyGate | None = None) -> list[BaseRoute]:
    """Make the routes of all pages, to be mounted at ``/`` after everything else.

    Each page is made in a thread and holds up no other request.

    Parameters
    ----------
    context
        What the pages answer from.
    gate
        Lets in who may read. None: one of its own, which asks for keys if the context does.
    """
    gate = KeyGate(context.store, context.keys) if gate is None else gate
    telling, populations = Telling(context), Populations()
    of_people: dict[str, Page] = {
        "/": lambda request: start.show(context, request),
        "/people": lambda request: person_page.show(context, telling, request),
        "/people/{person:path}": lambda request: person_page.show(context, telling, request),
        "/compare": lambda request: compare.show(context, request),
        "/leaderboard": lambda request: leaderboard.show(context, populations, request),
        "/population": lambda request: population_page.show(context, populations, request),
        "/topics": lambda request: topics_page.show(context, request),
        "/topics/{topic:path}": lambda request: topics_page.show(context, request),
    }
    of_nobody: dict[str, Page] = {"/about": lambda _: about.show(context), "/assets/{name}": _asset}
    of_nobody["/assets/topics/{name:path}"] = topics_page.draw
    shown = {path: _guarded(show, gate) for path, show in of_people.items()}
    shown |= {path: _guarded(show) for path, show in of_nobody.items()}
    gzip = [Middleware(GZipMiddleware, minimum_size=LEAST_PACKED)]
    found = [Route(path, show, methods=["GET"], middleware=gzip) for path, show in shown.items()]
    return [*found, _Nowhere("/{path:path}", _guarded(_nothing), methods=["GET"])]


class _Nowhere(Route):
    """Matches what nothing else does, for browsers.

    A program's request matches nothing here: the API answers it in its own form, 405 included.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match only who reads HTML."""
        found = super().matches(scope)
        reads_html = "text/html" in Headers(scope=scope).get("accept", "")
        return found if found[0] is Match.FULL and reads_html else (Match.NONE, {})


def _guarded(show: Page, gate: KeyGate | None = None) -> AsyncHandler:
    """Let in who may read, where there is a gate, and turn what goes wrong into a page."""

    async def guarded(request: Request) -> Response:
        try:
            if gate is not None:
                await _admit(gate, request)
            return await within(LONG_S, LONG, partial(show, request))
        except Refusal as refusal:
            journal.note_scarce(request.scope, refusal.scarce)
            return _refused(refusal)
        except Refused:
            return _refused(Closed("This takes too long at the moment. Try again in a minute."))
        except KloutError as error:
            # The reason may name files of the server: it is for the log.
            _LOGGER.warning("a page could not be shown: %s", error)
            return _refused(Closed("The scores cannot be read at the moment."))

    return guarded


async def _admit(gate: KeyGate, request: Request) -> None:
    try:
        journal.note(request.scope, key=await gate.admit(request, SCOPE))
    except Refused as refused:
        if refused.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Hurried("Wait a little, then load the page again.", refused.headers) from refused
        if refused.status == HTTPStatus.SERVICE_UNAVAILABLE:
            raise Closed("The keys cannot be read at the moment.") from refused
        raise Locked(
            "Load the page again, and give a key for reading as the password; any name will do."
        ) from refused


def _refused(refusal: Refusal) -> Response:
    told = page("refusal.html", status=refusal.status, title=refusal.title, reason=str(refusal))
    told.headers.update(refusal.headers)
    return told


def _asset(request: Request) -> Response:
    try:
        return asset(request.path_params["name"])
    except KloutError as error:
        raise Missing("There is no such file.") from error


def _nothing(_: Request) -> Response:
    raise Missing("There is no such page.")
