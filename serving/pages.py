"""What is mounted into the service: pages, Swagger, the specification, `/v3`, `/v2`, metrics."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from serving.api import app, process
from serving.api.context import Context
from serving.api.metrics import Metrics
from serving.openapi import specification

WEB = "serving.web.app"
"""Pages for people: ``routes(context)``. Swagger is then at ``/docs`` alone."""
EVERYTHING = "/{path:path}"

# BentoML's own front page loads Google Tag Manager; this one only what the server has.
SWAGGER = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Klout Score: the API</title>
<link rel="stylesheet" href="static_content/swagger-ui.css">
<link rel="icon" href="static_content/favicon-light-32x32.png">
<div id="swagger-ui"></div>
<script src="static_content/swagger-ui-bundle.js"></script>
<script>
  SwaggerUIBundle({url: "docs.json", dom_id: "#swagger-ui", validatorUrl: null});
</script>
</html>
"""


def pages(service: Any, metrics: Metrics) -> Starlette:
    """Make the application that is mounted into the service."""

    def docs(_: Request) -> JSONResponse:
        return JSONResponse(specification(service.openapi_spec.asdict()))

    return Starlette(
        routes=[
            Route("/docs", _front),
            Route("/docs.json", docs),
            Route("/signals", _signals),
            Route("/metrics", metrics.page),
        ]
    )


def open_pages(mounted: Starlette) -> None:
    """Add what answers from the store, once it can be opened: in the process that serves.

    Raises
    ------
    KloutError
        If the store can't be opened.
    """
    context = process.context()
    mounted.router.routes += [*app.routes(context, process.gate()), *_web(context)]


def _web(context: Context) -> list[BaseRoute]:
    if find_spec(WEB.rpartition(".")[0]) is None or find_spec(WEB) is None:
        return [Route("/", _front)]
    found: list[Route] = import_module(WEB).routes(context)
    return [_ForBrowsers(each) if each.path == EVERYTHING else each for each in found]


class _ForBrowsers(Route):
    """A page that says that there is none, for who wants a page: others look further."""

    def __init__(self, page: Route) -> None:
        super().__init__(page.path, page.endpoint, methods=["GET"])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether the route takes a request."""
        wants_page = b"text/html" in dict(scope.get("headers", ())).get(b"accept", b"")
        return super().matches(scope) if wants_page else (Match.NONE, {})


def _front(_: Request) -> HTMLResponse:
    return HTMLResponse(SWAGGER)


def _signals(_: Request) -> JSONResponse:
    service = bentoml.get_current_service()
    return JSONResponse([signal.model_dump() for signal in service.signals.local()])
