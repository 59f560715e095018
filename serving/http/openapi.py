"""The specification at ``/docs.json``: BentoML's, with what it can't know put right, and `/v3`.

BentoML writes OpenAPI 3.0 with its own error shape, takes only the first of alternatives, and
leaves examples out. Here the API's own paths get the schemas as pydantic gives them (which is
OpenAPI 3.1), problem details for errors, and examples that work when tried.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.http.api.endpoint_openapi import SECURITY, described
from serving.http.api.guard import VERSIONED
from serving.http.api.problems import MEDIA_TYPE, Problem
from serving.http.api.version import API_VERSION
from serving.http.routes import PARTS
from serving.http.score.examples import BATCH, ROWS, SCORE
from serving.http.score.schemas import BatchRequest, Score, ScoreRequest, SignalInfo
from training.use import FOR, NOT_FOR

Json = dict[str, Any]

ABOUT = "Scores from 1 to 100 for a person's influence over social networks."

_MODELS: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
    (ScoreRequest, "validation"),
    (BatchRequest, "validation"),
    (Score, "serialization"),
    (SignalInfo, "serialization"),
    (Problem, "serialization"),
]

_PROBLEMS = {
    400: "A field is wrong; it is named",
    401: "No key, or none that is good",
    403: "The key is for something else",
    408: "The body did not come in time",
    413: "The body is too large",
    415: "The body is not JSON",
    429: "Too many requests with this key",
    500: "A fault of the server",
    503: "The server is too busy",
}


def specification(made: Json) -> Json:
    """Put BentoML's specification right; the one given is left as it is."""
    paths: Json = made["paths"]
    _, schemas = models_json_schema(_MODELS, ref_template="#/components/schemas/{model}")
    score, batch, signals = (
        paths[f"/{name}"]["post"] for name in ("score", "score_batch", "signals")
    )
    infos = _many("SignalInfo")
    ours = {
        "/score": {"post": _operation(score, _one("Score"))},
        "/score_batch": {"post": _operation(batch, _many("Score"))},
        "/signals": {
            "get": _operation({**signals, "operationId": "KloutScore__get_signals"}, infos),
            "post": _operation(signals, infos),
        },
    }
    bodies = {
        "/score": _body("ScoreRequest", {"signals": SCORE, "rows": ROWS}),
        "/score_batch": _body("BatchRequest", {"two people": BATCH}),
    }
    published, needed = described(PARTS)
    for path, body in bodies.items():
        ours[path]["post"]["requestBody"] = body
    return {
        **made,
        "openapi": "3.1.0",
        "info": {
            "title": "Klout Score",
            "description": f"{ABOUT}\n\n{FOR}\n\n{NOT_FOR}",
            "version": API_VERSION,
        },
        "paths": {**paths, **ours, **_versioned(ours), **published},
        "components": {"schemas": needed | schemas["$defs"], "securitySchemes": SECURITY},
    }


def _versioned(ours: Json) -> Json:
    """Describe the same under `/v3`; operations have names of their own."""
    return {
        path: {
            method: {**each, "operationId": f"v3_{each['operationId']}"}
            for method, each in ours[plain].items()
        }
        for path, plain in VERSIONED.items()
    }


def _operation(made: Json, answer: Json) -> Json:
    """Keep an operation's name and words; replace what it answers."""
    good = {"description": "OK", "content": {"application/json": {"schema": answer}}}
    bad = {
        str(status): {"description": words, "content": {MEDIA_TYPE: {"schema": _one("Problem")}}}
        for status, words in _PROBLEMS.items()
    }
    kept = {name: value for name, value in made.items() if name != "requestBody"}
    return {**kept, "responses": {"200": good, **bad}}


def _body(model: str, examples: Json) -> Json:
    shown = {name: {"value": value} for name, value in examples.items()}
    content = {"application/json": {"schema": _one(model), "examples": shown}}
    return {"required": True, "content": content}


def _one(model: str) -> Json:
    return {"$ref": f"#/components/schemas/{model}"}


def _many(model: str) -> Json:
    return {"type": "array", "items": _one(model)}
