"""The API and the pages share what explanations may take, and say when it is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from starlette.applications import Starlette

from serving.http.api.access import Needed
from serving.http.api.context import Context
from serving.http.api.memory import Memory
from serving.http.api_app import api
from serving.http.web.web_app import routes
from serving.store import Day, Store
from tests.support.api_client import Client, client_of
from tests.support.explain_scenes import model, scene
from tests.support.store_people import scores_of
from tests.support.worlds import AS_OF


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Ann's lake and store, and room for one explanation with nobody waiting."""
    scene(tmp_path / "lake")
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        store.publish(Day(AS_OF, model().version, None, scores_of({"ann": 50.0}).lazy()))
        yield Context(store, tmp_path / "lake", model, memory=Memory(at_once=1, waiting=0))


@pytest.fixture
def free(context: Context) -> Iterator[Callable[[], None]]:
    """Somebody else's explanation takes all the room until this is called."""
    begun, over = Event(), Event()

    def answer() -> None:
        begun.set()
        assert over.wait(60)

    with ThreadPoolExecutor(1) as pool:
        another = pool.submit(context.memory.get, "another", answer)
        assert begun.wait(60)

        def end() -> None:
            over.set()
            another.result(60)

        yield end
        end()


@pytest.fixture
def client(context: Context) -> Iterator[Client]:
    with client_of(api(context)) as made:
        yield made


def test_the_api_says_that_too_many_are_computed_and_goes_on_once_they_are(
    client: Client, free: Callable[[], None]
) -> None:
    for path in ("explanation", "movement", "next"):
        answer = client.get(f"/v3/persons/ann/{path}")
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) > 0
        assert "too many explanations" in answer.json()["detail"]
    assert client.get("/v3/persons/ann").status_code == 200
    free()
    assert client.get("/v3/persons/ann/explanation").status_code == 200


def test_one_key_keeps_no_other_from_explanations(context: Context) -> None:
    """One asks for what takes long as often as it can; the other's answer comes in its turn."""
    memory = Memory(at_once=1, waiting=5, patience=60)
    store = context.store
    assert store is not None
    keys = [store.create_key(name, ["read"])[1] for name in "ab"]
    begun, over = Event(), Event()

    def long() -> None:
        begun.set()
        assert over.wait(60)

    shared = replace(context, memory=memory, keys=Needed.ALL)
    with client_of(api(shared)) as client, ThreadPoolExecutor(40) as pool:
        first, second = ({"Authorization": f"Bearer {key}"} for key in keys)

        def ask(headers: dict[str, str], day: int = 1) -> int:
            path = f"/v3/persons/ann/movement?since={AS_OF - timedelta(day)}"
            return client.get(path, headers=headers, timeout=60).status_code

        another = pool.submit(memory.get, "another", long)
        assert begun.wait(60)
        flood = [pool.submit(ask, first, day) for day in range(1, 31)]
        assert 503 in [next(as_completed(flood, 60)).result()]
        wanted = pool.submit(ask, second)
        over.set()
        assert wanted.result(60) == 200
        assert {each.result(60) for each in flood} == {200, 503}
        another.result(60)


def test_the_pages_say_so_too(context: Context, free: Callable[[], None]) -> None:
    with client_of(Starlette(routes=routes(context))) as client:
        answer = client.get("/people/ann/why", headers={"accept": "text/html"})
        assert answer.status_code == 503
        assert "Too many explanations are being worked out" in answer.text
        assert int(answer.headers["retry-after"]) > 0
        free()
        assert client.get("/people/ann/why").status_code == 200
