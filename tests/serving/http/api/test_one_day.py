"""No answer mixes two days, whatever is published while it is made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from serving.store import Store
from tests.serving.http.api.conftest import LATEST, OWNERS, PEOPLE, WEIRD, Serve, people_on
from tests.support.api_client import Client
from tests.support.store_people import FIRST, day

EVERYBODY = [*PEOPLE, *WEIRD]
DAYS = 12


def scores_in(answer: dict[str, Any]) -> dict[str, float]:
    people = answer.get("people", answer.get("places", [answer]))
    return {each["person"]: each["score"] for each in people}


def number_of(answer: dict[str, Any]) -> int:
    year, month, number = map(int, answer["as_of"].split("-"))
    return (FIRST.replace(year, month, number) - FIRST).days


def test_each_answer_is_of_the_day_that_it_names(own_store: Store, serve: Serve) -> None:
    client, done = serve(own_store), Event()

    def publish() -> None:
        for number in range(LATEST + 1, LATEST + 1 + DAYS):
            own_store.publish(day(number, people_on(number), OWNERS, model=f"m{number % 4}"))
        done.set()

    def ask(client: Client) -> list[Any]:
        return [
            client.post("/v3/persons", json={"people": EVERYBODY}),
            client.get("/v3/leaderboard"),
            client.get("/v3/compare?person=ann&person=cid"),
            client.get("/v3/persons/bob"),
        ]

    answers = ask(client)
    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(publish)
        while not done.is_set():
            answers += ask(client)
        publishing.result()
    answers += ask(client)
    seen = set()
    for each in answers:
        assert each.status_code == 200
        answer = each.json()
        number = number_of(answer)
        seen.add(number)
        expected = people_on(number)
        assert all(expected[who] == score for who, score in scores_in(answer).items())
        assert answer["model"] == (f"m{number % 4}" if number > LATEST else "m1")
    assert {LATEST, LATEST + DAYS} <= seen
