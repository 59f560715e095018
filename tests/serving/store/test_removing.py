"""Who is removed is absent from every read at once, and stays so."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from serving.store import Store
from serving.store.schema import metadata
from tests.support.store_people import after, day

PEOPLE = {"ann": 70.0, "bob": 50.0, "cid": 40.0}
OWNERS = {("twitter", "Ann_T"): "ann", ("twitter", "bobby"): "bob"}


@pytest.fixture
def filled(store: Store) -> Store:
    store.publish(day(0, PEOPLE, OWNERS))
    store.publish(day(1, PEOPLE, OWNERS))
    return store


def test_a_removed_person_is_in_no_answer(filled: Store) -> None:
    assert filled.remove("ann")
    with filled.read() as now:
        assert now.people(PEOPLE).keys() == {"bob", "cid"}
        assert now.owner("twitter", "Ann_T") is None
        assert now.accounts("ann") == now.history("ann") == []
        assert now.search("ann") == []
        for board in (now.leaderboard(), now.leaderboard("twitter")):
            assert [(each.place, each.scored.person) for each in board] == [(2, "bob"), (3, "cid")]
        assert now.leaderboard(limit=1)[0].scored.person == "bob"


def test_others_stay_as_they_were(filled: Store) -> None:
    with filled.read() as now:
        before = (now.person("bob"), now.history("bob"), now.accounts("bob"))
    filled.remove("ann")
    with filled.read() as now:
        after = (now.person("bob"), now.history("bob"), now.accounts("bob"))
    assert before == after


def test_nothing_in_the_database_names_a_removed_person(filled: Store) -> None:
    filled.remove("ann")
    with filled.engine.connect() as connection:
        held = [
            repr(value).lower()
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
            for value in row
        ]
    assert not [text for text in held if "ann" in text]
    assert [text for text in held if "bob" in text]


def test_who_is_not_there_can_be_removed_without_harm(filled: Store) -> None:
    assert not filled.remove("nobody")
    assert filled.remove("ann")
    assert not filled.remove("ann")
    assert filled.remove_all(["bob", "nobody", "cid"]) == 2


def test_nobody_inherits_the_history_of_the_removed(filled: Store) -> None:
    """Also of the one that had the last key."""
    filled.remove("cid")
    filled.publish(day(2, {"dan": 9.0, "cid": 41.0}))
    with filled.read() as now:
        assert [point.as_of for point in now.history("dan")] == [after(2)]
        assert [point.as_of for point in now.history("cid")] == [after(2)]
        assert {each.scored.person for each in now.leaderboard()} == {"dan", "cid"}
