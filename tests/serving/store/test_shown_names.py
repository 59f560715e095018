"""What people are called: published with the day, searched by, and gone with the person."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from alembic import command
from sqlalchemy import text

from serving.store import Day, Store
from serving.store.engine import connected, parsed, writing
from serving.store.schema import metadata
from serving.store.upgrading import config
from tests.support.store_people import day

PEOPLE = {"ann": 40.0, "twitter:bob": 30.0, "cid": 20.0}


def called(made: Day, **names: str) -> Day:
    people = {name.replace("__", ":"): shown for name, shown in names.items()}
    return replace(made, names=pl.DataFrame({"person": [*people], "name": [*people.values()]}))


def shown(store: Store) -> dict[str, str | None]:
    with store.read() as now:
        return {each.scored.person: each.scored.name for each in now.leaderboard()}


def found(store: Store, words: str) -> list[str]:
    with store.read() as now:
        return [each.person for each in now.search(words)]


def test_a_day_comes_with_its_names_and_a_later_one_without_keeps_them(store: Store) -> None:
    store.publish(called(day(0, PEOPLE), ann="Ann", twitter__bob="Bob B.", nobody="No"))
    assert shown(store) == {"ann": "Ann", "twitter:bob": "Bob B.", "cid": None}
    store.publish(day(1, PEOPLE))
    assert shown(store) == {"ann": "Ann", "twitter:bob": "Bob B.", "cid": None}
    store.publish(called(day(2, PEOPLE), ann="Anna"))
    assert shown(store) == {"ann": "Anna", "twitter:bob": None, "cid": None}
    assert (found(store, "anna"), found(store, "Bob B")) == (["ann"], [])


def test_a_search_finds_each_word_of_a_name_in_any_case(store: Store) -> None:
    store.publish(called(day(0, PEOPLE), ann="Zoë van ÄRMEL", cid="Bob"))
    for words in ("zoë", "ZOË VAN Ä", "ärm", "ann"):
        assert found(store, words) == ["ann"]
    assert found(store, "bob") == ["twitter:bob", "cid"]


def test_nothing_of_a_name_stays_of_who_is_removed(store: Store) -> None:
    store.publish(called(day(0, PEOPLE), ann="Secret Name", cid="Cid"))
    assert store.remove("ann")
    assert [found(store, words) for words in ("secret", "name", "cid")] == [[], [], ["cid"]]
    with store.engine.connect() as connection:
        for table in metadata.tables.values():
            assert "ecret" not in str(connection.execute(table.select()).all())


def test_who_must_not_be_seen_leaves_no_name(store: Store) -> None:
    made = called(day(0, PEOPLE), ann="Secret Name", cid="Cid")
    store.publish(made, leave_out=lambda frame: frame.filter(pl.col("person") != "ann"))
    with store.engine.connect() as connection:
        for table in metadata.tables.values():
            assert "ecret" not in str(connection.execute(table.select()).all())


def test_any_name_is_read_as_it_was(store: Store) -> None:
    names = {"ann": "🎈" * 512, "cid": "<script>\"\\N', x</script>", "twitter:bob": "דנה כהן"}
    made = replace(
        day(0, PEOPLE), names=pl.DataFrame({"person": [*names], "name": [*names.values()]})
    )
    store.publish(made)
    assert shown(store) == names


def test_a_store_of_before_shows_ids_until_a_day_brings_names(empty_url: str) -> None:
    engine = connected(parsed(empty_url))
    with writing(engine) as connection:
        alembic = config()
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "0004")
        connection.execute(text("INSERT INTO persons (key, person, klout_id) VALUES (1, 'ann', 7)"))
        scores = text("INSERT INTO scores VALUES (1, 50, 2, 60, 1, 1, :parts)")
        connection.execute(scores, {"parts": b""})
        connection.execute(text("INSERT INTO names VALUES ('ann', 1)"))
    engine.dispose()
    with Store.upgraded(empty_url) as store:
        with store.read() as now:
            assert (now.person("ann").score, now.person("ann").name) == (50.0, None)
        store.publish(called(day(0, PEOPLE), ann="Ann Example"))
        assert found(store, "example") == ["ann"]
