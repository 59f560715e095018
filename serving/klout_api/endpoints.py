"""All endpoints of `/v2`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from serving.api.endpoint import Endpoint
from serving.klout_api import answers, reads

PREFIX = "/v2"
_USER = "/user.json/{klout_id}"


def _get(
    path: str, answer: Callable[..., Any], gives: Any, query: Any = None, *, slow: bool = False
) -> Endpoint:
    return Endpoint("GET", path, answer, gives, query, slow=slow)


ENDPOINTS = [
    _get("/identity.json/twitter", reads.by_screen_name, answers.Identity, reads.ScreenName),
    _get("/identity.json/tw/{account}", reads.by_twitter, answers.Identity),
    _get("/identity.json/gp/{account}", reads.by_google_plus, answers.Identity),
    _get("/identity.json/ig/{account}", reads.by_instagram, answers.Identity),
    _get("/identity.json/klout/{klout_id}/tw", reads.on_twitter, answers.Identity),
    _get("/identity.json/klout/{klout_id}/gp", reads.on_google_plus, answers.Identity),
    _get("/identity.json/klout/{klout_id}/ig", reads.on_instagram, answers.Identity),
    _get(_USER, reads.user, answers.User),
    _get(f"{_USER}/score", reads.score, answers.UserScore),
    _get(f"{_USER}/influence", reads.influence, answers.Influence, slow=True),
    _get(f"{_USER}/topics", reads.topics, list[answers.Topic]),
]
