"""What is read with GET beside BentoML's own: Swagger, the specification, the signals."""

from __future__ import annotations

from typing import Any

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from serving.openapi import specification

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


def pages(service: Any) -> Starlette:
    """Make the application that is mounted into the service."""

    def docs(_: Request) -> JSONResponse:
        return JSONResponse(specification(service.openapi_spec.asdict()))

    return Starlette(
        routes=[Route("/", _front), Route("/docs.json", docs), Route("/signals", _signals)]
    )


def _front(_: Request) -> HTMLResponse:
    return HTMLResponse(SWAGGER)


def _signals(_: Request) -> JSONResponse:
    service = bentoml.get_current_service()
    return JSONResponse([signal.model_dump() for signal in service.signals.local()])
