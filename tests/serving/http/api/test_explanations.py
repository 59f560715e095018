"""Explanations come from the lake, for the day and the people that are in the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from typer.testing import CliRunner

from features.lake import Lake
from features.lake.lock import locked
from features.people.accounts import connect
from features.people.forgetting import forget
from features.storage import waiting
from serving.cli.app import app
from serving.daily.run import daily
from serving.explain.change import explain_change
from serving.explain.explanation import as_json
from serving.explain.why import why
from serving.http.api.context import Context
from serving.http.api.memory import Memory
from serving.http.api_app import api
from serving.http.web.web_app import routes
from serving.store import Day, Store
from serving.store.address import url_of
from tests.serving.http.api.conftest import Serve
from tests.support.api_client import Client, client_of
from tests.support.explain_scenes import SINCE, ago, identity, model, reaction, scene
from tests.support.histories import arrive
from tests.support.store_people import scores_of
from tests.support.worlds import AS_OF, SMALL

BY = model()
WHY_AND_NOW = ("/explanation", "")


def world(folder: Path) -> tuple[Store, Path]:
    """Ann's lake, in which three more people react; its store knows eve as well."""
    lake = folder / "lake"
    new = [reaction(f"n{n}", n + 1, content="1") for n in range(3)]
    scene(lake, interactions=new, identities=[identity("zoe", "z")])
    store = Store.open(f"sqlite:///{folder / 'store.db'}", write=True)
    people = scores_of({"ann": 50.0, "eve": 40.0, "zoe": 2.0})
    store.publish(Day(AS_OF, BY.version, None, people.lazy()))
    return store, lake


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    store, lake = world(tmp_path_factory.mktemp("explained"))
    yield store, lake
    store.close()


@pytest.fixture(scope="module")
def client(place: tuple[Store, Path]) -> Iterator[Client]:
    with client_of(api(Context(*place, lambda: BY))) as made:
        yield made


def test_an_explanation_is_that_of_the_command(client: Client, place: tuple[Store, Path]) -> None:
    expected = as_json(why(Lake(place[1]), AS_OF, "ann", BY))
    for _ in range(2):  # the second is remembered
        answer = client.get("/v3/persons/ann/explanation").json()
        assert {name: answer[name] for name in ("score", "influence", "model", "as_of")} == {
            name: expected[name] for name in ("score", "influence", "model", "as_of")
        }
        assert [each["network"] for each in answer["parts"]] == [
            each["network"] for each in expected["parts"]
        ]


def test_a_movement_is_that_of_the_command(client: Client, place: tuple[Store, Path]) -> None:
    since = AS_OF - timedelta(7)
    expected = explain_change(Lake(place[1]), since, AS_OF, "ann", BY)
    for path in ("/v3/persons/ann/movement", f"/v3/persons/ann/movement?since={since}"):
        answer = client.get(path).json()
        assert answer["since"] == since.isoformat()
        assert answer["change"] == expected.change
        assert sum(each["points"] for each in answer["causes"]) == pytest.approx(answer["change"])
    late = client.get(f"/v3/persons/ann/movement?since={AS_OF}")
    assert (late.status_code, late.json()["field"]) == (400, "since")


ASKED: list[tuple[dict[str, Any], int, str | None]] = [
    ({"people": {"network": "twitter", "reaction": "retweet", "people": 20}}, 200, None),
    ({"posts": {"network": "twitter", "posts": 2}}, 200, None),
    ({"signals": {"network": "twitter", "signals": {"twitter.followers": 3}}}, 200, None),
    ({"people": {"network": "twiter", "reaction": "retweet", "people": 1}}, 400, "people.network"),
    ({"people": {"network": "twitter", "reaction": "boo", "people": 1}}, 400, "people.reaction"),
    ({"people": {"network": "twitter", "reaction": "retweet", "people": 0}}, 400, "people.people"),
    ({"signals": {"network": "twitter", "signals": {"x": 1}}}, 400, "signals.signals.x"),
    ({"posts": None}, 400, "body"),
    ({}, 400, "body"),
]


