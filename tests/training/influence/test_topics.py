"""Influence about topics: equal to plain loops, monotone, nothing twice, ranked."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from tests.support.doubts import doubted_worlds
from tests.support.naive_people import midnight
from tests.support.naive_topics import naive_topics
from tests.support.retractions import retracted
from tests.support.tallies import TALLYING, tallied
from tests.support.topical import MUSIC, NONE, Hierarchy, topical
from tests.support.worlds import AS_OF, SMALL, Row, World, interactions, lake_of
from training.influence.topics import TOPICS, rank_experts, topics_of

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
WORLDS = topical(tallied(retracted(doubted_worlds(SMALL))))


def found(world: World, catalogue: Catalogue = SMALL, above: Hierarchy = NONE) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        lake = lake_of(world, Path(folder) / "lake", catalogue)
        return topics_of(lake, AS_OF, catalogue, above)  # type: ignore[arg-type]


def by_topic(frame: pl.DataFrame) -> dict[tuple[str, str], tuple[float, int, int]]:
    return {(row[0], row[1]): row[2:] for row in frame.iter_rows()}  # type: ignore[misc]


def like(actor: str, content: str = "1", days: int = 1, **other: object) -> Row:
    row: Row = {"network": "twitter", "reaction": "like", "actor": actor, "target": "a"}
    return row | {"content": content, "at": midnight(AS_OF - timedelta(days)), "id": None} | other


def about(content: str, topic: str) -> Row:
    return {"network": "twitter", "content": content, "topic": topic, "author": None}


def world(likes: list[Row], topics: list[Row]) -> World:
    return {"interactions": likes, "topics": topics}


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(WORLDS, st.sampled_from((SMALL, TALLYING)), st.sampled_from((NONE, MUSIC)))
def test_topics_equal_plain_loops(rows: World, catalogue: Catalogue, above: Hierarchy) -> None:
    if catalogue is SMALL:
        rows = rows | {"tallies": []}
    wanted = naive_topics(rows, AS_OF, catalogue, above.topics_of_tag)
    assert by_topic(found(rows, catalogue, above)) == wanted


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
@given(WORLDS, interactions(), st.sampled_from((NONE, MUSIC)))
def test_one_more_reaction_lowers_nobody_about_anything(
    rows: World, more: Row, above: Hierarchy
) -> None:
    before = by_topic(found(rows, TALLYING, above))
    grown = rows | {"interactions": [*rows["interactions"], more]}
    after = by_topic(found(grown, TALLYING, above))
    assert all(after[key][0] >= value[0] for key, value in before.items())


def test_a_topic_above_two_counts_people_and_contents_once() -> None:
    likes = [like("b"), like("c"), like("b", "2", 3)]
    said = [about("1", "jazz"), about("1", "blues"), about("2", "blues")]
    rows = by_topic(found(world(likes, said), above=MUSIC))
    assert rows["twitter:a", "music"][1:] == (2, 2)
    assert rows["twitter:a", "music"][0] == rows["twitter:a", "blues"][0]
    assert rows["twitter:a", "jazz"][1:] == (1, 2)


def test_topics_are_only_those_that_somebody_has() -> None:
    likes = [like("b"), like("a", "2"), like("b", "3", 91), like("b", "4", 0)]
    said = [about(content, f"of {content}") for content in "12345"]
    rows = found(world(likes, said))
    assert rows.schema == TOPICS and [row[1] for row in rows.iter_rows()] == ["of 1"]
    assert found(world(likes, [])).is_empty()


def test_experts_are_ranked_and_shares_are_of_the_topmost() -> None:
    rows = [("p", "jazz", 1.0, 1, 3), ("p", "music", 3.0, 2, 8), ("p", "bikes", 1.0, 1, 0)]
    rows += [("q", "jazz", 1.0, 1, 3), ("r", "jazz", 0.5, 1, 1)]
    frame = pl.DataFrame(rows, TOPICS, orient="row")
    ancestors = pl.DataFrame({"topic": ["jazz", "jazz"], "ancestor": ["music", "art"]})
    ranked = rank_experts(frame, ancestors)
    assert ranked["share"].to_list() == [0.25, 0.75, 0.25, 1, 1]
    assert ranked["rank"].to_list() == [1, 1, 1, 1, 3]
    assert ranked["experts"].to_list() == [3, 1, 1, 3, 3]
    assert ranked["percentile"].to_list() == pytest.approx([100, 100, 100, 100, 100 / 3])
    assert ranked["confidence"].to_list() == pytest.approx([0.5, 2 / 3, 0, 0.5, 1 - 0.5**0.5])
    assert rank_experts(frame)["share"].to_list() == [0.2, 0.6, 0.2, 1, 1]
    assert rank_experts(frame.clear(), ancestors).is_empty()
