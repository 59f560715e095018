"""All endpoints of `/v2`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from serving.http.api.endpoint import Endpoint
from serving.http.klout_v2 import v2_answers, v2_reads

PREFIX = "/v2"
_USER = "/user.json/{klout_id}"


def _get(
    path: str, answer: Callable[..., Any], gives: Any, query: Any = None, *, slow: bool = False
) -> Endpoint:
    return Endpoint("GET", path, answer, gives, query, slow=slow)


ENDPOINTS = [
    _get(
        "/identity.json/twitter", v2_reads.by_screen_name, v2_answers.Identity, v2_reads.ScreenName
    ),
    _get("/identity.json/tw/{account}", v2_reads.by_twitter, v2_answers.Identity),
    _get("/identity.json/gp/{account}", v2_reads.by_google_plus, v2_answers.Identity),
    _get("/identity.json/ig/{account}", v2_reads.by_instagram, v2_answers.Identity),
    _get("/identity.json/klout/{klout_id}/tw", v2_reads.on_twitter, v2_answers.Identity),
    _get("/identity.json/klout/{klout_id}/gp", v2_reads.on_google_plus, v2_answers.Identity),
    _get("/identity.json/klout/{klout_id}/ig", v2_reads.on_instagram, v2_answers.Identity),
    _get(_USER, v2_reads.user, v2_answers.User),
    _get(f"{_USER}/score", v2_reads.score, v2_answers.UserScore),
    _get(f"{_USER}/influence", v2_reads.influence, v2_answers.Influence, slow=True),
    Endpoint(
        "GET",
        f"{_USER}/topics",
        v2_reads.topics,
        list[v2_answers.Topic],
        tells_addresses=True,
    ),
]
