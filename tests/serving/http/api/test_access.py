"""Who may ask, what for, and how often."""

from __future__ import annotations

from serving.http.api.access import REMEMBERED_S, Bucket, KeyGate, Needed
from serving.store import Store
from tests.serving.http.api.conftest import Serve


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_without_a_key_nothing_is_read(own_store: Store, serve: Serve) -> None:
    client = serve(own_store, KeyGate(own_store, Needed.ALL))
    for path in ("/v3/persons/ann", "/v3/nobody", "/v2/user.json/1"):
        answer = client.get(path, headers={"Authorization": "Basic abc"})
        if path != "/v3/nobody":
            assert (answer.status_code, answer.json()["field"]) == (401, "key")
            assert answer.headers["www-authenticate"] == "Bearer"
    for wrong in ("x", "klout_", "🦊", "%00", "x" * 5_000):
        assert client.get(f"/v3/persons/ann?key={wrong}").status_code == 401


def test_a_key_opens_in_either_form(own_store: Store, serve: Serve) -> None:
    _, secret = own_store.create_key("reader", ["read"])
    client = serve(own_store, KeyGate(own_store, Needed.ALL))
    assert client.get(f"/v3/persons/ann?key={secret}").status_code == 200
    assert client.get(f"/v2/identity.json/tw/Ann_T?key={secret}").status_code == 200
    bearer = {"Authorization": f"bearer {secret}"}
    assert client.get("/v3/search?q=a", headers=bearer).status_code == 200


def test_a_key_is_for_its_scopes_alone(own_store: Store, serve: Serve) -> None:
    _, score = own_store.create_key("scorer", ["score", "admin"])
    client = serve(own_store, KeyGate(own_store, Needed.ALL))
    answer = client.get(f"/v3/persons/ann?key={score}")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "this key is for admin, score; this needs read"


def test_a_revoked_key_opens_nothing_after_some_seconds(own_store: Store, serve: Serve) -> None:
    clock = Clock()
    made, secret = own_store.create_key("reader", ["read"])
    client = serve(own_store, KeyGate(own_store, Needed.ALL, clock=clock))
    path = f"/v3/persons/ann?key={secret}"
    assert client.get(path).status_code == 200
    own_store.revoke_key(made.id)
    clock.now += REMEMBERED_S - 0.1
    assert client.get(path).status_code == 200
    clock.now += 0.2
    assert client.get(path).status_code == 401


def test_too_many_requests_are_429_and_told_when_to_come_again(
    own_store: Store, serve: Serve
) -> None:
    clock = Clock()
    _, secret = own_store.create_key("slow", ["read"], per_minute=6)
    _, other = own_store.create_key("other", ["read"])
    client = serve(own_store, KeyGate(own_store, Needed.ALL, clock=clock))
    path = f"/v3/persons/ann?key={secret}"
    assert [client.get(path).status_code for _ in range(8)] == [200] * 6 + [429] * 2
    answer = client.get(path)
    assert answer.headers["retry-after"] == "10"
    assert client.get(f"/v3/persons/ann?key={other}").status_code == 200
    clock.now += 10.1
    assert [client.get(path).status_code for _ in range(2)] == [200, 429]


def test_a_bucket_never_holds_more_than_a_minutes_requests() -> None:
    bucket = Bucket(2, 2.0, 0.0)
    assert [bucket.take(0.0), bucket.take(0.0)] == [0.0, 0.0]
    assert bucket.take(0.0) == 30.0
    assert [bucket.take(1e6), bucket.take(1e6)] == [0.0, 0.0]
    assert bucket.take(1e6) > 0