@pytest.mark.parametrize(("body", "status", "field"), ASKED)
def test_what_if_is_answered_or_names_the_field(
    client: Client, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = client.post("/v3/persons/ann/what-if", json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    if status == 200:
        told = answer.json()
        assert told["gain"] == pytest.approx(told["after"] - told["before"])
        assert told["gain"] >= 0


def test_the_ways_to_the_next_point_reach_it(client: Client) -> None:
    ways = client.get("/v3/persons/ann/next").json()["ways"]
    score = client.get("/v3/persons/ann/explanation").json()["score"]
    assert ways
    assert all(way["score"] >= int(score) + 1 for way in ways)


def test_a_day_is_explained_by_the_model_that_scored_it(tmp_path: Path, serve: Serve) -> None:
    lake = tmp_path / "lake"
    scene(lake)
    for day, seed in ((SINCE, 2), (AS_OF, 3)):
        daily(lake, day, model(seed), store=url_of(None, lake))
    with Store.open(url_of(None, lake)) as store:
        client = serve(store, lake=lake, model=lambda: BY)
        then, now = model(2).version, model(3).version
        for path in ("explanation", "signals", "next"):
            assert client.get(f"/v3/persons/ann/{path}").json()["model"] == now
        told = client.get(f"/v3/persons/ann/movement?since={SINCE}").json()
        assert (told["model_then"], told["model_now"]) == (then, now)
        assert [cause["name"] for cause in told["causes"]] == ["model"]
        supposed = client.post("/v3/persons/ann/what-if", json=ASKED[0][0]).json()
        score = client.get("/v3/persons/ann").json()["score"]
        assert supposed["before"] == pytest.approx(score)


def test_an_explanation_is_of_the_score_on_the_page_whatever_changed_since(
    tmp_path: Path, serve: Serve
) -> None:
    """Who reacted turns out to be ann herself, and another is forgotten: the published stays."""
    lake = tmp_path / "lake"
    scene(lake, interactions=[reaction(f"n{n}", n + 1, content="1") for n in range(8)])
    for day in (SINCE, AS_OF):
        daily(lake, day, BY, store=url_of(None, lake))
    assert why(Lake(lake), AS_OF, "ann", BY).changed == 0.0

    def check(store: Store) -> float:
        client = serve(store, lake=lake, model=lambda: BY)
        told, page = (client.get(f"/v3/persons/ann{end}").json() for end in ("/explanation", ""))
        assert (told["score"], told["influence"]) == (page["score"], page["influence"])
        supposed = client.post("/v3/persons/ann/what-if", json=ASKED[0][0]).json()
        assert (supposed["before"], supposed["changed"]) == (told["score"], told["changed"])
        known = supposed["before"] - supposed["changed"]
        assert supposed["gain"] == pytest.approx(supposed["after"] - known)
        assert supposed["gain"] >= 0
        ways = client.get("/v3/persons/ann/next").json()["ways"]
        assert all(way["score"] >= int(page["score"]) + 1 for way in ways)
        points = sum(part["points"] for part in told["parts"])
        assert told["nobody"] + points + told["changed"] == pytest.approx(told["score"])
        return float(told["changed"])

    with Store.open(url_of(None, lake)) as store:
        for n in range(7):
            connect(lake, "ann", ("twitter", f"n{n}"), "personal", ago(200), SMALL)
        assert check(store) > 0.005
        with client_of(Starlette(routes=routes(Context(store, lake, lambda: BY)))) as pages:
            page = pages.get("/people/ann/why").text
        assert "What is known of these days changed after they were scored." in page
        forget(lake, "twitter:n7")
        check(store)


def test_while_too_many_wait_the_next_is_told_to_come_again(
    place: tuple[Store, Path], serve: Serve
) -> None:
    full = Memory(at_once=1, waiting=-1)
    client = serve(place[0], lake=place[1], model=lambda: BY, memory=full)
    for path in ("explanation", "influencers"):
        answer = client.get(f"/v3/persons/ann/{path}")
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_who_is_not_in_the_lake_is_404(client: Client) -> None:
    for path in ("explanation", "movement", "next"):
        assert client.get(f"/v3/persons/eve/{path}").status_code == 404


def test_without_a_lake_it_says_so(place: tuple[Store, Path], serve: Serve) -> None:
    answer = serve(place[0]).get("/v3/persons/ann/explanation")
    assert answer.status_code == 404
    assert "without --lake" in answer.json()["detail"]


def test_who_has_left_the_store_is_not_explained_from_memory(tmp_path: Path, serve: Serve) -> None:
    store, lake = world(tmp_path)
    client = serve(store, lake=lake, model=lambda: BY)
    assert client.get("/v3/persons/ann/explanation").status_code == 200
    store.remove("ann")
    assert client.get("/v3/persons/ann/explanation").status_code == 404
    store.close()


def test_connecting_and_leaving_do_what_the_commands_do(tmp_path: Path, serve: Serve) -> None:
    store, lake = world(tmp_path)
    client = serve(store, lake=lake, model=lambda: BY)
    client.decides(store)
    body = {"network": "twitter", "account": "e/1"}
    done = client.post("/v3/persons/eve/accounts", json=body)
    assert (done.status_code, done.json()["done"]) == (200, "connected")
    assert client.post("/v3/persons/eve/accounts", json=body).status_code == 409
    bad = client.post("/v3/persons/eve/accounts", json=body | {"network": "nix"})
    assert (bad.status_code, bad.json()["field"]) == (400, "network")
    gone = client.delete("/v3/persons/eve/accounts/twitter/e%2F1")
    assert gone.json()["done"] == "disconnected"
    assert client.delete("/v3/persons/eve/accounts/twitter/e%2F1").status_code == 409

    assert client.post("/v3/persons/ann/opt-out").json()["done"] == "opted out"
    assert client.get("/v3/persons/ann").status_code == 404
    assert client.post("/v3/persons/ann/opt-out").status_code == 409
    assert client.post("/v3/persons/ann/opt-in").json()["done"] == "opted in"
    assert client.post("/v3/persons/unheard-of/opt-out").status_code == 404

    job = client.done(client.delete("/v3/persons/zoe"))
    assert (job["state"], job["reason"]) == ("done", None)
    assert client.get("/v3/persons/zoe").status_code == 404
    again = client.done(client.delete("/v3/persons/zoe"))
    assert again["state"] == "done"
    assert "was forgotten before" in again["reason"]
    assert client.delete("/v3/persons/unheard-of").status_code == 404
    # An account of nobody, as a mistyped one is, is nobody either.
    assert client.post("/v3/persons/twitter:unheard-of/opt-out").status_code == 404
    assert client.delete("/v3/persons/twitter:unheard-of").status_code == 404
    assert Lake(lake).scan("identities").filter(person="zoe").collect().is_empty()
    store.close()


def test_while_another_run_writes_it_may_work_later(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, lake = world(tmp_path)
    client = serve(store, lake=lake, model=lambda: BY)
    client.decides(store)
    ticking = SimpleNamespace(monotonic=count(0, 10).__next__, sleep=lambda _: None)
    with locked(lake / ".lock", "held"), monkeypatch.context() as patched:
        patched.setattr(waiting, "time", ticking)
        busy = client.post("/v3/persons/zoe/opt-out")
    assert (busy.status_code, busy.json()["detail"]) == (503, "another run is writing to the lake")
    assert int(busy.headers["Retry-After"]) > 0
    assert client.post("/v3/persons/zoe/opt-out").status_code == 200
    store.close()


def test_a_day_that_was_withdrawn_is_not_explained_from_memory(
    tmp_path: Path, serve: Serve
) -> None:
    """A server that runs tells of the day before at once, and of the new day as it is now."""
    lake = tmp_path / "lake"
    scene(lake)
    url = url_of(None, lake)
    for day in (SINCE, AS_OF):
        daily(lake, day, BY, store=url)
    with Store.open(url) as store:
        client = serve(store, lake=lake, model=lambda: BY)

        def told() -> tuple[str, float, float]:
            why_so, now = (client.get(f"/v3/persons/ann{path}").json() for path in WHY_AND_NOW)
            return now["as_of"], now["score"], why_so["score"]

        before = told()
        assert before[0] == AS_OF.isoformat() and before[1] == before[2]
        words = ["withdraw", "--lake", str(lake), "--from", str(AS_OF), "--why", "a test"]
        assert CliRunner().invoke(app, words).exit_code == 0
        assert told()[0] == SINCE.isoformat()
        new = [reaction(f"late{n}", 3) for n in range(9)]
        arrive(lake, {"interactions": new}, 77)
        daily(lake, AS_OF, BY, store=url)
        after = told()
        assert after[0] == AS_OF.isoformat()
        assert after[1] == after[2] > before[1]
