"""What people are influential about, asked for over HTTP, and what they decide about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from features.lake import Lake
from features.people.hidden_topics import hidden_now
from serving.daily.publishing import publish
from serving.store import Store
from serving.store.from_lake import load
from serving.store.klout_id import klout_id
from tests.serving.http.api.conftest import ABOUT, Serve
from tests.support.api_client import Client
from tests.support.explain_scenes import model, scene
from tests.support.store_people import scores_of
from tests.support.topic_people import BIG, topics_of
from tests.support.worlds import AS_OF

PEOPLE = {"ann": 50.0, "twitter:b1": 40.0}
THEIRS = {("ann", "jazz"): 2.0, ("ann", "music"): 1.0, ("twitter:b1", "jazz"): 3.0}


def slugs(answer: dict[str, Any]) -> list[str]:
    return [each["topic"] for each in answer["topics"]]


def test_a_persons_topics_are_the_strongest_first_with_what_they_rest_on(client: Client) -> None:
    answer = client.get("/v3/persons/ann/topics?language=ar").json()
    assert (answer["person"], slugs(answer), answer["next"]) == ("ann", ["music", "jazz"], None)
    row = topics_of(ABOUT).filter(person="ann", topic="jazz").drop("person", "sensitive")
    wanted = row.row(0, named=True) | {"id": BIG, "name": "جاز"}
    assert answer["topics"][1] == wanted
    assert client.get("/v3/persons/bob/topics?limit=1").json()["next"] == 1
    assert slugs(client.get("/v3/persons/bob/topics?limit=1&after=1").json()) == ["music"]
    assert client.get("/v3/persons/twitter:Dee/topics").json()["topics"] == []
    missing = client.get("/v3/persons/nobody/topics")
    assert (missing.status_code, missing.json()["field"]) == (404, "person")


def test_topics_are_listed_by_experts_and_found_by_names(client: Client) -> None:
    every, after = [], 0
    while after is not None:
        page = client.get(f"/v3/topics?limit=1&after={after}").json()
        every += [(each["topic"], each["experts"]) for each in page["topics"]]
        after = page["next"]
    assert every == [("jazz", 2), ("music", 2), ("c++", 1)]
    assert slugs(client.get("/v3/topics?q=MUS").json()) == ["jazz", "music"]
    assert slugs(client.get("/v3/topics?q=c%2B").json()) == ["c++"]
    found = client.get("/v3/topics?q=musi&language=de-AT").json()["topics"]
    assert [each["name"] for each in found] == ["Jazz Music", "Musik"]
    assert client.get("/v3/topics?language=12").json()["field"] == "language"


def test_a_topic_names_what_is_above_and_below_it(client: Client) -> None:
    jazz = client.get("/v3/topics/jazz").json()
    assert (jazz["id"], jazz["name"], jazz["experts"]) == (BIG, "Jazz Music", 2)
    assert [each["topic"] for each in jazz["parents"]] == ["music"]
    music = client.get("/v3/topics/music").json()
    assert [each["topic"] for each in music["children"]] == ["jazz"]  # and not faith
    assert client.get("/v3/topics/c%2B%2B").json()["parents"] == []


def test_a_topics_experts_are_in_order_with_their_scores(client: Client) -> None:
    first = client.get("/v3/topics/jazz/experts?limit=1").json()
    then = client.get(f"/v3/topics/jazz/experts?limit=1&after={first['next']}").json()
    bob, ann = first["places"][0], then["places"][0]
    assert (bob["person"], bob["place"], bob["score"]) == ("bob", 1, 60.4)
    assert (ann["person"], ann["place"]) == ("ann", 2)
    theirs = client.get("/v3/persons/ann/topics").json()["topics"][1]
    assert ann["expertise"].items() <= theirs.items()
    assert client.get("/v3/topics/jazz/experts?limit=1&after=2").json()["places"] == []


def test_sensitive_topics_are_nowhere_unless_they_are_turned_on(
    client: Client, own_store: Store, serve: Serve
) -> None:
    for path in ("/v3/topics/faith", "/v3/topics/faith/experts"):
        refused = client.get(path)
        assert (refused.status_code, refused.json()["field"]) == (404, "topic")
    assert slugs(client.get("/v3/topics?q=faith").json()) == []
    on = serve(replace(own_store, sensitive=True))
    assert slugs(on.get("/v3/persons/ann/topics").json()) == ["music", "jazz", "faith"]
    assert on.get("/v3/topics/faith/experts").json()["places"][0]["person"] == "ann"
    number = klout_id("ann")
    of = {
        name: each.get(f"/v2/user.json/{number}/topics").json()
        for name, each in (("off", client), ("on", on))
    }
    assert {name: [each["slug"] for each in every] for name, every in of.items()} == {
        "off": ["music", "jazz"],
        "on": ["music", "jazz", "faith"],
    }


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Ann and a friend on a published day with topics."""
    root = Path(str(scene(tmp_path / "lake").root))
    rows = topics_of(THEIRS)
    publish(root, AS_OF, scores_of(PEOPLE), model(), topics=rows)
    return root


@pytest.fixture
def decides(lake: Path, serve: Serve) -> Client:
    store = Store.open(f"sqlite:///{lake / 'store.db'}", write=True)
    load(store, lake)
    client = serve(store, lake=lake)
    client.decides(store)
    return client


@pytest.mark.parametrize("word", ["hide", "dispute"])
def test_a_topic_that_is_hidden_is_gone_before_the_call_returns(
    decides: Client, lake: Path, word: str
) -> None:
    assert slugs(decides.get("/v3/persons/ann/topics").json()) == ["jazz", "music"]
    done = decides.post(f"/v3/persons/ann/topics/jazz/{word}")
    assert (done.status_code, done.json()["person"]) == (200, "ann")
    assert slugs(decides.get("/v3/persons/ann/topics").json()) == ["music"]
    experts = decides.get("/v3/topics/jazz/experts").json()["places"]
    assert [each["person"] for each in experts] == ["twitter:b1"]
    assert hidden_now(Lake(lake)).rows() == [("ann", "jazz")]
    again = decides.post(f"/v3/persons/ann/topics/jazz/{word}")
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
    assert decides.post("/v3/persons/ann/topics/jazz/unhide").status_code == 200
    assert hidden_now(Lake(lake)).is_empty()


def test_what_cannot_be_hidden_is_named(decides: Client) -> None:
    unknown = decides.post("/v3/persons/nobody/topics/jazz/hide")
    assert (unknown.status_code, unknown.json()["field"]) == (404, "person")
    mistyped = decides.post("/v3/persons/ann/topics/jaz/hide")
    assert mistyped.status_code == 409
    assert mistyped.json()["detail"] == "no topic 'jaz' of ann; there is ['jazz', 'music']"
    assert decides.post("/v3/persons/ann/topics/jazz/unhide").status_code == 409


def test_hiding_needs_a_key_for_admin(serve: Serve, lake: Path, own_store: Store) -> None:
    assert serve(own_store, lake=lake).post("/v3/persons/ann/topics/jazz/hide").status_code == 401
