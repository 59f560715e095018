"""Who influences whom, and which signals weigh most: from the lake, of one day, of who is seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.lake import Lake
from serving.explain import ties
from serving.http.api import api_ties
from serving.store import Day, Store
from serving.store.klout_id import klout_id
from tests.serving.http.api.conftest import Serve
from tests.support.explain_scenes import identity, model, reaction, scene
from tests.support.store_people import scores_of
from tests.support.worlds import AS_OF

BY = model()
PEOPLE = {"ann": 50.0, "bob": 40.0, "cy": 30.0, "twitter:f1": 20.0, "twitter:idol": 90.0}
NEXT = AS_OF + timedelta(1)


def day(as_of: date = AS_OF, people: Mapping[str, float] = PEOPLE) -> Day:
    return Day(as_of, BY.version, None, scores_of(people).lazy())


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Bob gave Ann two units and Cy a half, f0 to f5 one each; she gave Bob and an idol one each.

    Of the f's only f1 has a score.
    """
    given = [
        reaction("b", 3),
        reaction("b", 4),
        reaction("c", 3),
        reaction("c", 3, target="elsewhere"),
        reaction("a", 3, target="b"),
        reaction("a", 4, target="idol"),
    ]
    connected = [identity("bob", "b"), identity("cy", "c"), identity("dee", "d")]
    scene(tmp_path / "lake", interactions=given, identities=connected)
    return tmp_path / "lake"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as made:
        made.publish(day())
        yield made


def ties_of(client: Any, person: str, kind: str) -> Any:
    answer = client.get(f"/v3/persons/{person}/{kind}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(answer: Any) -> list[str]:
    return [each["person"] for each in answer["people"]]


def test_ties_are_those_of_the_lake_with_scores_of_the_day(
    lake: Path, store: Store, serve: Serve
) -> None:
    client = serve(store, lake=lake, model=lambda: BY)
    assert ties_of(client, "ann", "influencees") == {
        "as_of": AS_OF.isoformat(),
        "model": BY.version,
        "catalogue": None,
        "person": "ann",
        "count": 8,
        "people": [
            {"person": "bob", "name": None, "score": 40.0, "attention": 2.0},
            {"person": "twitter:f1", "name": None, "score": 20.0, "attention": 1.0},
            {"person": "cy", "name": None, "score": 30.0, "attention": 0.5},
        ],
    }
    above = ties_of(client, "ann", "influencers")
    assert (above["count"], names(above)) == (2, ["bob", "twitter:idol"])
    assert ties_of(client, "twitter:idol", "influencers")["people"] == []


def test_those_with_a_score_are_found_behind_however_many_without_one(
    lake: Path, store: Store, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_ties, "_AT_ONCE", 2)
    monkeypatch.setattr(api_ties, "SHOWN", 2)
    client = serve(store, lake=lake, model=lambda: BY)
    assert names(ties_of(client, "ann", "influencees")) == ["bob", "twitter:f1"]


def test_who_leaves_is_in_no_list_from_then_on(lake: Path, store: Store, serve: Serve) -> None:
    client = serve(store, lake=lake, model=lambda: BY)
    client.decides(store)
    before = names(ties_of(client, "ann", "influencees"))
    assert client.post("/v3/persons/bob/opt-out").status_code == 200
    after = ties_of(client, "ann", "influencees")
    assert names(after) == [each for each in before if each != "bob"]
    assert client.get("/v3/persons/bob/influencees").status_code == 404
    assert client.delete("/v3/persons/cy").status_code == 202
    assert "cy" not in client.get("/v3/persons/ann/influencees").text


def test_no_answer_mixes_days_when_one_is_published_meanwhile(
    lake: Path, store: Store, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def find(lake: Lake, as_of: date, person: str, catalogue: Catalogue) -> pl.DataFrame:
        asked.append(as_of)
        if as_of == AS_OF:
            store.publish(day(NEXT, {who: score + 1 for who, score in PEOPLE.items()}))
        return ties.influencees(lake, as_of, person, catalogue)

    monkeypatch.setitem(api_ties._FIND, "influencees", find)
    answer = ties_of(serve(store, lake=lake, model=lambda: BY), "ann", "influencees")
    assert answer["as_of"] == NEXT.isoformat()
    assert [each["score"] for each in answer["people"]] == [41.0, 21.0, 31.0]
    assert asked == [AS_OF, NEXT]


def test_a_day_that_is_published_again_brings_its_own_people(
    lake: Path, store: Store, serve: Serve
) -> None:
    client = serve(store, lake=lake, model=lambda: BY)
    ties_of(client, "ann", "influencees")
    store.publish(day(AS_OF, PEOPLE | {"twitter:f3": 10.0}), again=True)
    assert names(ties_of(client, "ann", "influencees"))[1:3] == ["twitter:f1", "twitter:f3"]


def test_ties_are_found_once_a_day(
    lake: Path, store: Store, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve(store, lake=lake, model=lambda: BY)
    first = ties_of(client, "ann", "influencers")
    monkeypatch.setitem(api_ties._FIND, "influencers", None)  # would fail if it were asked again
    assert ties_of(client, "ann", "influencers") == first


def test_the_strongest_signals_are_those_of_the_explanation(
    lake: Path, store: Store, serve: Serve
) -> None:
    client = serve(store, lake=lake, model=lambda: BY)
    told = client.get("/v3/persons/ann/explanation").json()
    found = client.get("/v3/persons/ann/signals").json()
    assert (found["person"], found["as_of"]) == ("ann", AS_OF.isoformat())
    assert found["model"] == told["model"]
    for way in ("up", "down"):
        every = [
            {"network": part["network"], **each} for part in told["parts"] for each in part[way]
        ]
        every.sort(key=lambda each: (-abs(each["worth"]), each["network"], each["family"]))
        assert found[way] == every[:10]
    assert found["up"]


@pytest.mark.parametrize("part", ["signals", "influencers", "influencees"])
def test_who_can_not_be_told_of_is_404(lake: Path, store: Store, serve: Serve, part: str) -> None:
    store.publish(day(NEXT, PEOPLE | {"stranger": 5.0}))
    client = serve(store, lake=lake, model=lambda: BY)
    for who in ("nobody", "stranger"):
        answer = client.get(f"/v3/persons/{who}/{part}")
        assert (answer.status_code, answer.json()["field"]) == (404, "person")
    alone = serve(store).get(f"/v3/persons/ann/{part}")
    assert alone.status_code == 404
    assert "without --lake" in alone.json()["detail"]


def test_a_client_of_2012_is_told_the_same(lake: Path, store: Store, serve: Serve) -> None:
    client = serve(store, lake=lake, model=lambda: BY)
    path = f"/v2/user.json/{klout_id('ann')}/influence"
    told = client.get(path).json()
    assert (told["myInfluencersCount"], told["myInfluenceesCount"]) == (2, 8)
    numbers = {
        kind: [each["entity"]["id"] for each in told[kind]] for kind in told if "C" not in kind
    }
    assert numbers == {
        "myInfluencers": [str(klout_id(who)) for who in ("bob", "twitter:idol")],
        "myInfluencees": [str(klout_id(who)) for who in ("bob", "twitter:f1", "cy")],
    }
    bob = client.get(f"/v2/user.json/{klout_id('bob')}").json()
    assert told["myInfluencers"][0] == {"entity": {"id": bob["kloutId"], "payload": bob}}
    assert bob["score"]["score"] == 40.0
    store.remove("ann")
    gone = client.get(path)
    assert (gone.status_code, gone.json()["field"]) == (404, "klout_id")
