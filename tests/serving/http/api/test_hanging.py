"""A store that does not answer is 503 in time, and keeps nothing else from being answered."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import httpx
import psycopg
import pytest
from starlette.applications import Starlette

from features.errors import KloutError
from serving.http.api import deadline, endpoint_runner
from serving.http.api.context import Context
from serving.http.api_app import api
from serving.http.web.web_app import routes
from serving.store import Store
from serving.store.engine import REQUESTS, Patience
from tests.support.api_client import client_of
from tests.support.explain_scenes import model
from tests.support.postgres import missing, running
from tests.support.store_people import day

PATHS = ["/v3/persons/ann", "/v3/persons/ann/history", "/v3/leaderboard", "/v3/search?q=a"]
HTML = {"accept": "text/html"}


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Somebody has a store's file for itself alone."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        yield


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with Store.open(url, write=True, patience=REQUESTS) as made:
        made.publish(day(0, {"ann": 50.0}))
        made.close()  # so that another can have the file for itself
        yield made


def check(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert "the store does not answer" in answer.json()["detail"]


def test_a_locked_file_is_503_soon_and_the_rest_goes_on(store: Store, tmp_path: Path) -> None:
    with client_of(api(Context(store, None, model))) as client:
        with held(tmp_path / "store.db"), ThreadPoolExecutor(20) as pool:
            began = time.monotonic()
            asked = [pool.submit(client.get, path) for path in PATHS * 5]
            assert client.get("/v3/openapi.json").status_code == 200
            check(client.get("/v3/persons/ann?key=klout_x", headers={"host": "example.org"}))
            for each in asked:
                check(each.result())
            assert time.monotonic() - began < 20  # each alone waits a quarter of a second
        assert client.get("/v3/persons/ann").status_code == 200


def test_pages_say_so_too(store: Store, tmp_path: Path) -> None:
    with client_of(Starlette(routes=routes(Context(store, None, model)))) as client:
        with held(tmp_path / "store.db"):
            answer = client.get("/people/ann", headers=HTML)
            assert answer.status_code == 503
            assert "cannot be read at the moment" in answer.text
            assert client.get("/about").status_code == 200
        assert client.get("/people/ann").status_code == 200


def test_what_hangs_is_left_to_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it hangs on: the threads are given up, and others answer as soon as they can."""
    over = Event()
    monkeypatch.setattr(endpoint_runner, "READ_S", 0.3)
    with client_of(api(Context(store, None, model))) as client:
        with monkeypatch.context() as patched:
            patched.setattr(Store, "read", lambda _: over.wait(60))
            for _ in range(6):
                check(client.get("/v3/leaderboard"))
        monkeypatch.undo()
        assert client.get("/v3/leaderboard").status_code == 200
    over.set()


def test_every_deadline_comes_before_the_frameworks() -> None:
    assert deadline.READ_S < deadline.LONG_S < 60


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    if reason := missing():
        pytest.skip(reason)
    with running("one") as url:
        Store.upgraded(url.format("one")).close()
        yield url.format("one")


def test_a_table_that_is_locked_in_postgresql_is_503(postgres: str) -> None:
    hurried = Patience(write_s=0.5, busy_s=0.25, read_s=0.5)
    with (
        Store.open(postgres, patience=hurried) as store,
        psycopg.connect(postgres.replace("+psycopg", "")) as another,
        client_of(api(Context(store, None, model))) as client,
    ):
        store.publish(day(0, {"ann": 50.0}))
        another.execute("LOCK TABLE scores")
        began = time.monotonic()
        check(client.get("/v3/persons/ann"))
        with pytest.raises(KloutError, match="timeout"):
            store.remove("ann")
        assert time.monotonic() - began < 10
        another.rollback()
        assert client.get("/v3/persons/ann").status_code == 200


def test_a_server_that_lets_nobody_in_is_one_line_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql+psycopg://klout@127.0.0.1:{silent.getsockname()[1]}/klout"
        began = time.monotonic()
        with pytest.raises(KloutError, match="timeout"):
            Store.open(url)
        assert time.monotonic() - began < 20
