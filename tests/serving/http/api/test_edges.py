"""Whatever a parameter is given, the answer names it or is one: never a fault of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from serving.http.api.context import Context
from serving.http.api.endpoint_openapi import document
from serving.http.api_app import api
from serving.http.routes import PARTS
from serving.store import Day, Store
from tests.support.api_client import Client, client_of
from tests.support.explain_scenes import model, scene
from tests.support.store_people import scores_of
from tests.support.worlds import AS_OF

EDGES = [
    *("0001-01-01", "0001-03-01", "1969-12-31", "9999-12-31", "10000-01-01", "-0001-01-01"),
    *("2014-02-30", "0000-00-00", "", "\t", "-1", "0", "1e999", "NaN", "9" * 400),
    *("%", "a\u0000b", "\ud7ff\uffff", "x" * 600, "🦊", "..", "/", "a/b?c#d", "[1]", "'; --"),
]
GIVEN = {"person": "ann", "network": "twitter", "account": "a"}
"""What the other parameters of a route are."""
NEEDED = {"q": "/search", "person": "/compare", "screenName": "/identity.json/twitter"}
CASES = [
    (method.upper(), path, parameter)
    for path, methods in document(PARTS, "test")["paths"].items()
    for method, each in methods.items()
    for parameter in each["parameters"]
]


@pytest.fixture(scope="module")
def asks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Ask about ann, of whom lake and store know."""
    folder = tmp_path_factory.mktemp("edges")
    scene(folder / "lake")
    by = model()
    with Store.open(f"sqlite:///{folder / 'store.db'}", write=True) as store:
        store.publish(Day(AS_OF, by.version, None, scores_of({"ann": 50.0}).lazy()))
        with client_of(api(Context(store, folder / "lake", model))) as client:
            client.decides(store)
            yield client


@pytest.mark.parametrize(
    ("method", "path", "parameter"), CASES, ids=lambda each: str(each).replace("/", " ")[:60]
)
def test_an_edge_is_answered_or_named(
    asks: Client, method: str, path: str, parameter: dict[str, Any]
) -> None:
    name = parameter["name"]
    others = {each: GIVEN.get(each, "1") for each in re.findall(r"{(\w+)}", path)}
    needed = {each: "a" for each in NEEDED if path.endswith(NEEDED[each])}
    for edge in EDGES:
        where = others | ({name: edge} if parameter["in"] == "path" else {})
        address = re.sub(r"{(\w+)}", lambda one, at=where: quote(at[one[1]], safe=""), path)
        query = needed | ({name: edge} if parameter["in"] == "query" else {})
        answer = asks.request(method, address, params=query)
        assert answer.status_code < 500, (edge, answer.text)
        if parameter["in"] == "query" and answer.status_code == 400:
            assert re.sub(r"\[\d+\]", "", answer.json()["field"]) in (name, "body"), answer.text


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "3000-01-01", "9999-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_400(asks: Client, day: str) -> None:
    for field, path in (("since", "movement"), ("since", "history"), ("until", "history")):
        answer = asks.get(f"/v3/persons/ann/{path}?{field}={day}")
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert "1970-01-01 to 2999-12-31" in answer.json()["detail"]


@pytest.mark.parametrize("day", ["1970-01-01", "2999-12-31"])
def test_the_first_and_the_last_day_that_may_be_asked_for_are_answered(
    asks: Client, day: str
) -> None:
    for path in (f"movement?since={day}", f"history?since={day}", f"history?until={day}"):
        assert asks.get(f"/v3/persons/ann/{path}").status_code in (200, 400, 404)
    assert asks.get("/v3/persons/ann/movement?since=1970-01-01").status_code == 200
