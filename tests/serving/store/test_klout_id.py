"""Each person has a number of its own, by which it is found."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import text

from serving.store import Store
from serving.store.engine import connected, parsed, writing
from serving.store.klout_id import klout_id, klout_ids
from serving.store.upgrading import config
from tests.support.store_people import day


def test_a_person_is_found_by_its_number_on_every_day(store: Store) -> None:
    for number in range(2):
        store.publish(day(number, {"ann": 50.0, "bob": 40.0}))
        with store.read() as now:
            for person in ("ann", "bob"):
                mine = now.by_klout_id(klout_id(person))
                assert mine == now.person(person)
                assert mine.klout_id == klout_id(person)
            assert now.by_klout_id(1) is None


def test_of_two_with_the_same_number_the_later_gets_another(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poor(person: str, attempt: int = 0) -> int:
        return len(person) + 10 * attempt

    monkeypatch.setattr("serving.store.klout_id.klout_id", poor)
    assert klout_ids(["ann", "bob", "x"], [1]) == [3, 13, 11]
    store.publish(day(0, {"bob": 40.0}))
    store.publish(day(1, {"ann": 50.0, "bob": 40.0, "zed": 1.0}))
    with store.read() as now:
        assert [now.person(each).klout_id for each in ("bob", "ann", "zed")] == [3, 13, 23]


def test_people_of_older_tables_get_their_numbers(empty_url: str) -> None:
    engine = connected(parsed(empty_url))
    with writing(engine) as connection:
        alembic = config()
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "0001")
        connection.execute(text("INSERT INTO persons (key, person) VALUES (1, 'ann'), (2, 'ü/b')"))
    engine.dispose()
    with Store.upgraded(empty_url) as store, store.engine.connect() as connection:
        rows = connection.execute(text("SELECT person, klout_id FROM persons ORDER BY key")).all()
    assert rows == [("ann", klout_id("ann")), ("ü/b", klout_id("ü/b"))]


def test_an_account_is_found_by_its_name_in_upper_and_lower_case(store: Store) -> None:
    owners = {("twitter", "Ann_T"): "ann", ("wiki", "ann_t"): "bob"}
    people = {"ann": 50.0, "bob": 40.0, "twitter:Erfaan": 30.0, "wiki:erfaan": 20.0}
    store.publish(day(0, people, owners))
    with store.read() as now:
        assert now.named("twitter", "ann_T").person == "ann"
        assert now.named("wiki", "ANN_t").person == "bob"
        assert now.named("twitter", "ERFAAN").person == "twitter:Erfaan"
        assert now.named("twitter", "nobody") is None
        assert now.named("myspace", "ann_t") is None
