"""A day with topics beside one without: what is told of contents, and what is compared."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import cast

import polars as pl
import pytest

from benchmarks import topics
from benchmarks.bulk import AS_OF, Bulk, generate
from benchmarks.daily_lakes import Shape
from benchmarks.topics import OWN, measured, tell
from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from training.influence.model import Model

SOME = Catalogue(tuple(each for each in load_networks() if each.name in ("twitter", "klout")))


def test_each_content_of_the_days_is_about_so_many_tags_of_its_authors(tmp_path: Path):
    bulk = Bulk(20 * HORIZON, SOME, people=100, spare=0)
    generate(bulk, tmp_path)
    tell(tmp_path, bulk, range(HORIZON - 2, HORIZON), 3)
    lake = Lake(tmp_path)
    told = lake.scan("topics").collect()
    first = AS_OF - timedelta(2)
    written = lake.scan("contents", since=first, until=AS_OF).select("network", "content").collect()
    each = told.group_by("network", "content").agg(pl.col("topic").n_unique(), rows=pl.len())
    assert set(each.select("network", "content").rows()) == set(written.rows())
    assert set(each["topic"]) == {3} == set(each["rows"])
    of_authors = told.group_by("author").agg(pl.col("topic").n_unique())
    assert of_authors["topic"].max() <= OWN


def test_days_of_both_lakes_are_compared_once_topics_have_come(monkeypatch, tmp_path: Path):
    events: list[tuple[str, str, int]] = []

    def run(root: Path, number: int, model: object):
        events.append(("run", root.name, number))
        slow = root.name == "with"
        steps = {"topics": 1.0} if slow else {}
        return (9.0, 9.0, steps) if number == 0 else (3.0, 2.8, steps) if slow else (2.0, 2.0, {})

    def told(root: Path, bulk: Bulk, days: range, tags: int) -> None:
        events.append(("tell", root.name, days.stop - HORIZON))

    monkeypatch.setattr(topics, "run", run)
    monkeypatch.setattr(topics, "tell", told)
    monkeypatch.setattr(topics, "generate", lambda bulk, root: None)
    monkeypatch.setattr(topics, "SHAPES", {"sparse": Shape(1_000, 1_000)})
    found = measured(tmp_path, cast(Model, None), 1.0, days=3, tags=10)
    assert (found["ratio"], found["ratio_cpu"]) == (1.5, pytest.approx(1.4))
    assert found["topics_seconds"] == 1
    assert found["first_ratio_cpu"] == 1
    for number in range(4):
        before = events.index(("run", "with", number))
        assert ("run", "without", number) in events
        assert events.index(("tell", "with", number)) < before
        assert ("tell", "with", number + 1) not in events[:before]
    assert not any(name == "without" for what, name, _ in events if what == "tell")
