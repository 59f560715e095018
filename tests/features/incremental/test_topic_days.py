"""Topics of a day's run equal those computed from the lake alone, whatever came before."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.catalogue.catalogue import Catalogue
from features.incremental.cache import held
from features.incremental.executor import local
from features.incremental.run import start
from features.incremental.topic_days import TopicDays
from features.lake import Lake
from tests.features.incremental.test_exact import RAM, SLOW
from tests.support.histories import History, arrive, histories, looked
from tests.support.tallies import TALLYING
from tests.support.topical import MUSIC, NONE, Hierarchy, topic_rows
from tests.support.worlds import SMALL
from training.influence.topics import by_day, topics_of


@dataclass(frozen=True)
class Topical:
    """A history, with topics that come at any time, and the hierarchy in force at each run."""

    history: History
    hierarchies: list[Hierarchy]


@st.composite
def topical_histories(draw: st.DrawFn, most: int = 25, *, tallies: bool = False) -> Topical:
    history = draw(histories(most, tallies=tallies))
    runs = len(history.runs)
    rows = draw(st.lists(st.tuples(st.integers(0, runs - 1), topic_rows()), max_size=10))
    for number, row in rows:
        history.arrivals[number].setdefault("topics", []).append(row)
    return Topical(history, [draw(st.sampled_from((NONE, MUSIC))) for _ in range(runs)])


def day(lake: Lake, as_of: date, catalogue: Catalogue, above: Hierarchy, shards: int):
    """Run a day, and give its topics."""
    with held(lake.root) as cache:
        run = start(lake, as_of, catalogue, cache, shards)
        with local() as engine:
            for _ in run.networks(engine, looked):
                pass
        days = TopicDays(run, above)
        found = by_day(days)
        run.commit(days.frames, days.files)
    return found


def assert_exact(topical: Topical, catalogue: Catalogue = SMALL, shards: int = 1) -> None:
    history = topical.history
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        each = zip(history.runs, history.arrivals, topical.hierarchies, strict=True)
        for number, (as_of, rows, above) in enumerate(each):
            lake = arrive(Path(folder) / "lake", rows, number, catalogue)
            found = day(lake, as_of, catalogue, above, shards)
            wanted = topics_of(lake, as_of, catalogue, above)
            assert_frame_equal(found, wanted, check_exact=True)


@settings(max_examples=6, deadline=None, suppress_health_check=SLOW)
@given(topical_histories(), st.sampled_from((1, 3)))
def test_topics_of_every_run_equal_those_of_the_lake_alone(topical: Topical, shards: int) -> None:
    assert_exact(topical, shards=shards)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(topical_histories(most=60, tallies=True), st.sampled_from((1, 3)))
def test_topics_of_many_histories_equal_those_of_the_lake_alone(
    topical: Topical, shards: int
) -> None:
    assert_exact(topical, TALLYING, shards)
