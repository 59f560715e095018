"""A reader sees a day whole or not at all: while one is published, and after a kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from serving.store import Snapshot, Store, bulk
from tests.support.store_people import after, day

PEOPLE = [f"p{n}" for n in range(300)]
DAYS = 8


def of(number: int) -> dict[str, float]:
    """Make a day on which everybody has the same score."""
    return dict.fromkeys(PEOPLE, 10.0 + number)


def told(now: Snapshot) -> set[float]:
    """Ask in many ways; of one day, every answer is the same."""
    found = {now.person("p7").score, now.owner("wiki", "x").score}
    found |= {each.scored.score for each in now.leaderboard(limit=5)}
    found |= {each.scored.score for each in now.leaderboard("twitter", after=290)}
    found |= {each.score for each in now.search("p29")}
    found |= {now.history("p299")[-1].score, 10.0 + (now.day.as_of - after(0)).days}
    found |= {10.0 + float(now.day.model)}
    return found


def test_reads_during_publishing_are_of_one_day(store: Store, url: str) -> None:
    owners = {("wiki", "x"): "p3"}
    store.publish(day(0, of(0), owners, "0"))
    ended = Event()

    def reader(_: int) -> int:
        answers = 0
        with Store.open(url) as mine:
            while not ended.is_set():
                with mine.read() as now:
                    assert len(told(now)) == 1
                answers += 1
        return answers

    with ThreadPoolExecutor() as pool:
        counts = pool.map(reader, range(2))
        try:
            for number in range(1, DAYS):
                store.publish(day(number, of(number), owners, str(number)))
        finally:
            ended.set()
        assert min(counts) > 0


def test_a_snapshot_outlives_the_day_that_it_is_of(store: Store) -> None:
    owners = {("wiki", "x"): "p3"}
    store.publish(day(0, of(0), owners, "0"))
    with store.read() as before:
        assert before.person("p7").score == 10
        store.publish(day(1, of(1), owners, "1"))
        store.remove("p3")
        assert told(before) == {10}
    with store.read() as now:
        assert now.person("p7").score == 11


@pytest.fixture(scope="module")
def warm() -> Iterator[multiprocessing.context.ForkServerContext]:
    """Processes that have imported everything and not yet used Polars, which no fork survives."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.serving.store.test_atomic"])
    yield context


def test_a_kill_in_the_middle_leaves_yesterday_whole(
    store: Store, url: str, warm: multiprocessing.context.ForkServerContext
) -> None:
    """At several of the tables, and when all of them are written."""
    owners = {("wiki", "x"): "p3"}
    store.publish(day(0, of(0), owners, "0"))
    for tables in (1, 4, 6):
        process = warm.Process(target=publish_and_die, args=(url, tables))
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        with store.read() as now:
            assert told(now) == {10}
            assert len(now.days) == 1
    store.publish(day(1, of(1), owners, "1"))
    with store.read() as now:
        assert told(now) == {11}


def publish_and_die(url: str, tables: int) -> None:
    """Publish, and be killed after so many tables were written."""
    real, left = bulk.insert, iter(range(tables - 1))

    def deadly(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    bulk.insert = deadly  # type: ignore[assignment]
    with Store.open(url, write=True) as store:
        store.publish(day(1, of(1) | {"new": 1.0}, {("wiki", "x"): "p3"}, "1"))
