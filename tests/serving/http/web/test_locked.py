"""Where the API needs a key, so do the pages, in the way a browser can give one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import HttpCredentials, expect, sync_playwright
from starlette.applications import Starlette

from serving.http.api.access import REMEMBERED_S, KeyGate, Needed
from serving.http.api.context import Context
from serving.http.api_app import api
from serving.http.web.addresses import SUBPAGES, person_url
from serving.http.web.web_app import routes
from serving.store import Store
from tests.serving.http.web.test_browser import ARGUMENTS, CHROMIUM
from tests.support.api_client import client_of
from tests.support.explain_scenes import model
from tests.support.store_people import day
from tests.support.web_site import serving

OF_PEOPLE = (
    *("/", "/?q=a", "/people?id=ann", "/compare?person=ann", "/leaderboard"),
    "/topics",
    *(person_url("ann", page) for page in ("", *SUBPAGES)),
)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, lake: Path) -> Iterator[Context]:
    """A server's context where keys are needed."""
    file = tmp_path_factory.mktemp("locked") / "store.db"
    with Store.open(f"sqlite:///{file}", write=True) as store:
        store.publish(day(0, {"ann": 40.0, "bob": 50.0}))
        yield Context(store, lake, model, keys=Needed.ALL)


@pytest.fixture(scope="module")
def site(locked: Context) -> Iterator[str]:
    with serving(locked) as address:
        yield address


def key(context: Context, *scopes: str, per_minute: int | None = None) -> str:
    return context.store.create_key("a test", scopes, per_minute)[1]


@pytest.mark.parametrize("path", OF_PEOPLE)
def test_a_page_that_names_people_needs_a_key_and_says_so_as_a_page(site: str, path: str) -> None:
    refused = httpx.get(f"{site}{path}")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic realm=")
    assert "<h1>A key is needed</h1>" in refused.text
    assert "ann" not in refused.text
    assert "default-src 'none'" in refused.headers["content-security-policy"]


def test_what_names_nobody_is_open(site: str) -> None:
    about = httpx.get(f"{site}/about")
    assert about.status_code == 200
    files = re.findall(r'(?:src|href)="(/assets/[^"]+)"', about.text)
    assert {httpx.get(f"{site}{file}").status_code for file in files} == {200}
    nowhere = httpx.get(f"{site}/nowhere", headers={"accept": "text/html"})
    assert nowhere.status_code == 404


@pytest.mark.parametrize("path", OF_PEOPLE)
def test_a_key_as_the_password_opens_pages_under_any_name(
    site: str, locked: Context, path: str
) -> None:
    auth = httpx.BasicAuth("whoever", key(locked, "read"))
    assert httpx.get(f"{site}{path}", auth=auth, follow_redirects=True, timeout=60).is_success


@pytest.mark.parametrize("given", ["", "x", "klout_ü", "x" * 5_000])
def test_a_wrong_key_opens_nothing(site: str, given: str) -> None:
    assert httpx.get(f"{site}/", auth=httpx.BasicAuth("", given)).status_code == 401


@pytest.mark.parametrize("sent", ["Basic", "Basic %%", "Basic YQ", "Basic /w==", "Basic YTpi ü"])
def test_credentials_that_are_none_open_nothing(site: str, sent: str) -> None:
    answer = httpx.get(f"{site}/", headers={"Authorization": sent.encode()})
    assert answer.status_code == 401


def test_a_browser_that_was_given_a_key_loads_the_parts_of_a_page_with_it(
    site: str, locked: Context
) -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    given: HttpCredentials = {"username": "ann", "password": key(locked, "read")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(base_url=site, http_credentials=given)
        page.goto("/people/ann")
        for section in page.locator("[data-load]").all():
            section.scroll_into_view_if_needed()
            expect(section).not_to_contain_text("Being worked out")
            expect(section).not_to_contain_text("could not be loaded")
        browser.close()


def test_for_a_key_of_something_else_a_browser_is_asked_for_another(
    site: str, locked: Context
) -> None:
    auth = httpx.BasicAuth("ann", key(locked, "score", "admin"))
    answer = httpx.get(f"{site}/people/ann", auth=auth)
    assert answer.status_code == 401
    assert "www-authenticate" in answer.headers


def test_a_revoked_key_opens_no_page(tmp_path: Path) -> None:
    clock = [0.0]
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        store.publish(day(0, {"ann": 40.0}))
        made, secret = store.create_key("ann", ["read"])
        gate = KeyGate(store, Needed.ALL, clock=lambda: clock[0])
        auth = httpx.BasicAuth("", secret)
        app = Starlette(routes=routes(Context(store, None, model, keys=Needed.ALL), gate))
        with client_of(app) as client:
            assert client.get("/", auth=auth).status_code == 200
            store.revoke_key(made.id)
            clock[0] = REMEMBERED_S
            assert client.get("/", auth=auth).status_code == 401


def test_too_many_pages_a_minute_are_429_and_told_when_to_come_again(
    site: str, locked: Context
) -> None:
    auth = httpx.BasicAuth("", key(locked, "read", per_minute=2))
    asked = [httpx.get(f"{site}/leaderboard", auth=auth) for _ in range(3)]
    assert [each.status_code for each in asked] == [200, 200, 429]
    assert 0 < int(asked[-1].headers["retry-after"]) <= 30
    assert "<h1>Too many pages a minute</h1>" in asked[-1].text


def test_a_store_that_does_not_answer_is_a_page(locked: Context, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True)
    store.close()
    (tmp_path / "store.db").write_bytes(b"no database at all" * 100)
    with serving(replace(locked, store=store)) as address:
        answer = httpx.get(f"{address}/", auth=httpx.BasicAuth("", "klout_x"))
    assert answer.status_code == 503
    assert "store" not in answer.text.partition("<main")[2].partition("</main>")[0]


def test_what_a_browser_sends_by_itself_reads_and_decides_nothing(locked: Context) -> None:
    """Another site can have a browser ask anything of ours, and the password goes with it."""
    auth = httpx.BasicAuth("ann", key(locked, "read", "score", "admin"))
    with client_of(api(locked)) as client:
        assert client.get("/v3/persons/ann", auth=auth).status_code == 200
        assert client.post("/v3/persons/ann/opt-out", auth=auth).status_code == 401
        assert client.delete("/v3/persons/ann", auth=auth).status_code == 401
        assert client.get("/v3/persons/ann", auth=auth).status_code == 200


def test_without_keys_pages_are_open_to_everybody(locked: Context) -> None:
    with serving(replace(locked, keys=Needed.ELSEWHERE)) as address:
        assert httpx.get(f"{address}/people/ann").status_code == 200
