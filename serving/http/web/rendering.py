"""From templates to answers that a browser may show, and do no more with.

A page's words stand in its template, ``templates/NAME.html``; what is said of signals comes from
`serving.explain.text`, of causes of a change from `serving.explain.change_text`, and numbers and
days are written by `serving.http.web.sentences`.
"""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from features.errors import KloutError
from serving.explain.text import number
from serving.http.web import addresses, sentences
from training.influence.confidence import SAYS

HERE = Path(__file__).parent
ASSETS = {"klout.css": "text/css", "klout.js": "text/javascript", "klout.svg": "image/svg+xml"}
RETRY_AFTER = "30"

FILTERS = ("many", "of_them", "on", "percent", "score", "sentence", "share", "signed", "whole")
"""Of `serving.http.web.sentences`."""

HEADERS = {
    # Nothing but our own files: a name that got past the escaping still would not run.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
_PAGE = {"Cache-Control": "no-cache"}
"""Who opted out is gone from every page at once, so each is asked for anew."""
_ASSET = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Their addresses change with their content."""
_DRAWN = {"Cache-Control": "public, max-age=86400"}


def page(template: str, *, status: int = HTTPStatus.OK, **values: Any) -> Response:
    """Fill a template."""
    text = _environment().get_template(template).render(**values)
    more = {"Retry-After": RETRY_AFTER} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return HTMLResponse(text, status, HEADERS | _PAGE | more)


def asset(name: str) -> Response:
    """Give a file of `ASSETS`.

    Raises
    ------
    KloutError
        If it is none of them.
    """
    if name not in ASSETS:
        raise KloutError(f"no file {name!r}; there are {sorted(ASSETS)}")
    return Response(_content(name), media_type=ASSETS[name], headers=HEADERS | _ASSET)


def svg(content: str) -> Response:
    """Give a picture that was drawn here."""
    return Response(content, media_type=ASSETS["klout.svg"], headers=HEADERS | _DRAWN)


def asset_url(name: str) -> str:
    """Give a file's address."""
    return f"/assets/{name}?v={hashlib.sha256(_content(name)).hexdigest()[:10]}"


@cache
def _content(name: str) -> bytes:
    return (HERE / "assets" / name).read_bytes()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number} | {name: getattr(sentences, name) for name in FILTERS}
    made.globals |= {
        "looks": SAYS,
        "asset_url": asset_url,
        "person_url": addresses.person_url,
        "compare_url": addresses.compare_url,
        "leaderboard_url": addresses.leaderboard_url,
        "topic_url": addresses.topic_url,
        "topics_url": addresses.topics_url,
        "population_url": addresses.population_url,
    }
    return made
