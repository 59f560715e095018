"""Without a key reads who asks this machine itself, by its own name; nobody changes anything."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette

from serving.http.api.access import Needed
from serving.http.api.context import Context
from serving.http.api_app import api
from serving.http.web.web_app import routes
from serving.store import Store
from tests.support.api_client import Client, client_of
from tests.support.explain_scenes import model

DECISIONS = [
    ("DELETE", "/v3/persons/ann"),
    ("POST", "/v3/persons/ann/opt-out"),
    ("POST", "/v3/persons/ann/opt-in"),
    ("POST", "/v3/persons/ann/accounts"),
    ("DELETE", "/v3/persons/ann/accounts/twitter/Ann_T"),
]
READS = ["/v3/persons/ann", "/v2/identity.json/tw/Ann_T"]
OURS = ["127.0.0.1", "127.0.0.1:3000", "localhost", "LOCALHOST:80", "[::1]", "[::1]:3000"]
THEIRS = ["klout.example", "127.0.0.1.example:3000", "localhost.example", "10.0.0.1", "0.0.0.0", ""]
PASSED_ON = [
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP"),
    *("Via", "CF-Connecting-IP"),
]


@pytest.fixture(params=list(Needed))
def needed(request: pytest.FixtureRequest) -> Needed:
    return Needed(request.param)


@pytest.fixture(scope="module", params=["the API", "the pages"])
def local(request: pytest.FixtureRequest, store: Store) -> Iterator[tuple[Client, list[str]]]:
    """A client on the server's own machine, and what names people there."""
    context = Context(store, None, model)
    apps = {
        "the API": (api(context), READS),
        "the pages": (Starlette(routes=routes(context)), ["/", "/people/ann", "/leaderboard"]),
    }
    app, paths = apps[request.param]
    with client_of(app) as client:
        yield client, paths


@pytest.mark.parametrize(("method", "path"), DECISIONS)
@pytest.mark.parametrize("more", [{}, {"X-Forwarded-For": "1.2.3.4"}, {"Origin": "http://x.y"}])
def test_what_changes_something_needs_a_key_wherever_it_comes_from(
    own_store: Store, needed: Needed, method: str, path: str, more: dict[str, str]
) -> None:
    _, reader = own_store.create_key("a reader", ["read", "score"])
    with client_of(api(Context(own_store, None, model, keys=needed))) as client:
        answer = client.request(method, path, headers=more)
        assert answer.status_code == 401
        assert "--scope admin" in answer.json()["detail"]
        reading = more | {"Authorization": f"Bearer {reader}"}
        assert client.request(method, path, headers=reading).status_code == 403


@pytest.mark.parametrize("host", OURS)
def test_who_asks_this_machine_by_its_name_reads_without_a_key(
    local: tuple[Client, list[str]], host: str
) -> None:
    client, paths = local
    assert {client.get(path, headers={"Host": host}).status_code for path in paths} == {200}


@pytest.mark.parametrize("host", THEIRS)
def test_who_asks_it_by_another_name_needs_a_key(
    local: tuple[Client, list[str]], host: str
) -> None:
    client, paths = local
    assert {client.get(path, headers={"Host": host}).status_code for path in paths} == {401}


@pytest.mark.parametrize("header", PASSED_ON)
def test_who_comes_through_a_proxy_needs_a_key(
    local: tuple[Client, list[str]], header: str
) -> None:
    client, paths = local
    for said in ("127.0.0.1", "1.2.3.4", ""):
        answers = [client.get(path, headers={header: said}) for path in paths]
        assert {each.status_code for each in answers} == {401}


def test_who_names_this_machine_and_another_needs_a_key(local: tuple[Client, list[str]]) -> None:
    client, paths = local
    twice = httpx.Headers([("Host", "127.0.0.1"), ("Host", "klout.example")])
    assert {client.get(path, headers=twice).status_code for path in paths} == {401}


def test_where_all_need_a_key_so_does_this_machine(store: Store) -> None:
    with client_of(api(Context(store, None, model, keys=Needed.ALL))) as client:
        assert {client.get(path).status_code for path in READS} == {401}


def test_where_only_changes_do_everybody_reads(store: Store) -> None:
    headers = {"Host": "klout.example", "X-Forwarded-For": "1.2.3.4"}
    with client_of(api(Context(store, None, model, keys=Needed.CHANGES))) as client:
        assert {client.get(path, headers=headers).status_code for path in READS} == {200}


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer", "Basic abc", "Digest x", ""])
def test_a_wrong_key_is_401_where_none_is_needed(
    local: tuple[Client, list[str]], given: str
) -> None:
    client, paths = local
    headers = {"Host": "localhost", "Authorization": given}
    assert {client.get(path, headers=headers).status_code for path in paths} == {401}
    ours = {"Host": "localhost"}
    assert {client.get(f"{path}?key=wrong", headers=ours).status_code for path in paths} == {401}


def test_a_good_key_of_whatever_scope_shuts_nobody_out_where_none_is_needed(
    own_store: Store,
) -> None:
    _, scorer = own_store.create_key("a scorer", ["score"])
    with client_of(api(Context(own_store, None, model, keys=Needed.ELSEWHERE))) as client:
        headers = {"Host": "localhost", "Authorization": f"Bearer {scorer}"}
        assert client.get(READS[0], headers=headers).status_code == 200
