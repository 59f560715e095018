"""Reads give what is published, of one day, in the form that is described."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.store import Store
from tests.serving.http.api.conftest import LATEST, PEOPLE, WEIRD, Serve, people_on
from tests.support.api_client import Client
from tests.support.store_people import after, day

HEAD = {"as_of": after(LATEST).isoformat(), "model": "m1", "catalogue": "c1"}
TODAY = people_on(LATEST)


def person(client: Client, name: str) -> dict[str, Any]:
    return client.get(f"/v3/persons/{quote(name, safe='')}").json()


def test_a_person_is_told_with_its_score_and_how_it_moved(client: Client) -> None:
    assert person(client, "ann") == {
        **HEAD,
        "person": "ann",
        "name": None,
        "score": 70.4,
        "percentile": pytest.approx(35.2),
        "confidence": pytest.approx(0.704),
        "low": pytest.approx(70.4 - 70.4 / 9),
        "high": pytest.approx(70.4 + 70.4 / 8),
        "influence": pytest.approx(70.4 / 7),
        "rank": 1,
        "coverage": {"share": 0.5, "networks": ["twitter"]},
        "deltas": {"day": 0.01, "week": 0.07, "month": 0.3},
    }


def test_there_is_no_delta_to_a_day_without_a_score(own_store: Store, serve: Serve) -> None:
    own_store.publish(day(LATEST + 1, people_on(LATEST + 1) | {"new": 5.0}))
    own_store.publish(day(LATEST + 2, people_on(LATEST + 2) | {"new": 6.0}))
    client = serve(own_store)
    assert person(client, "new")["deltas"] == {"day": 1.0, "week": None, "month": None}


@pytest.mark.parametrize("name", WEIRD)
def test_ids_may_hold_anything(client: Client, name: str) -> None:
    encoded = quote(name, safe="")
    assert person(client, name)["person"] == name
    for part in ("history", "parts"):
        answer = client.get(f"/v3/persons/{encoded}/{part}")
        assert (answer.status_code, answer.json()["person"]) == (200, name)
    assert client.post("/v3/persons", json={"people": [name]}).json()["people"][0]["person"] == name


def test_a_slash_that_is_not_encoded_is_understood(client: Client) -> None:
    assert client.get("/v3/persons/a/b").json()["person"] == "a/b"
    assert client.get("/v3/persons/a/b/parts").json()["person"] == "a/b"


@pytest.mark.parametrize(
    ("network", "account", "owner"),
    [("twitter", "Ann_T", "ann"), ("twitter", "b/ö", "bob"), ("twitter", "Dee", "twitter:Dee")],
)
def test_a_person_is_found_by_an_account(
    client: Client, network: str, account: str, owner: str
) -> None:
    path = f"/v3/networks/{network}/accounts/{quote(account, safe='')}/person"
    assert client.get(path).json() == person(client, owner)
    assert client.get(f"/v3/networks/wiki/accounts/{quote(account)}/person").status_code == 404


def test_history_is_of_the_days_asked_for(client: Client) -> None:
    since, until = after(3), after(5)
    answer = client.get(f"/v3/persons/ann/history?since={since}&until={until}").json()
    scores = {point["as_of"]: point["score"] for point in answer["points"]}
    assert scores == {after(n).isoformat(): people_on(n)["ann"] for n in (3, 4, 5)}
    assert answer["model_switches"] == []
    everything = client.get("/v3/persons/ann/history").json()
    assert len(everything["points"]) == LATEST + 1
    assert everything["since"] == (after(LATEST) - timedelta(90)).isoformat()
    assert client.get("/v3/persons/ann/history?until=1970-01-01").json()["points"] == []


def test_parts_and_accounts_are_those_published(client: Client) -> None:
    parts = client.get("/v3/persons/ann/parts").json()
    assert parts["parts"] == {"twitter": pytest.approx(parts["influence"])}
    assert parts["accounts"] == [
        {"network": "instagram", "account": "77"},
        {"network": "twitter", "account": "Ann_T"},
    ]


def test_pages_of_a_leaderboard_are_all_of_it(client: Client) -> None:
    seen, after_place = [], 0
    while after_place is not None:
        page = client.get(f"/v3/leaderboard?limit=5&after={after_place}&network=twitter").json()
        seen += [(each["place"], each["person"]) for each in page["places"]]
        after_place = page["next"]
    ranked = sorted(TODAY, key=lambda each: (-TODAY[each], each))
    assert seen == list(enumerate(ranked, 1))


def test_a_ranking_is_of_those_asked_for(client: Client) -> None:
    answer = client.post("/v3/leaderboard", json={"people": ["cid", "nobody", "ann", "cid"]}).json()
    assert [(each["place"], each["person"]) for each in answer["places"]] == [
        (1, "ann"),
        (2, "cid"),
    ]
    assert answer["missing"] == ["nobody"]


def test_people_are_compared_in_the_order_asked(client: Client) -> None:
    answer = client.get("/v3/compare?person=cid&person=ann").json()
    assert [each["person"] for each in answer["people"]] == ["cid", "ann"]
    assert answer["people"][1]["parts"].keys() == {"twitter"}
    missing = client.get("/v3/compare?person=ann&person=nobody")
    assert (missing.status_code, missing.json()["field"]) == (404, "person[1]")
    assert client.get("/v3/compare" + "?person=a" + 5 * "&person=a").status_code == 400


def test_people_are_found_by_the_beginning_of_a_name(client: Client) -> None:
    found = client.get("/v3/search?q=dE").json()["people"]
    assert [each["person"] for each in found] == ["twitter:Dee"]
    assert client.get("/v3/search?q=zzz").json()["people"] == []


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=st.lists(st.sampled_from([*PEOPLE, *WEIRD, "nobody", "n/o"]), min_size=1, max_size=20))
def test_many_at_once_are_what_each_is_alone(client: Client, asked: list[str]) -> None:
    answer = client.post("/v3/persons", json={"people": asked}).json()
    singles = {name: person(client, name) for name in dict.fromkeys(asked)}
    assert [HEAD | each for each in answer["people"]] == [
        each for each in singles.values() if "score" in each
    ]
    assert answer["missing"] == [name for name, each in singles.items() if "score" not in each]


def test_an_answer_that_is_known_is_not_sent_again(own_store: Store, serve: Serve) -> None:
    client = serve(own_store)
    first = client.get("/v3/persons/ann")
    tag = {"If-None-Match": f'"other", {first.headers["etag"]}'}
    again = client.get("/v3/persons/ann", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get("/v3/persons/bob", headers=tag).status_code == 200
    own_store.publish(day(LATEST + 1, people_on(LATEST + 1)))
    assert client.get("/v3/persons/ann", headers=tag).json()["score"] == 70.41
    own_store.remove("ann")
    assert client.get("/v3/persons/ann", headers=tag).status_code == 404


def test_large_answers_are_compressed_for_who_can_read_them(client: Client) -> None:
    plain = client.get("/v3/leaderboard", headers={"Accept-Encoding": "identity"})
    small = client.get("/v3/leaderboard", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.content == plain.content  # the client has unpacked it
    assert int(small.headers["content-length"]) < len(gzip.compress(plain.content)) * 1.1


def test_head_is_get_without_a_body(client: Client) -> None:
    answer = client.request("HEAD", "/v3/persons/ann")
    assert (answer.status_code, answer.content) == (200, b"")
