"""Who asks gets in, however many sit there and don't."""

from __future__ import annotations

from serving.http.door import Door, Limits

Crowd = Door[str]


def door(most: int = 6, of_one: int = 3) -> Crowd:
    return Door(Limits(most, of_one, 0))


def test_a_client_at_its_bound_gives_up_its_own_oldest_that_asks_nothing() -> None:
    crowd = door()
    assert [crowd.enter("a", each) for each in "123"] == [(True, None)] * 3
    assert crowd.enter("a", "4") == (True, "1")
    crowd.leave("a", "1")
    crowd.asks("a", "2")
    assert crowd.enter("a", "5") == (True, "3")


def test_one_that_is_being_answered_gives_way_to_nobody() -> None:
    crowd = door()
    for each in "123":
        crowd.enter("a", each)
        crowd.asks("a", each)
    assert crowd.enter("a", "4") == (False, None)
    crowd.rests("a", "2")
    assert crowd.enter("a", "5") == (True, "2")


def test_where_all_is_full_who_has_most_gives_way() -> None:
    crowd = door()
    for client, some in {"a": "12", "b": "345", "c": "6"}.items():
        for each in some:
            crowd.enter(client, each)
    assert crowd.enter("d", "7") == (True, "3")


def test_where_all_is_full_and_all_are_answered_nobody_gets_in_until_one_leaves() -> None:
    crowd = door(most=2)
    for client, each in zip("ab", "12", strict=True):
        crowd.enter(client, each)
        crowd.asks(client, each)
    assert crowd.enter("c", "3") == (False, None)
    crowd.leave("a", "1")
    crowd.leave("a", "1")
    assert crowd.count == 1
    assert crowd.enter("c", "3") == (True, None)
