"""What is mounted into the service: pages, Swagger, the specification, `/v3`, `/v2`, metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import bentoml
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from serving.http import api_app
from serving.http.api import admin, process
from serving.http.api.local import is_direct
from serving.http.api.prometheus import Metrics
from serving.http.api.refusals import Refused
from serving.http.openapi import specification
from serving.http.web import web_app as web

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
            Route("/metrics", _measured(metrics)),
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
    gate = process.gate()
    admin.work_off(context)  # what a server that ended has left
    mounted.router.routes += [*api_app.routes(context, gate), *web.routes(context, gate)]


def _measured(metrics: Metrics) -> Callable[[Request], Awaitable[Response]]:
    """Show metrics to who asks from this machine, and to who has a key for reading."""

    async def measured(request: Request) -> Response:
        try:
            if not is_direct(request):
                await process.gate().admit(request, "read")
        except Refused as refused:
            return refused.answer()
        return await run_in_threadpool(metrics.page, request)

    return measured


def _front(_: Request) -> HTMLResponse:
    return HTMLResponse(SWAGGER)


def _signals(_: Request) -> JSONResponse:
    service = bentoml.get_current_service()
    return JSONResponse([signal.model_dump() for signal in service.signals.local()])
