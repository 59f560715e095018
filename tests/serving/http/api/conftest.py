"""A store of some people, and the application that answers from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from serving.http.api.access import KeyGate
from serving.http.api.context import Context
from serving.http.api_app import api
from serving.store import Store
from tests.support.api_client import Client, client_of
from tests.support.explain_scenes import model as small_model
from tests.support.store_people import day
from tests.support.topic_people import WORDS, topics_of

LATEST = 40
"""Days after the first."""
WEIRD = [
    "a/b",
    "ü/history",
    "x/accounts/twitter/y",
    "50%",
    "a?b#c",
    "🦊 fox",
]
PEOPLE = {"ann": 70.0, "bob": 60.0, "cid": 50.0, "twitter:Dee": 40.0}
OWNERS = {("twitter", "Ann_T"): "ann", ("twitter", "b/ö"): "bob", ("instagram", "77"): "ann"}
ABOUT = {
    ("ann", "jazz"): 3.0,
    ("ann", "music"): 4.0,
    ("ann", "faith"): 1.0,
    ("bob", "jazz"): 5.0,
    ("bob", "music"): 5.0,
    ("cid", "c++"): 0.5,
}
"""Influence of people about topics, on the latest day."""


def people_on(number: int) -> dict[str, float]:
    """Scores of a day: each grows by a hundredth a day, each weird one has its own."""
    weird = {person: 10.0 + place for place, person in enumerate(WEIRD)}
    return {person: score + number / 100 for person, score in (PEOPLE | weird).items()}


def filled(folder: Path) -> Store:
    """Open a store in a folder with days 0 to `LATEST`."""
    (folder / "store.db").write_bytes(_filled())
    return Store.open(f"sqlite:///{folder / 'store.db'}", write=True)


@cache
def _filled() -> bytes:
    """Publish the days once: the file of such a store."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "store.db"
        with Store.open(f"sqlite:///{file}", write=True) as store:
            earlier = [day(number, people_on(number), OWNERS) for number in range(LATEST)]
            last = day(LATEST, people_on(LATEST), OWNERS)
            rows = topics_of(ABOUT, sensitive=["faith"]).lazy()
            store.publish(replace(last, topics=rows, topic_words=WORDS), earlier=earlier)
        assert [each.name for each in file.parent.iterdir()] == [file.name]
        return file.read_bytes()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Days 0 to `LATEST`, for tests that change nothing."""
    with filled(tmp_path_factory.mktemp("store")) as made:
        yield made


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[Store]:
    """The same, for tests that change it."""
    with filled(tmp_path) as made:
        yield made


Serve = Callable[..., Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give clients of applications that answer from a store."""
    opened: list[Any] = []

    def start(store: Store | None, gate: KeyGate | None = None, **more: Any) -> Client:
        context = Context(store, **({"lake": None, "model": small_model} | more))
        manager = client_of(api(context, gate))
        opened.append(manager)
        return manager.__enter__()

    yield start
    for manager in opened:
        manager.__exit__(None, None, None)


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[Client]:
    """Ask without a key what is published."""
    with client_of(api(Context(store, None, small_model))) as made:
        yield made
