"""What people are influential about is read as it was published, and leaves with the day."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from features.errors import KloutError
from serving.store import Day, Snapshot, Store
from serving.store.schema import metadata
from tests.serving.store.test_publish_day import DAYS, relaxed
from tests.support.store_people import after, day
from tests.support.topic_people import BIG, WORDS, Influences, topics_of

PEOPLE = {"ann": 70.0, "bob": 60.0, "cid": 50.0}
OF: Influences = {
    ("ann", "jazz"): 3.0,
    ("ann", "music"): 4.0,
    ("ann", "faith"): 1.0,
    ("bob", "jazz"): 5.0,
    ("bob", "music"): 5.0,
    ("cid", "music"): 0.5,
    ("gone", "music"): 9.0,
}
FIGURES = [
    *("influence", "share", "rank", "percentile"),
    *("contents", "reactors", "confidence"),
]
SLUGS = st.one_of(st.sampled_from(["c++", "ä b", "\\N", '"', "a,b", "%", "NULL", "jazz", "🎈"]))
HAS = st.dictionaries(
    st.tuples(st.sampled_from(["ann", "bob", "cid", "Ä", "\\x41"]), SLUGS),
    st.floats(1e-9, 1e9),
    max_size=30,
)


def with_topics(number: int, of: Influences = OF, sensitive: tuple[str, ...] = ("faith",)) -> Day:
    rows = topics_of(of, sensitive).lazy()
    return replace(day(number, PEOPLE), topics=rows, topic_words=WORDS)


def slugs(now: Snapshot, person: str) -> list[str]:
    return [each.of.topic for each in now.topics.of(person)]


def names(now: Snapshot, topic: str, **page: int) -> list[tuple[int, str]]:
    found = now.topics.find(topic)
    assert found is not None
    return [(each.place, each.scored.person) for each in now.topics.experts(found, **page)]


@pytest.fixture
def filled(store: Store) -> Store:
    store.publish(with_topics(0))
    return store


@relaxed
@given(of=HAS)
def test_any_topics_are_read_to_the_last_bit(store: Store, of: Influences) -> None:
    people = dict.fromkeys(["ann", "bob", "cid", "Ä", "\\x41"], 5.0)
    made, frame = day(next(DAYS), people), topics_of(of)
    store.publish(replace(made, topics=frame.lazy()))
    with store.read() as now:
        found = {
            (person, each.of.topic): each for person in people for each in now.topics.of(person)
        }
        assert found.keys() == of.keys()
        for row in frame.iter_rows(named=True):
            each = found[row["person"], row["topic"]]
            assert {name: getattr(each, name) for name in FIGURES} == {
                name: row[name] for name in FIGURES
            }
            assert (each.of.experts, each.of.called()) == (row["experts"], row["topic"])
        for topic in {topic for _, topic in of}:
            wanted = sorted((-of[each], each[0]) for each in of if each[1] == topic)
            assert [who for _, who in names(now, topic)] == [who for _, who in wanted]
        for person in people:
            about = sorted((-each, topic) for (who, topic), each in of.items() if who == person)
            assert [-each for each, _ in about] == [x.influence for x in now.topics.of(person)]


def test_topics_have_names_ids_parents_and_experts(filled: Store) -> None:
    with filled.read() as now:
        jazz, music = now.topics.find("jazz"), now.topics.find("music")
        assert (jazz.number, jazz.experts, jazz.called()) == (BIG, 2, "Jazz Music")
        assert [jazz.called(each) for each in ("ar", "AR-eg", "de")] == ["جاز", "جاز", "Jazz Music"]
        assert now.topics.above(jazz) == [music]
        assert now.topics.below(music) == [jazz]
        assert now.topics.all() == [music, jazz]
        assert slugs(now, "ann") == ["music", "jazz"]
        assert names(now, "music") == [(1, "bob"), (2, "ann"), (3, "cid")]


def test_a_topic_of_its_own_has_a_name_and_the_same_number_every_day(filled: Store) -> None:
    of = {("ann", "bike-repair"): 1.0}
    numbers = set()
    for number in (1, 2):
        filled.publish(with_topics(number, of))
        with filled.read() as now:
            found = now.topics.find("bike-repair")
            assert found.called("de") == "bike repair"
            numbers.add(found.number)
    assert len(numbers) == 1
    assert numbers.pop().isdecimal()


def test_sensitive_topics_are_as_if_they_were_not(filled: Store, url: str) -> None:
    with filled.read() as now:
        assert now.topics.find("faith") is None
        assert now.topics.search("fai") == []
        assert [each.topic for each in now.topics.below(now.topics.find("music"))] == ["jazz"]
    with Store.open(url, sensitive=True) as store, store.read() as now:
        assert slugs(now, "ann") == ["music", "jazz", "faith"]
        assert names(now, "faith") == [(1, "ann")]
        assert [each.topic for each in now.topics.all()] == ["music", "jazz", "faith"]


def test_topics_are_found_by_a_word_of_a_name_in_any_language(filled: Store) -> None:
    with filled.read() as now:
        for text, wanted in {
            "MUS": ["music", "jazz"],
            "musik": ["music"],
            "جا": ["jazz"],
            "x": [],
            "": [],
        }.items():
            assert [each.topic for each in now.topics.search(text)] == wanted
        second = now.topics.search("mus", after=now.topics.find("music").place)
        assert [each.topic for each in second] == ["jazz"]


def test_pages_of_experts_and_topics_follow_each_other(store: Store) -> None:
    """Over more than a block of experts, and of one statement."""
    people = {f"p{n:04}": 50.0 for n in range(1203)}
    of = {(person, "jazz"): 1 + (n * 7919 % 1203) / 7 for n, person in enumerate(people)}
    of |= {("p0007", f"topic {n:03}"): 1.0 + n for n in range(600)}
    store.publish(replace(day(0, people), topics=topics_of(of).lazy()))
    with store.read() as now:
        whole = names(now, "jazz", limit=2000)
        ordered = sorted((each for each in of if each[1] == "jazz"), key=lambda each: -of[each])
        assert whole == [*enumerate((person for person, _ in ordered), 1)]
        paged = [each for at in range(0, 1203, 400) for each in names(now, "jazz", after=at)]
        assert paged == [each for at in range(0, 1203, 400) for each in whole[at : at + 100]]
        every = now.topics.of("p0007", limit=700)
        assert len(every) == 601
        assert now.topics.of("p0007", after=590, limit=5) == every[590:595]
        assert now.topics.all(after=1, limit=3) == now.topics.all(limit=4)[1:]


def test_a_day_without_topics_has_none_and_costs_no_row(filled: Store) -> None:
    filled.publish(day(1, PEOPLE))
    with filled.read() as now:
        assert slugs(now, "ann") == []
        assert now.topics.all() == now.topics.search("jazz") == []


def test_a_day_that_is_taken_back_takes_its_topics(filled: Store) -> None:
    filled.publish(with_topics(1, {("cid", "opera"): 1.0}))
    filled.withdraw(after(1), with_topics(0), lambda frame: frame)
    with filled.read() as now:
        assert (slugs(now, "cid"), now.topics.find("opera")) == (["music"], None)
    filled.withdraw(after(0), None, lambda frame: frame)
    with filled.read() as now:
        assert slugs(now, "ann") == now.topics.all() == []


def test_who_is_removed_or_hides_a_topic_is_no_expert_from_then_on(filled: Store) -> None:
    with filled.read() as now:
        (_, bob), (second, ann), *rest = names(now, "music")
        assert (bob, ann) == ("bob", "ann")
    assert filled.remove("bob")
    assert filled.hide_topics({"ann": ["jazz"], "nobody": ["jazz"], "cid": ["opera"]}) == 1
    with filled.read() as now:
        assert names(now, "music") == [(second, "ann"), *rest]
        assert now.topics.find("jazz") is None
        assert slugs(now, "ann") == ["music"]
        assert slugs(now, "bob") == []


def test_a_topic_that_nobody_has_any_more_is_named_nowhere(filled: Store) -> None:
    """A tag that one person alone has may be its name."""
    of = OF | {("ann", "ann-songs"): 1.0, ("bob", "duo"): 1.0, ("cid", "duo"): 2.0}
    filled.publish(with_topics(1, of))
    filled.remove("ann")
    filled.hide_topics({"bob": ["duo"]})
    with filled.read() as now:
        assert now.topics.find("duo").experts == 2
    filled.hide_topics({"cid": ["duo"]})
    with filled.read() as now:
        assert {each.topic for each in now.topics.all()} == {"jazz", "music"}
    with filled.engine.connect() as connection:
        held = [
            repr(value)
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
            for value in row
        ]
    assert not [text for text in held if "ann" in text or "duo" in text or "songs" in text]


def test_who_is_left_out_when_a_day_is_published_is_in_none_of_its_topics(store: Store) -> None:
    def leave_out(frame: pl.DataFrame) -> pl.DataFrame:
        stay = frame.filter(pl.col("person") != "bob")
        hides = (pl.col("person") == "ann") & (pl.col("topic") == "jazz")
        return stay.filter(~hides) if "topic" in frame.columns else stay

    store.publish(with_topics(0), leave_out=leave_out)
    with store.read() as now:
        assert [who for _, who in names(now, "music")] == ["ann", "cid"]
        assert (slugs(now, "ann"), now.topics.find("jazz")) == (["music"], None)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (pl.col("rank").cast(pl.Int64), "column 'rank' is Int64; expected UInt32"),
        (pl.lit(float("nan")).alias("share"), "row 0: share is nan"),
        (pl.lit(None, pl.Boolean).alias("sensitive"), "row 0: sensitive is None"),
        (pl.lit("jazz").alias("topic"), "person 'ann' has topic 'jazz' twice"),
    ],
)
def test_a_frame_that_is_not_as_it_should_be_is_refused(
    store: Store, broken: pl.Expr, said: str
) -> None:
    rows = topics_of(OF).with_columns(broken).lazy()
    with pytest.raises(KloutError, match=re.escape(f"topics of 2014-10-01: {said}")):
        store.publish(replace(day(0, PEOPLE), topics=rows))
    assert store.latest() is None
