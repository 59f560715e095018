"""Finding people: by account, on leaderboards, by the beginning of a name, back in time."""

from __future__ import annotations

import polars as pl

from serving.store import Store
from serving.store.published_rows import HistoryPoint
from tests.support.store_people import after, day, scores_of

PEOPLE = {"ann": 70.0, "bob": 50.0, "cid": 50.0, "twitter:dora": 60.0}
OWNERS = {("twitter", "Ann_T"): "ann", ("wiki", "Ann"): "ann", ("twitter", "bobby"): "bob"}


def test_a_person_is_found_by_each_of_its_accounts(store: Store) -> None:
    store.publish(day(0, PEOPLE, OWNERS))
    with store.read() as now:
        assert {account: now.owner(*account).person for account in OWNERS} == OWNERS
        assert now.accounts("ann") == [("twitter", "Ann_T"), ("wiki", "Ann")]


def test_an_account_that_nobody_connected_is_a_person_of_its_own(store: Store) -> None:
    store.publish(day(0, PEOPLE, OWNERS))
    with store.read() as now:
        assert now.owner("twitter", "dora").person == "twitter:dora"
        assert now.accounts("twitter:dora") == [("twitter", "dora")]
        assert now.owner("wiki", "dora") is None
        assert now.owner("nowhere", "dora") is None
        assert now.accounts("bob") == [("twitter", "bobby")]
        assert now.accounts("cid") == now.accounts("nobody") == []


def test_accounts_are_those_of_the_latest_day(store: Store) -> None:
    store.publish(day(0, PEOPLE, OWNERS))
    store.publish(day(1, PEOPLE, {("twitter", "Ann_T"): "bob", ("wiki", "new"): "cid"}))
    with store.read() as now:
        assert now.owner("twitter", "Ann_T").person == "bob"
        assert now.owner("wiki", "new").person == "cid"
        assert now.owner("wiki", "Ann") is None
        assert [each.person for each in now.search("ann_t")] == ["bob"]
        assert [each.person for each in now.search("ann")] == ["ann", "bob"]


def test_accounts_stay_if_a_day_says_nothing_of_them(store: Store) -> None:
    store.publish(day(0, PEOPLE, OWNERS))
    store.publish(day(1, {"ann": 70.0}))
    with store.read() as now:
        assert now.owner("wiki", "Ann").person == "ann"
        assert now.owner("twitter", "bobby") is None


def test_a_network_has_a_leaderboard_of_those_who_have_a_part_in_it(store: Store) -> None:
    more = scores_of({"eve": 90.0, "fay": 20.0}, ("wiki", "twitter"))
    both = pl.concat([scores_of(PEOPLE), more], how="diagonal")
    today = day(0, {})
    store.publish(type(today)(today.as_of, "m1", "c1", both.lazy()))
    with store.read() as now:
        assert [each.scored.person for each in now.leaderboard("wiki")] == ["eve", "fay"]
        twitter = now.leaderboard("twitter", after=1, limit=2)
        assert [(each.place, each.scored.person) for each in twitter] == [
            (2, "twitter:dora"),
            (3, "bob"),
        ]
        assert now.leaderboard("nowhere") == now.leaderboard(after=6) == []


def test_a_list_of_people_has_a_leaderboard_too(store: Store) -> None:
    store.publish(day(0, PEOPLE))
    with store.read() as now:
        found = now.ranking(["cid", "nobody", "ann", "bob", "ann"])
    assert [(each.place, each.scored.person, each.scored.rank) for each in found] == [
        (1, "ann", 1),
        (2, "bob", 3),
        (3, "cid", 4),
    ]


def test_a_search_finds_ids_and_accounts_in_any_case_the_exact_first(store: Store) -> None:
    people = PEOPLE | {"anna": 80.0, "ANNE": 75.0}
    store.publish(day(0, people, OWNERS | {("wiki", "Dorabella"): "cid"}))
    with store.read() as now:
        assert [each.person for each in now.search("AnN")] == ["ann", "anna", "ANNE"]
        assert [each.person for each in now.search("ann", limit=2)] == ["ann", "anna"]
        assert [each.person for each in now.search("dora")] == ["twitter:dora", "cid"]
        assert [each.person for each in now.search("twitter:d")] == ["twitter:dora"]
        assert now.search("%") == now.search("_nn") == now.search("") == []


def test_history_is_read_between_two_days_included(store: Store) -> None:
    for number in range(5):
        store.publish(day(number, {"ann": 10.0 + number, "bob": 1.0}))
    with store.read() as now:
        assert now.history("ann", after(1), after(2)) == [
            HistoryPoint(after(1), 11),
            HistoryPoint(after(2), 12),
        ]
        assert now.history("nobody") == []
        assert now.histories(["ann", "bob", "nobody"], since=after(4)) == {
            "ann": [HistoryPoint(after(4), 14)],
            "bob": [HistoryPoint(after(4), 1)],
        }


def test_days_on_which_another_model_scored_are_known(store: Store) -> None:
    for number, model in enumerate(["m1", "m1", "m2", "m1"]):
        store.publish(day(number, PEOPLE, model=model))
    with store.read() as now:
        assert [(each.as_of, each.model) for each in now.model_switches] == [
            (after(2), "m2"),
            (after(3), "m1"),
        ]
        assert now.day.catalogue == "c1"
        assert now.day.published_at.utcoffset().total_seconds() == 0


def test_before_the_first_day_there_is_nothing(store: Store) -> None:
    with store.read() as now:
        assert now.day is None
        assert now.model_switches == now.leaderboard() == now.search("a") == []
        assert now.person("ann") is None


def test_everybody_s_scores_of_a_day_stand_by_their_keys(store: Store) -> None:
    store.publish(day(0, PEOPLE))
    store.publish(day(1, {"ann": 71.25, "eve": 12.5}))
    store.remove("bob")
    with store.read() as now:
        keys = now.keys([*PEOPLE, "eve"])
        assert "bob" not in keys
        for number, people in enumerate((PEOPLE, {"ann": 71.25, "eve": 12.5})):
            found = now.everybody(after(number))
            there = {who: score for who, score in people.items() if who != "bob"}
            assert {who: found[keys[who]] / 1_000_000 for who in there} == there
            assert (found > 0).sum() == len(there)
        assert len(now.everybody(after(7))) == 0


def test_a_place_on_a_network_s_board_is_the_one_that_the_board_shows(store: Store) -> None:
    store.publish(day(0, {f"p{number:04}": 90 - number / 100 for number in range(1_200)}))
    with store.read() as now:
        for place in (1, 2, 500, 501, 1_000, 1_200):
            [ranked] = now.leaderboard("twitter", after=place - 1, limit=1)
            assert now.place(ranked.scored.person, "twitter") == place
        assert now.place("p0000", "wiki") is None
        assert now.place("p0000", "nowhere") is None
        assert now.place("nobody", "twitter") is None
