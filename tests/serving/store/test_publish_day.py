"""What is published of a day is read as it was, and replaces the day before whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import KloutError
from serving.store import Day, Snapshot, Store
from serving.store.klout_id import klout_id
from serving.store.published_rows import HistoryPoint, Scored
from tests.support.store_people import after, day, scores_of
from training.influence.confidence import FIGURES

ODD = [
    "\u1c89",  # has a lower case since Unicode 16
    "\\N",
    '"',
    "a,b",
    "a\nb",
    "\\x41",
    "'",
    " ",
    "ÄÖ",
    "🎈",
    "twitter:al",
    "%",
    "NULL",
    "\u200b",
]
IDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
NUMBERS = st.floats(-1e300, 1e300, allow_subnormal=True)
PARTS = st.one_of(st.just(0.0), st.floats(0.0, 1e300))
SCORES = st.floats(1, 100)
ROWS = st.tuples(NUMBERS, SCORES, st.floats(0, 100), st.floats(0, 1), SCORES, SCORES, PARTS, PARTS)
WORLDS = st.dictionaries(st.one_of(st.sampled_from(ODD), IDS), ROWS, max_size=12)
DAYS = count(1)

relaxed = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@relaxed
@given(world=WORLDS)
def test_any_day_is_read_to_the_last_bit(store: Store, world: dict[str, tuple[float, ...]]) -> None:
    """In the slow and obvious way: a list of people, sorted."""
    columns = ["person", *FIGURES, "part.a", "part.ü b"]
    rows = [(person, *values) for person, values in world.items()]
    schema = dict.fromkeys(columns, pl.Float64) | {"person": pl.String}
    as_of = after(next(DAYS))
    frame = pl.DataFrame(rows, schema, orient="row")
    store.publish(Day(as_of, "m", None, frame.lazy()))
    wanted = naive(world)
    with store.read() as now:
        assert (now.day.as_of, now.day.persons) == (as_of, len(world))
        assert now.people(world) == wanted
        assert [each.scored for each in now.leaderboard()] == sorted(
            wanted.values(), key=lambda each: each.rank
        )
        for person, scored in wanted.items():
            point = HistoryPoint(as_of, round(scored.score * 1e6) / 1e6)
            assert now.history(person, since=as_of) == [point]
            assert scored in now.search(person, limit=500)


def naive(world: dict[str, tuple[float, ...]]) -> dict[str, Scored]:
    order = sorted(world, key=lambda person: (-world[person][1], person))
    found = {}
    for rank, person in enumerate(order, 1):
        *figures, part_a, part_b = world[person]
        there = {
            name: part
            for name, part in zip(("a", "ü b"), (part_a, part_b), strict=True)
            if part > 0
        }
        covered, number = len(there) / 2, klout_id(person)
        found[person] = Scored(
            person=person,
            rank=rank,
            coverage=covered,
            parts=there,
            klout_id=number,
            **dict(zip(FIGURES, figures, strict=True)),
        )
    return found


def test_the_same_day_again_changes_nothing(store: Store) -> None:
    assert store.publish(day(0, {"ann": 50.0}))
    assert not store.publish(day(0, {"ann": 60.0, "bob": 1.0}))
    with store.read() as now:
        assert now.person("ann").score == 50
        assert now.person("bob") is None


def test_a_day_may_be_put_in_the_place_of_itself(store: Store) -> None:
    store.publish(day(0, {"ann": 50.0, "cid": 2.0}))
    store.publish(day(1, {"ann": 55.0, "cid": 2.0}))
    assert store.publish(day(1, {"ann": 60.0, "bob": 1.0}, model="m2"), again=True)
    with store.read() as now:
        assert now.history("ann") == [HistoryPoint(after(0), 50), HistoryPoint(after(1), 60)]
        assert now.history("cid") == [HistoryPoint(after(0), 2)]
        assert (now.day.model, now.day.persons) == ("m2", 2)


def test_a_day_before_the_latest_is_refused_and_nothing_is_changed(store: Store) -> None:
    store.publish(day(1, {"ann": 50.0}))
    with pytest.raises(KloutError, match="2014-10-02; it goes forward, not back to 2014-10-01"):
        store.publish(day(0, {"ann": 60.0}))
    with store.read() as now:
        assert now.history("ann") == [HistoryPoint(after(1), 50)]


def test_who_has_no_score_any_more_is_gone_and_comes_back_with_the_old_history(
    store: Store,
) -> None:
    for number, people in enumerate([{"ann": 1.0, "bob": 2.0}, {"bob": 3.0}, {"ann": 4.0}]):
        store.publish(day(number, people))
        with store.read() as now:
            assert {each.scored.person for each in now.leaderboard()} == people.keys()
            assert now.people(["ann", "bob"]).keys() == people.keys()
            assert bool(now.search("ann")) == ("ann" in people)
    with store.read() as now:
        assert now.history("ann") == [HistoryPoint(after(0), 1), HistoryPoint(after(2), 4)]


def test_days_that_are_made_up_for_are_history_alone(store: Store) -> None:
    store.publish(day(3, {"ann": 5.0}), earlier=[day(n, {"ann": n + 1.0}) for n in range(3)])
    with store.read() as now:
        assert [point.score for point in now.history("ann")] == [1, 2, 3, 5]
        assert [each.as_of for each in now.days] == [after(n) for n in range(4)]
        assert now.person("ann").score == 5


def test_a_day_without_anybody_is_a_day(store: Store) -> None:
    store.publish(day(0, {"ann": 5.0}))
    store.publish(day(1, {}))
    with store.read() as now:
        assert now.day.persons == 0
        assert now.leaderboard() == []


def test_who_is_left_out_was_never_there(store: Store) -> None:
    def leave_out(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("person") != "bob")

    store.publish(day(0, {"ann": 5.0, "bob": 9.0}), leave_out=leave_out)
    with store.read() as now:
        assert (now.person("ann").rank, now.person("bob")) == (1, None)
    assert store.everybody()["person"].to_list() == ["ann"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (pl.col("score").cast(pl.Float32), "column 'score' is Float32; expected Float64"),
        (pl.lit(None, pl.String).alias("person"), "row 0: person is None"),
        (pl.lit(float("nan")).alias("part.wiki"), "row 0: part.wiki is nan"),
        (pl.lit("ann").alias("person"), "person 'ann' is there twice"),
        (pl.lit("a\0b").alias("person").str.slice(0), "twice|NUL"),
    ],
)
def test_a_frame_that_is_not_as_it_should_be_is_refused_by_name(
    store: Store, broken: pl.Expr, said: str
) -> None:
    scores = scores_of({"ann": 5.0, "bob": 6.0}).with_columns(broken)
    with pytest.raises(KloutError, match=f"scores of 2014-10-01: .*({said})"):
        store.publish(replace(day(0, {}), scores=scores.lazy()))
    assert store.latest() is None


def test_many_people_over_many_blocks_stay_apart(store: Store) -> None:
    """More than a block of a leaderboard, of the history, and of one statement."""
    numbers = np.random.default_rng(1).permutation(1300)
    people = {f"p{n}": 1 + float(n) / 20 for n in numbers}
    store.publish(day(0, dict(list(people.items())[:700])))
    store.publish(day(1, people))
    with store.read() as now:
        assert {name: each.score for name, each in now.people(people).items()} == people
        points = now.histories(people, since=after(1))
        assert {name: [point.score for point in each] for name, each in points.items()} == {
            name: [score] for name, score in people.items()
        }
        assert everybody(now) == sorted(people, key=lambda name: -people[name])


def everybody(now: Snapshot) -> list[str]:
    """Turn the pages of the leaderboard."""
    found: list[str] = []
    while page := now.leaderboard(after=len(found), limit=270):
        found += [each.scored.person for each in page]
    return found


def test_history_is_shortened_when_asked(store: Store) -> None:
    for number in range(4):
        store.publish(day(number, {"ann": 5.0}))
    store.prune(date(2014, 10, 3))
    with store.read() as now:
        assert [point.as_of for point in now.history("ann")] == [after(2), after(3)]
        assert len(now.days) == 4


def test_days_that_are_taken_back_leave_the_day_before_whole(store: Store) -> None:
    for number in range(4):
        store.publish(day(number, {"ann": 40.0 + number, f"new{number}": 9.0}))
    store.withdraw(after(2), day(1, {"ann": 41.0, "new1": 9.0}), lambda frame: frame)
    with store.read() as now:
        assert [each.as_of for each in now.days] == [after(0), after(1)]
        assert [each.scored.person for each in now.leaderboard()] == ["ann", "new1"]
        assert now.person("ann").score == 41.0
        assert [each.as_of for each in now.history("ann")] == [after(0), after(1)]
        assert now.history("new3") == [] and now.search("new3") == []
    assert store.publish(day(2, {"ann": 50.0}))
    assert store.latest() == after(2)


def test_where_the_day_before_is_not_known_nobody_has_a_score(store: Store) -> None:
    for number in range(2):
        store.publish(day(number, {"ann": 40.0 + number}))
    store.withdraw(after(1), None, lambda frame: frame)
    with store.read() as now:
        assert now.leaderboard() == [] and now.person("ann") is None
        assert [each.as_of for each in now.history("ann")] == [after(0)]
