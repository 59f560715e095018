"""From a request to what an endpoint's function takes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, get_origin
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.http.api.endpoint import Endpoint
from serving.http.api.problems import field_name
from serving.http.api.questions import Name
from serving.http.api.refusals import Refused

_NAME: TypeAdapter[str] = TypeAdapter(Name)


class EncodedPaths:
    """Routes by the path as it was sent, so that an id may hold ``%2F``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        raw = scope.get("raw_path")
        if scope["type"] == "http" and raw is not None:
            scope = {**scope, "path": raw.partition(b"?")[0].decode("latin-1")}
        await self.app(scope, receive, send)


def arguments(endpoint: Endpoint, request: Request, body: bytes = b"") -> dict[str, Any]:
    """Check a request, whose body has been read.

    Raises
    ------
    Refused
        400 with the field to blame.
    """
    found: dict[str, Any] = {
        name: _named(name, encoded) for name, encoded in request.path_params.items()
    }
    if endpoint.query is not None:
        found["query"] = _query(endpoint.query, request)
    if endpoint.body is not None:
        found["body"] = _body(endpoint.body, body)
    if endpoint.tells_addresses:
        found["address"] = f"{request.url.scheme}://{request.url.netloc}"
    return found


def _named(name: str, encoded: str) -> str:
    try:
        return _NAME.validate_python(unquote_to_bytes(encoded.encode("latin-1")).decode())
    except ValidationError as error:
        raise wrong(error, name) from None
    except UnicodeDecodeError:
        raise Refused(HTTPStatus.BAD_REQUEST, "is not UTF-8", name) from None


def _query(model: type[BaseModel], request: Request) -> BaseModel:
    given: dict[str, Any] = {}
    for name in dict.fromkeys(request.query_params.keys()):
        values = request.query_params.getlist(name)
        if name == "key":
            continue
        declared = model.model_fields.get(name)
        if declared is not None and get_origin(declared.annotation) is list:
            given[name] = values
        elif len(values) > 1:
            raise Refused(HTTPStatus.BAD_REQUEST, "is given more than once", name[:80])
        else:
            given[name] = values[0]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise wrong(error) from None


def _body(model: type[BaseModel], content: bytes) -> BaseModel:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise wrong(error) from None


def wrong(error: ValidationError, within: str | None = None) -> Refused:
    """Name the first field that is wrong."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = list(first["loc"])
    name = field_name(place) if within is None else within
    return Refused(HTTPStatus.BAD_REQUEST, first["msg"], name)
