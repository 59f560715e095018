"""Answers have the form that the Klout API v2 gave them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from serving.http.api.context import Context
from serving.http.api_app import api
from serving.http.klout_v2.v2_reads import _bucket
from serving.store.klout_id import klout_id
from tests.serving.http.api.conftest import LATEST, filled, people_on
from tests.support.api_client import Client, client_of
from tests.support.explain_scenes import model


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with (
        filled(tmp_path_factory.mktemp("store")) as store,
        client_of(api(Context(store, None, model))) as made,
    ):
        yield made


ANN = str(klout_id("ann"))


def test_a_user_is_a_number_a_nick_and_a_score(client: Client) -> None:
    assert client.get(f"/v2/user.json/{ANN}").json() == {
        "kloutId": ANN,
        "nick": "ann",
        "score": {"score": people_on(LATEST)["ann"]},
        "scoreDeltas": {"dayChange": 0.01, "weekChange": 0.07, "monthChange": 0.3},
    }
    dee = client.get(f"/v2/user.json/{klout_id('twitter:Dee')}").json()
    assert dee["nick"] == "Dee"


def test_without_a_lake_nobody_influences_anybody(client: Client) -> None:
    assert client.get(f"/v2/user.json/{ANN}/influence").json() == {
        "myInfluencersCount": 0,
        "myInfluenceesCount": 0,
        "myInfluencers": [],
        "myInfluencees": [],
    }


@pytest.mark.parametrize(
    "number", ["0", "1", "-1", "abc", "9" * 19, "9" * 30, "1e3", "²", "%EF%BC%91"]
)
@pytest.mark.parametrize("part", ["", "/score", "/influence", "/topics"])
def test_a_number_of_nobody_is_404(client: Client, number: str, part: str) -> None:
    answer = client.get(f"/v2/user.json/{number}{part}")
    assert (answer.status_code, answer.json()["field"]) == (404, "klout_id")


def test_an_account_that_is_not_there_is_404(client: Client) -> None:
    assert client.get("/v2/identity.json/ig/78").status_code == 404
    assert client.get(f"/v2/identity.json/klout/{ANN}/gp").status_code == 404
    assert client.get("/v2/identity.json/twitter").json()["field"] == "screenName"


def test_parameters_that_nobody_knows_are_let_pass(client: Client) -> None:
    answer = client.get("/v2/identity.json/twitter?screenName=@ANN_T&format=x&callback=y")
    assert answer.json() == {"id": ANN, "network": "ks"}


def test_buckets_are_ten_points_wide() -> None:
    scores = (1.0, 9.99, 10.0, 69.999, 90.0, 100.0)
    assert [*map(_bucket, scores)] == ["0-9", "0-9", "10-19", "60-69", "90-100", "90-100"]
