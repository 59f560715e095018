"""The OpenAPI 3.1 description, derived from the endpoints."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Literal

from pydantic import TypeAdapter

from serving.http.api.endpoint import Endpoint
from serving.http.api.problems import MEDIA_TYPE, Problem
from serving.http.api.questions import Name

Json = dict[str, Any]
Mode = Literal["serialization", "validation"]

_TEMPLATE = "#/components/schemas/{model}"
_PROBLEM: Json = {"schema": {"$ref": _TEMPLATE.format(model="Problem")}}
_COMMON = {
    400: "A field is wrong; it is named",
    401: "No key, or none that is good",
    403: "The key is for something else",
    404: "No such person, or topic",
    429: "Too many requests with this key",
    500: "A fault of the server",
    503: "No day is published, or too much is being asked",
}
_OF_BODIES = {
    408: "The body did not come in time",
    413: "The body is too large",
    415: "The body is not JSON",
}
_OF_ADMIN = {409: "It can't be done as things are; the reason is told"}

SECURITY: Json = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "query", "name": "key"},
}


def described(parts: list[tuple[list[Endpoint], str]]) -> tuple[Json, Json]:
    """Describe lists of endpoints, each with its prefix: paths, and the schemas they refer to."""
    paths: Json = {}
    endpoints = [(each, prefix) for some, prefix in parts for each in some]
    inputs: list[tuple[int, Mode, TypeAdapter[Any]]] = [(-1, "serialization", TypeAdapter(Problem))]
    for number, (each, _) in enumerate(endpoints):
        inputs.append((number, "serialization", each.adapter))
        if each.body is not None:
            inputs.append((number, "validation", TypeAdapter(each.body)))
    # All together, so that a name is given once.
    schemas, definitions = TypeAdapter.json_schemas(inputs, ref_template=_TEMPLATE)
    for number, (each, prefix) in enumerate(endpoints):
        body = schemas.get((number, "validation"))
        operation = _operation(each, prefix, schemas[number, "serialization"], body)
        paths.setdefault(f"{prefix}{each.path}", {})[each.method.lower()] = operation
    return paths, definitions["$defs"]


def document(parts: list[tuple[list[Endpoint], str]], version: str) -> Json:
    """Make a whole document."""
    paths, schemas = described(parts)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Klout Score: published scores", "version": version},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY},
    }


def _operation(endpoint: Endpoint, prefix: str, gives: Json, body: Json | None) -> Json:
    words = {**_COMMON}
    decides = endpoint.scope == "admin"
    words |= {} if body is None else _OF_BODIES
    words |= _OF_ADMIN if decides else {}
    answers: Json = {
        str(status): {"description": text, "content": {MEDIA_TYPE: _PROBLEM}}
        for status, text in sorted(words.items())
    }
    answers[str(endpoint.status)] = {
        "description": HTTPStatus(endpoint.status).phrase,
        "content": {"application/json": {"schema": gives}},
    }
    if endpoint.method == "GET":
        answers["304"] = {"description": HTTPStatus.NOT_MODIFIED.phrase}
    made: Json = {
        "operationId": f"{prefix.strip('/')}_{endpoint.answer.__name__}",
        "summary": endpoint.summary,
        "tags": [f"{prefix.strip('/')} {endpoint.scope}"],
        "parameters": [*_of_path(endpoint.path), *_of_query(endpoint)],
        "responses": answers,
        "security": [{"bearer": []}, {"key": []}, *([] if decides else [{}])],
    }
    if body is not None:
        content: Json = {"schema": body}
        if endpoint.example is not None:
            content["example"] = endpoint.example
        made["requestBody"] = {"required": True, "content": {"application/json": content}}
    return made


def _of_path(path: str) -> list[Json]:
    schema = TypeAdapter(Name).json_schema()
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _of_query(endpoint: Endpoint) -> list[Json]:
    if endpoint.query is None:
        return []
    schema = endpoint.query.model_json_schema()
    needed = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in needed,
            "description": field.pop("description", ""),
            "schema": _without_null(field),
        }
        for name, field in schema["properties"].items()
    ]


def _without_null(field: Json) -> Json:
    """Take null out of a parameter's schema: it is left out rather than null."""
    options = [each for each in field.get("anyOf", []) if each != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name not in ("anyOf", "default")}
    default = {} if field.get("default") is None else {"default": field["default"]}
    return rest | (options[0] if options else {}) | default
