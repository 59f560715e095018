"""Whatever is sent, the answer is a score or a problem that names the field."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

LIKE = {"network": "twitter", "reaction": "like", "actor": "a", "target": "b"}
TWEET = {"network": "twitter", "author": "b", "content": "c", "kind": "tweet"}
FOLLOWERS = {"network": "twitter", "account": "b", "counter": "followers", "value": 1}
BEFORE, AT = {"at": "2014-09-30T12:00:00Z"}, {"at": "2014-10-01T00:00:00Z"}


def one(value: str) -> str:
    return f'{{"signals": {{"twitter.followers": {value}}}}}'


def rows(table: str, *lines: Any) -> str:
    return json.dumps({"as_of": "2014-10-01", table: lines})


BAD = {
    # What is sent to /score, the field to blame, a word of the reason.
    "unknown signal": (
        '{"signals": {"twitter.folowers": 1}}',
        "signals.twitter.folowers",
        "nearest",
    ),
    "NaN": (one("NaN"), "signals.twitter.followers", "finite"),
    "Infinity": (one("-Infinity"), "signals.twitter.followers", "finite"),
    "1e400": (one("1e400"), "signals.twitter.followers", "finite"),
    "integer of 400 digits": (one("1" + 400 * "0"), "signals.twitter.followers", "number"),
    "integer of 5,000 digits": (one("1" + 5000 * "0"), "body", "JSON"),
    "null": (one("null"), "signals.twitter.followers", "number"),
    "negative": (one("-1"), "signals.twitter.followers", "greater"),
    "true": (one("true"), "signals.twitter.followers", "number"),
    "text": (one('"7"'), "signals.twitter.followers", "number"),
    "list": (one("[7]"), "signals.twitter.followers", "number"),
    "signals null": ('{"signals": null}', "signals", "object"),
    "signals list": ('{"signals": []}', "signals", "object"),
    "person a number": ('{"signals": {}, "person": 7}', "person", "string"),
    "person empty": ('{"signals": {}, "person": ""}', "person", "1 character"),
    "person of 10 MB": (json.dumps({"signals": {}, "person": "x" * 10**7}), "person", "512"),
    "unknown field": ('{"signals": {}, "sgnals": {}}', "sgnals", "not permitted"),
    "both forms": ('{"signals": {}, "interactions": []}', "interactions", "goes with rows"),
    "neither form": ("{}", "signals", "missing"),
    "empty body": ("", "signals", "missing"),
    "malformed": ('{"signals": ', "body", "JSON"),
    "not UTF-8": (b'{"person": "\xff", "signals": {}}', "body", "JSON"),
    "half a surrogate": ('{"person": "\\ud800", "signals": {}}', "body", "JSON"),
    "an array": ("[]", "body", "object"),
    "10,000 rows": (json.dumps([{"signals": {}}] * 10_000), "body", "object"),
    "a number": ("7", "body", "object"),
    "null for all": ("null", "body", "object"),
    "deep": (100_000 * "[", "body", "recursion"),
    "deep signal": (one(300 * "[" + 300 * "]"), "body", "recursion"),
    "unknown reaction": (
        rows("interactions", LIKE | BEFORE, LIKE | BEFORE | {"reaction": "boost"}),
        "interactions[1].reaction",
        "['retweet', 'reply', 'mention', 'like']",
    ),
    "unknown network": (
        rows("interactions", LIKE | BEFORE | {"network": "twiter"}),
        "interactions[0].network",
        "nearest: ['twitter']",
    ),
    "not before as_of": (rows("interactions", LIKE | AT), "interactions[0].at", "as_of"),
    "no time": (rows("interactions", LIKE), "interactions[0].at", "required"),
    "time a number": (rows("interactions", LIKE | {"at": 1}), "interactions[0].at", "string"),
    "time a word": (
        rows("interactions", LIKE | BEFORE, LIKE | {"at": "infinity"}),
        "interactions[1].at",
        "not a time in ISO 8601",
    ),
    "year 1": (
        rows("interactions", LIKE | {"at": "0001-01-01T00:00:00+14:00"}),
        "interactions[0].at",
        "before 1970",
    ),
    "1969": (
        rows("counters", FOLLOWERS | {"value": 1, "at": "1969-12-31T23:59:59Z"}),
        "counters[0].at",
        "before 1970",
    ),
    "last day": (
        rows("interactions", LIKE | {"at": "9999-12-31T23:59:59-14:00"}),
        "interactions[0].at",
        "as_of",
    ),
    "id with a control character": (
        rows("interactions", LIKE | BEFORE, LIKE | BEFORE | {"actor": "a\x1bb"}),
        "interactions[1].actor",
        "holds the control character U+001B",
    ),
    "account with a control character": (
        rows("accounts", {"network": "twitter", "account": "a\0b"}),
        "accounts[0].account",
        "holds the control character U+0000",
    ),
    "person with a control character": (
        '{"interactions": [], "person": "a\\nb"}',
        "person",
        "holds the control character U+000A",
    ),
    "half a character": (
        rows("interactions", LIKE | BEFORE | {"actor": "a\ud800b"}),
        "body",
        "JSON",
    ),
    "id a fraction": (
        rows("interactions", LIKE | BEFORE | {"actor": 12.0}),
        "interactions[0].actor",
        "string",
    ),
    "id of 513": (
        rows("interactions", LIKE | BEFORE | {"actor": "x" * 513}),
        "interactions[0].actor",
        "512",
    ),
    "as_of the last day there is": (
        '{"as_of": "9999-12-31", "interactions": []}',
        "as_of",
        "2999-12-31",
    ),
    "as_of the first day there is": (
        '{"as_of": "0001-01-01", "interactions": []}',
        "as_of",
        "1971-01-01",
    ),
    "row not an object": (rows("contents", TWEET | BEFORE, 7), "contents[1]", "object"),
    "unknown kind": (
        rows("contents", TWEET | BEFORE | {"kind": "poem"}),
        "contents[0].kind",
        "['tweet']",
    ),
    "negative counter": (
        rows("counters", FOLLOWERS | BEFORE | {"value": -1}),
        "counters[0].value",
        "greater",
    ),
    "unknown counter": (
        rows("counters", FOLLOWERS | BEFORE | {"counter": "folowers"}),
        "counters[0].counter",
        "nearest: ['followers']",
    ),
    "counters too large together": (
        rows(
            "counters",
            *(FOLLOWERS | BEFORE | {"value": 1.5e308, "account": name} for name in "ab"),
        ),
        "counters",
        "too large",
    ),
    "links of no page graph": (
        rows("links", {"network": "twitter", "source": "a", "target": "b"}),
        "links[0].network",
        "wikipedia",
    ),
    "links of others": (
        rows("links", {"network": "wikipedia", "source": "a", "target": "b"}),
        "links[0]",
        "accounts",
    ),
    "as_of no date": ('{"interactions": [], "as_of": "today"}', "as_of", "date"),
    "as_of of year 1": ('{"interactions": [], "as_of": "0001-01-01"}', "as_of", "1971"),
}

BAD_BATCHES = {
    "empty": ('{"people": []}', "people", "at least 1"),
    "missing": ("{}", "people", "required"),
    "an array": ("[]", "body", "object"),
    "10,001": (json.dumps({"people": [{"signals": {}}] * 10_001}), "people", "10000"),
    "third bad": (
        json.dumps({"people": [{"signals": {}}, {"signals": {}}, {"signals": {"x.y": 1}}]}),
        "people[2].signals.x.y",
        "no signal",
    ),
    "NaN": (
        '{"people": [{"signals": {"twitter.followers": NaN}}]}',
        "people[0].signals.twitter.followers",
        "finite",
    ),
}


def check(answer: httpx.Response, field: str, word: str) -> None:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == problem["status"] == 400
    assert (problem["type"], problem["title"]) == ("about:blank", "Bad Request")
    assert problem["field"] == field
    assert word in problem["detail"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_400_and_names_the_field(client: httpx.Client, name: str) -> None:
    body, field, word = BAD[name]
    check(client.post("/score", content=body), field, word)


@pytest.mark.parametrize("name", BAD_BATCHES)
def test_a_bad_batch_is_400_and_names_the_field(client: httpx.Client, name: str) -> None:
    body, field, word = BAD_BATCHES[name]
    check(client.post("/score_batch", content=body), field, word)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/score", 405), ("DELETE", "/signals", 405)],
)
def test_other_errors_have_the_same_form(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == answer.json()["status"] == status


@pytest.mark.parametrize("path", ["/score", "/v3/score"])
def test_a_body_as_curl_sends_it_if_not_told_otherwise_is_read_as_json(
    client: httpx.Client, path: str
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    asked = json.dumps({"person": "ann", "signals": {"twitter.connected": 1}})
    answer = client.post(path, content=asked, headers=form)
    assert answer.status_code == 200, answer.text
    assert answer.json() == client.post(path, json=json.loads(asked)).json()
    people = f'{{"people": [{asked}]}}'
    batch = client.post(f"{path}_batch", content=people, headers=form)
    assert (batch.status_code, batch.json()[0]["person"]) == (200, "ann")


def test_what_is_not_json_is_415(client: httpx.Client) -> None:
    assert client.post("/score", files={"file": b"x"}).status_code == 415
    pickle = {"Content-Type": "application/vnd.bentoml+pickle"}
    assert client.post("/score_batch", content=b"x", headers=pickle).status_code == 415


@pytest.mark.parametrize(("path", "most"), [("/score", 16), ("/score_batch", 32)])
def test_a_body_of_more_than_the_route_takes_is_413(
    client: httpx.Client, path: str, most: int
) -> None:
    def pieces() -> Any:  # without a length given before
        yield b'{"signals": {'
        for _ in range(most):
            yield b" " * 2**20

    for body in (b" " * (most * 2**20 + 1), pieces()):
        answer = client.post(path, content=body)
        assert answer.status_code == 413
        assert f"{most} MiB" in answer.json()["detail"]
    assert client.post("/signals", content=b" " * 1_001).status_code == 413


NAMES = st.sampled_from(
    ["person", "people", "signals", "interactions", "counters", "as_of", "twitter.followers", "at"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(["/score", "/score_batch"]), value=VALUES)
@example(path="/score", value={"signals": {"twitter.followers": 5e-324}})
@example(path="/score", value={"signals": {"twitter.followers": -0.0}})
def test_no_json_is_ever_a_fault_of_the_server(
    client: httpx.Client, path: str, value: object
) -> None:
    answer = client.post(path, content=json.dumps(value))
    assert answer.status_code in (200, 400)
    assert answer.status_code == 200 or answer.json()["field"]
