"""What is kept of topics is moved on: who is stale, and what another hierarchy changes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.incremental.topic_days import TopicDays
from features.topics.figures import TopicFigures
from features.topics.replacing import replace
from tests.features.incremental.test_topic_days import day
from tests.support.histories import arrive
from tests.support.naive_people import midnight
from tests.support.topical import MUSIC, NONE, Hierarchy
from tests.support.worlds import AS_OF, SMALL, Row, World
from training.influence.topics import topics_of


def like(actor: str, target: str, content: str, at: date, **other: object) -> Row:
    row: Row = {"network": "twitter", "reaction": "like", "actor": actor, "target": target}
    return row | {"content": content, "at": midnight(at), "id": None} | other


def said(content: str, topic: str) -> Row:
    return {"network": "twitter", "content": content, "topic": topic, "author": None}


START = AS_OF - timedelta(95)
PEOPLE = [f"p{n}" for n in range(6)]


def first() -> World:
    """Everybody is reacted to about a content of its own, on days that leave windows one by one."""
    likes = [
        like(actor, target, f"of {target}", START - timedelta(days))
        for number, target in enumerate(PEOPLE)
        for actor, days in (("a", 1 + number), ("b", 7), ("c", 29), (f"x{number}", 30 + number))
    ]
    return {"interactions": likes, "topics": [said(f"of {p}", "Jazz") for p in PEOPLE]}


class Kept:
    """A lake whose days are run, with the receivers read from scratch by each."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.number, self.moved, self.anew = root, 0, 0, 0
        move, read = TopicDays._moved, TopicDays._anew

        def moved(days: TopicDays, *args: Any) -> TopicFigures:
            self.moved += 1
            return move(days, *args)

        def anew(days: TopicDays, *args: Any) -> pl.DataFrame:
            found = read(days, *args)
            self.anew += found["receiver"].n_unique()
            return found

        monkeypatch.setattr(TopicDays, "_moved", moved)
        monkeypatch.setattr(TopicDays, "_anew", anew)

    def runs(self, after: int, rows: World, above: Hierarchy = NONE) -> int:
        """Run a day, compare, and count who was read from scratch."""
        lake = arrive(self.root, rows, self.number)
        self.number, self.moved, self.anew = self.number + 1, 0, 0
        as_of = START + timedelta(after)
        found = day(lake, as_of, SMALL, above, 1)
        assert self.moved == (after > 0)
        wanted = topics_of(lake, as_of, SMALL, above)  # type: ignore[arg-type]
        assert_frame_equal(found, wanted, check_exact=True)
        assert len(found)
        return self.anew


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    lake = Kept(tmp_path / "lake", monkeypatch)
    lake.runs(0, first())
    return lake


def test_days_that_come_and_go_read_nobody_from_scratch(kept: Kept) -> None:
    for after in (1, 2, 9, 30, 60):
        today = like("new", "p1", "of p1", START + timedelta(after - 1))
        again = like("a", "p2", "of p2", START + timedelta(after - 1))
        assert kept.runs(after, {"interactions": [today, again]}) == 0


@pytest.mark.parametrize(
    ("rows", "stale"),
    [
        ({"interactions": [like("late", "p3", "of p3", START - timedelta(9))]}, 1),
        ({"topics": [said("of p4", "Blues")]}, 1),
        ({"topics": [said("of p4", "Jazz")]}, 0),
        (
            {
                "authenticity": [
                    {
                        "network": "twitter", "account": "x2", "authenticity": 0.5,
                        "as_of": midnight(START), "reasons": None,
                    }
                ]
            },
            1,
        ),
        (
            {
                "retractions": [
                    {
                        "network": "twitter", "id": None, "actor": "x5", "restored": False,
                        "at": midnight(START),
                    }
                ]
            },
            1,
        ),
    ],
    ids=["late", "told", "told again", "judged", "left"],
)  # fmt: skip
def test_what_is_other_of_one_reads_one_from_scratch(kept: Kept, rows: World, stale: int) -> None:
    assert kept.runs(1, rows) == stale
    assert kept.runs(2, {}) == 0


def test_another_hierarchy_reads_whose_tags_are_other(kept: Kept) -> None:
    assert kept.runs(1, {"topics": [said("of p0", "x")]}, NONE) == 1
    assert kept.runs(2, {}, MUSIC) == len(PEOPLE)
    assert kept.runs(3, {}, MUSIC) == 0
    assert kept.runs(4, {}, Hierarchy(MUSIC.above | {"x": ("letters",)})) == 1


def test_a_hierarchy_that_is_imported_leaves_what_was_kept(kept: Kept) -> None:
    edges = pl.DataFrame({"parent": ["music"], "child": ["jazz"]})
    for after, table in ((1, edges), (2, edges.clear()), (3, edges)):
        replace(kept.root, {"ontology_edges": table}, "test")
        today = like("n", "p1", "of p1", START + timedelta(after - 1))
        assert kept.runs(after, {"interactions": [today]}) == 0
