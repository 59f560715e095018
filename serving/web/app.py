"""The pages' routes."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from features.errors import KloutError
from serving.api.context import Context
from serving.web import about, compare, leaderboard, person, start
from serving.web.refusals import Closed, Missing, Refusal
from serving.web.rendering import asset, page
from serving.web.telling import Telling

Page = Callable[[Request], Response]

LEAST_PACKED = 1_000
"""Bytes from which on packing saves a packet."""

_LOGGER = logging.getLogger("klout.web")


def routes(context: Context) -> list[BaseRoute]:
    """Make the routes of all pages, to be mounted at ``/`` after everything else.

    Endpoints are plain functions, so that each runs in a thread and holds up no other request.
    """
    telling = Telling(context)
    pages: dict[str, Page] = {
        "/": lambda request: start.show(context, request),
        "/people": lambda request: person.show(context, telling, request),
        "/people/{person:path}": lambda request: person.show(context, telling, request),
        "/compare": lambda request: compare.show(context, request),
        "/leaderboard": lambda request: leaderboard.show(context, request),
        "/about": lambda _: about.show(context),
        "/assets/{name}": _asset,
    }
    gzip = [Middleware(GZipMiddleware, minimum_size=LEAST_PACKED)]
    found = [
        Route(path, _guarded(show), methods=["GET"], middleware=gzip)
        for path, show in pages.items()
    ]
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


def _guarded(show: Page) -> Page:
    """Turn what goes wrong into a page."""

    def guarded(request: Request) -> Response:
        try:
            return show(request)
        except Refusal as refusal:
            return _refused(refusal)
        except KloutError as error:
            # The reason may name files of the server: it is for the log.
            _LOGGER.warning("a page could not be shown: %s", error)
            return _refused(Closed("The scores cannot be read at the moment."))

    return guarded


def _refused(refusal: Refusal) -> Response:
    return page("refusal.html", status=refusal.status, title=refusal.title, reason=str(refusal))


def _asset(request: Request) -> Response:
    try:
        return asset(request.path_params["name"])
    except KloutError as error:
        raise Missing("There is no such file.") from error


def _nothing(_: Request) -> Response:
    raise Missing("There is no such page.")
