"""Days are published and models replaced while everybody asks: nothing fails, nothing is mixed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake.times import midnight
from serving.http.score.examples import BATCH, SCORE
from serving.http.score.model_holder import Holder
from serving.store import Store
from tests.serving.conftest import running
from tests.support.populations import quick_model
from tests.support.store_people import FIRST, day
from training.influence.model import Model

PEOPLE = [f"p{number:04}" for number in range(1_500)]
SOME = PEOPLE[::100]


def people_on(number: int) -> dict[str, float]:
    """Scores of a day: everybody's is another on every day."""
    return {each: 1 + (place * 7 + number * 131) % 9_900 / 100 for place, each in enumerate(PEOPLE)}


@dataclass
class Answers:
    """What was answered, and whether all of an answer fits together."""

    models: dict[str, Model]
    days: set[int] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    count: int = 0
    metrics: str = ""
    expected: dict[tuple[str, int], list[float]] = field(default_factory=dict)

    def read(self, answer: httpx.Response) -> None:
        """Check an answer about published people: all of it is of the day that it names."""
        found = self._good(answer)
        if found is None:
            return
        number = (date.fromisoformat(found["as_of"]) - FIRST).days
        expected = people_on(number)
        people = found.get("people", found.get("places", [found]))
        if any(expected[each["person"]] != each["score"] for each in people):
            self.wrong.append(f"an answer mixes days: {answer.text[:200]}")
        if found["model"] != f"m{number % 3}":
            self.wrong.append(f"day {number} is said to be of {found['model']}")
        self.days.add(number)

    def scored(self, answer: httpx.Response, asked: list[dict[str, Any]]) -> None:
        """Check scores of signals: all of an answer is of the one model that it names."""
        found = self._good(answer)
        if found is None:
            return
        found = found if isinstance(found, list) else [found]
        [version] = {each["model_version"] for each in found}
        known = (version, len(asked))
        if known not in self.expected:
            self.expected[known] = expected_of(self.models[version], asked)
        if [each["score"] for each in found] != self.expected[known]:
            self.wrong.append(f"scores are not of model {version}")
        self.versions.add(version)

    def _good(self, answer: httpx.Response) -> Any:
        self.count += 1
        if answer.status_code == httpx.codes.OK:
            return answer.json()
        self.wrong.append(f"{answer.request.url}: {answer.status_code} {answer.text[:200]}")
        return None


def expected_of(model: Model, asked: list[dict[str, Any]]) -> list[float]:
    rows = [dict.fromkeys(model.catalogue.names, 0.0) | each["signals"] for each in asked]
    people = pl.Series("person", [str(place) for place in range(len(rows))])
    frame = pl.DataFrame(rows, dict.fromkeys(model.catalogue.names, pl.Float64))
    return model.score(frame.insert_column(0, people))["score"].to_list()


def ask(url: str, answers: Answers, done: Event) -> None:
    """Ask one thing after the other on one connection until all is done."""
    with httpx.Client(base_url=url, timeout=60) as client:
        questions: list[Callable[[], None]] = [
            lambda: answers.read(client.get("/v3/persons/p0007")),
            lambda: answers.scored(client.post("/score", json=SCORE), [SCORE]),
            lambda: answers.read(client.post("/v3/persons", json={"people": SOME})),
            lambda: answers.read(client.get("/v3/leaderboard", params={"limit": 40})),
            lambda: answers.scored(client.post("/score_batch", json=BATCH), BATCH["people"]),
        ]
        for question in cycle(questions):
            question()
            if done.is_set():
                return


def change(
    store: Store, folder: Path, models: list[Model], days: int, answers: Answers, done: Event
) -> None:
    """Publish days, and replace the model some times in between."""
    each = days // len(models)
    try:
        for number in range(1, days + 1):
            store.publish(day(number, people_on(number), model=f"m{number % 3}"))
            if number % each == 0 and (place := number // each) < len(models):
                models[place].save(folder)
                _await(answers.versions, models[place].version)
        _await(answers.days, days)
    finally:
        done.set()


def _await(seen: set[Any], wanted: object) -> None:
    end = time.monotonic() + 60
    while wanted not in seen:
        assert time.monotonic() < end, "what was changed is not answered within a minute"
        time.sleep(0.05)


def stand(tmp_path: Path, *, days: int, switches: int, workers: int, clients: int) -> Answers:
    """Ask a server all the time while days are published and its model is replaced."""
    folder, catalogue = tmp_path / "model", Catalogue(load_networks())
    models = [quick_model(catalogue, seed) for seed in range(1, switches + 2)]
    models[0].save(folder)
    url = f"sqlite:///{tmp_path}/store.db"
    answers, done = Answers({each.version: each for each in models}), Event()
    with Store.open(url, write=True) as store:
        store.publish(day(0, people_on(0), model="m0"))
        with running(folder, tmp_path, url, workers) as client, ThreadPoolExecutor() as pool:
            asking = [pool.submit(ask, str(client.base_url), answers, done) for _ in range(clients)]
            change(store, folder, models, days, answers, done)
            for each in asking:
                each.result()
            answers.metrics = client.get("/metrics").text
    return answers


def test_a_day_and_a_model_are_taken_up_while_everybody_asks(tmp_path: Path) -> None:
    answers = stand(tmp_path, days=4, switches=1, workers=1, clients=4)
    assert answers.wrong == []
    assert len(answers.versions) == 2
    assert answers.count > 50
    [line] = re.findall(r"^klout_latest_day_seconds (.+)$", answers.metrics, re.MULTILINE)
    assert float(line) == midnight(FIRST + timedelta(4)).timestamp()


@pytest.mark.slow
def test_fifty_days_and_three_models_under_load(tmp_path: Path) -> None:
    answers = stand(tmp_path, days=50, switches=3, workers=2, clients=16)
    assert answers.wrong == []
    assert len(answers.versions) == 4
    assert len(answers.days) > 25
    assert answers.count > 500


def test_a_damaged_model_is_left_and_the_next_whole_one_taken(tmp_path: Path) -> None:
    folder, catalogue = tmp_path / "model", Catalogue(load_networks())
    first, second = (quick_model(catalogue, seed) for seed in (1, 2))
    first.save(folder)
    holder = Holder(folder)
    assert not holder.look()
    trees = folder / "trees.txt"
    trees.write_text(trees.read_text()[:-100])
    assert not holder.look()
    assert holder.now.model.version == first.version
    second.save(folder)
    assert holder.look()
    assert holder.now.model.version == second.version
    assert holder.now.columns == {name: at for at, name in enumerate(catalogue.names)}


def test_a_model_that_is_gone_stays_in_force(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    model = quick_model(Catalogue(load_networks()), 1)
    model.save(folder)
    holder = Holder(folder)
    folder.rename(tmp_path / "elsewhere")
    assert not holder.look()
    assert holder.now.model.version == model.version
