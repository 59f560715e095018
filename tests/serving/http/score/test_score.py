"""Scores over HTTP are the model's scores."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import polars as pl
import pytest

from serving.http.score.examples import BATCH, ROWS, SCORE
from training.influence.confidence import FIGURES
from training.influence.model import Model


def given(row: dict[str, Any]) -> dict[str, Any]:
    """A request of a row of a signals file; what is 0 of no window may be left out."""
    windowed = re.compile(r"\.\d+d$")
    signals = {
        name: value
        for name, value in row.items()
        if name != "person" and (value or windowed.search(name))
    }
    return {"person": row["person"], "signals": signals}


def flat(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as a row of a scores file."""
    parts = {f"part.{network}": part for network, part in answer["parts"].items()}
    return {name: answer[name] for name in ("person", *FIGURES)} | parts


def test_one_persons_score_is_the_models_to_the_bit(
    client: httpx.Client, model: Model, people: pl.DataFrame
) -> None:
    few = people.head(10)
    for row, expected in zip(few.to_dicts(), model.score(few).to_dicts(), strict=True):
        answer = client.post("/score", json=given(row)).json()
        assert flat(answer) == expected
        assert answer["base"] == model.base
        assert answer["model_version"] == model.version
        assert answer["influence"] == pytest.approx(answer["base"] + sum(answer["parts"].values()))


def test_a_batch_is_scored_in_its_order(
    client: httpx.Client, model: Model, people: pl.DataFrame
) -> None:
    answer = client.post("/score_batch", json={"people": [given(row) for row in people.to_dicts()]})
    assert [flat(one) for one in answer.json()] == model.score(people).to_dicts()


def test_nobody_has_the_base_as_influence(client: httpx.Client, model: Model) -> None:
    answer = client.post("/score", json={"signals": {}}).json()
    assert answer["person"] is None
    assert answer["influence"] == model.base
    assert set(answer["parts"].values()) == {0.0}


def test_32_at_once_each_get_their_own_score(
    client: httpx.Client, model: Model, people: pl.DataFrame
) -> None:
    rows, expected = people.to_dicts(), model.score(people)["score"].to_list()
    with ThreadPoolExecutor(32) as pool:
        single = pool.map(lambda row: client.post("/score", json=given(row)).json()["score"], rows)
        assert list(single) == expected
        batches = pool.map(
            lambda row: client.post("/score_batch", json={"people": [given(row)]}).json(), rows
        )
        assert [batch[0]["score"] for batch in batches] == expected


def test_a_bad_request_does_not_fail_those_batched_with_it(client: httpx.Client) -> None:
    def post(number: int) -> int:
        signals = {"twitter.followers": -1 if number % 4 == 0 else number}
        return client.post("/score_batch", json={"people": [{"signals": signals}]}).status_code

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(post, range(64))) == [400, 200, 200, 200] * 16


def test_ten_thousand_people_are_scored_in_one_request(client: httpx.Client) -> None:
    people = [{"signals": {"twitter.followers": number}} for number in range(10_000)]
    assert len(client.post("/score_batch", json={"people": people}).json()) == 10_000


def test_more_of_what_is_up_never_lowers_the_score(client: httpx.Client) -> None:
    name = "twitter.any.reactors.90d"
    people = [{"signals": {name: reactors}} for reactors in (0, 1, 5, 40, 300, 1e6, 1e300)]
    scores = [one["score"] for one in client.post("/score_batch", json={"people": people}).json()]
    assert scores == sorted(scores)
    assert all(1 <= score <= 100 for score in scores)


@pytest.mark.parametrize("path", ["/score", "/score_batch"])
def test_a_window_without_the_wider_ones_is_refused_with_their_names(
    client: httpx.Client, path: str
) -> None:
    """17 people in 30 days can't be nobody in 90."""
    narrow, wide = (f"twitter.any.reactors.{days}d" for days in (30, 90))

    def post(signals: dict[str, float]) -> httpx.Response:
        one = {"signals": signals}
        return client.post(path, json=one if path == "/score" else {"people": [one]})

    refused = post({narrow: 17})
    assert refused.status_code == 400
    assert wide in refused.text
    assert narrow in refused.text
    assert post({narrow: 17, wide: 17}).status_code == 200
    assert post({narrow: 0}).status_code == 200
    assert post({wide: 17}).status_code == 200


@pytest.mark.parametrize(
    ("path", "example"), [("/score", SCORE), ("/score", ROWS), ("/score_batch", BATCH)]
)
def test_examples_work(client: httpx.Client, path: str, example: dict[str, Any]) -> None:
    assert client.post(path, json=example).status_code == 200
