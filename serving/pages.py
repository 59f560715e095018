"""What is read with GET beside BentoML's own pages: the signals, and the specification."""

from __future__ import annotations

from typing import Any

import bentoml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from serving.openapi import specification


def pages(service: Any) -> Starlette:
    """Make the application that is mounted into the service."""

    def docs(_: Request) -> JSONResponse:
        return JSONResponse(specification(service.openapi_spec.asdict()))

    return Starlette(routes=[Route("/signals", _signals), Route("/docs.json", docs)])


def _signals(_: Request) -> JSONResponse:
    service = bentoml.get_current_service()
    return JSONResponse([signal.model_dump() for signal in service.signals.local()])
