"""What can't be answered is a problem that names the field, and never a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from features.errors import KloutError
from serving.store import Store
from tests.serving.http.api.conftest import PEOPLE, WEIRD, Serve
from tests.support.api_client import Client

BAD_PATHS = {
    "/v3/persons/ann/history?since=2014-1-1": "since",
    "/v3/persons/ann/history?since=1412121600": "since",
    "/v3/persons/ann/history?since=2014-10-02&until=2014-10-01": "since",
    "/v3/persons/ann/history?sinse=2014-10-02": "sinse",
    "/v3/persons/%FF": "person",
    "/v3/persons/a%00b": "person",
    f"/v3/persons/{'x' * 513}": "person",
    "/v3/leaderboard?limit=0": "limit",
    "/v3/leaderboard?limit=1001": "limit",
    "/v3/leaderboard?limit=1&limit=2": "limit",
    "/v3/leaderboard?after=-1": "after",
    "/v3/leaderboard?after=99999999999999999999": "after",
    "/v3/leaderboard?network=twiter": "network",
    "/v3/compare": "person",
    "/v3/search": "q",
    "/v3/search?q=": "q",
    "/v3/search?q=%00": "q",
}
BAD_BODIES: dict[str, tuple[Any, str]] = {
    "a number": ({"people": ["ann", 7]}, "people[1]"),
    "nobody": ({"people": []}, "people"),
    "too many": ({"people": ["ann"] * 1001}, "people"),
    "NUL": ({"people": ["a\0b"]}, "people[0]"),
    "unknown field": ({"people": ["ann"], "x": 1}, "x"),
    "no object": ([], "body"),
    "missing": ({}, "people"),
    "an id of 1 MB": ({"people": ["x" * 10**6]}, "people[0]"),
    "1 MB of ids": ({"people": ["x"] * 200_000}, "people"),
}


def check(answer: Any, status: int, field: str | None) -> None:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == problem["status"] == status
    assert problem.get("field") == field
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_bad_question_names_the_field(client: Client, path: str) -> None:
    check(client.get(path), 400, BAD_PATHS[path])


@pytest.mark.parametrize("name", BAD_BODIES)
@pytest.mark.parametrize("path", ["/v3/persons", "/v3/leaderboard"])
def test_a_bad_body_names_the_field(client: Client, path: str, name: str) -> None:
    body, field = BAD_BODIES[name]
    check(client.post(path, content=json.dumps(body)), 400, field)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"people": ["\\ud800"]}', b"[" * 100_000])
def test_what_is_no_json_is_400(client: Client, body: bytes) -> None:
    check(client.post("/v3/persons", content=body), 400, "body")


def test_no_body_is_read_that_is_not_json(client: Client) -> None:
    check(client.post("/v3/persons", files={"file": b"x"}), 415, "Content-Type")


@pytest.mark.parametrize("part", ["", "/history", "/parts", "/signals", "/influencers"])
def test_who_is_not_there_is_404(client: Client, part: str) -> None:
    check(client.get(f"/v3/persons/nobody{part}"), 404, "person")


def test_unknown_paths_and_methods_have_the_same_form(client: Client) -> None:
    check(client.get("/v3/people"), 404, None)
    answer = client.request("PUT", "/v3/persons/ann")
    check(answer, 405, None)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "DELETE"}


def test_before_the_first_day_it_says_when_to_come_again(tmp_path: Any, serve: Serve) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        for client in (serve(store), serve(None)):
            answer = client.get("/v3/persons/ann")
            check(answer, 503, None)
            assert int(answer.headers["retry-after"]) > 0


def test_a_store_that_fails_is_503_without_its_reason(
    store: Store, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Store) -> None:
        raise KloutError("store postgresql://secret-host: no such table")

    monkeypatch.setattr(Store, "read", fail)
    answer = serve(store).get("/v3/persons/ann")
    check(answer, 503, None)
    assert "secret-host" not in answer.text


def test_a_fault_is_500_and_names_nobody_in_the_log(
    store: Store, serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Store) -> None:
        raise ValueError("about ann")

    monkeypatch.setattr(Store, "read", fail)
    check(serve(store).get("/v3/persons/ann"), 500, None)
    assert "ValueError" in caplog.text
    assert "ann" not in "".join(record.message for record in caplog.records)


PATHS = [
    "/v3/persons/{}",
    "/v3/persons/{}/history",
    "/v3/persons/{}/parts",
    "/v3/persons/{}/signals",
    "/v3/persons/{}/influencers",
    "/v3/persons/{}/influencees",
    "/v3/persons/{}/explanation",
    "/v3/compare?person={}",
    "/v3/networks/twitter/accounts/Ann_T/person",
    "/v2/identity.json/twitter?screenName=Ann_T",
    "/v2/identity.json/tw/Ann_T",
]


def test_who_was_removed_is_nowhere_at_once(own_store: Store, serve: Serve) -> None:
    client = serve(own_store)
    number = client.get("/v2/identity.json/tw/Ann_T").json()["id"]
    users = [f"/v2/user.json/{number}{part}" for part in ("", "/score", "/influence", "/topics")]
    own_store.remove("ann")
    for path in [each.format("ann") for each in PATHS] + users:
        assert client.get(path).status_code == 404, path
    others = [*PEOPLE, *WEIRD]
    everywhere = [
        client.post("/v3/persons", json={"people": others}),
        client.post("/v3/leaderboard", json={"people": others}),
        client.get("/v3/leaderboard"),
        client.get("/v3/leaderboard?network=twitter"),
        client.get("/v3/search?q=ann"),
    ]
    for answer in everywhere:
        shown = answer.json()
        assert answer.status_code == 200
        shown.pop("missing", None)
        assert '"ann"' not in json.dumps(shown)
