"""The application: `/v3`, and the Klout API v2 beside it."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route, Router

from serving.http.api.access import KeyGate
from serving.http.api.arguments import EncodedPaths
from serving.http.api.context import Context
from serving.http.api.endpoint import Endpoint
from serving.http.api.endpoint_openapi import document
from serving.http.api.endpoint_runner import EndpointRunner
from serving.http.api.problems import ProblemMiddleware
from serving.http.api.version import API_VERSION
from serving.http.routes import PARTS

_GZIP_FROM = 1_000
"""Smaller answers fit a packet as they are."""
_GZIP_LEVEL = 5


def routes(context: Context, gate: KeyGate) -> list[BaseRoute]:
    """Make the routes of both."""
    engine = EndpointRunner(context, gate)
    return [_mount(engine, some, prefix) for some, prefix in PARTS]


def api(context: Context, gate: KeyGate | None = None) -> ProblemMiddleware:
    """Make an application of both alone, for tests."""
    gate = KeyGate(context.store, context.keys) if gate is None else gate
    return ProblemMiddleware(Starlette(routes=routes(context, gate)))


def _mount(engine: EndpointRunner, some: list[Endpoint], prefix: str) -> Mount:
    described = Route("/openapi.json", _document)
    # No application of its own: who mounts it turns exceptions into answers, and each layer costs.
    # No redirects either: an id may end in a slash.
    inner = Router([described, *engine.routes(some, prefix)], redirect_slashes=False)
    zipped = GZipMiddleware(EncodedPaths(inner), _GZIP_FROM, _GZIP_LEVEL)
    return Mount(prefix, app=zipped)


def _document(_: Request) -> JSONResponse:
    return JSONResponse(document(PARTS, API_VERSION))
