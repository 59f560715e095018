"""A job's state is in the store: any process knows it, and one that ended is found out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from serving.store import Store
from serving.store.jobs import DONE, FAILED, MOST_TRIES, QUEUED, RUNNING
from tests.support.store_people import day

LONG, AT_ONCE = timedelta(minutes=1), timedelta(microseconds=-1)


def test_who_asks_for_the_same_gets_the_same_job_until_it_is_done(store: Store) -> None:
    store.publish(day(0, {"ann": 50.0, "bob": 40.0}))
    first = store.ask_job("forget", "ann")
    assert (first.state, first.person) == (QUEUED, "ann")
    with store.read() as now:
        assert now.person("ann") is None
    assert store.ask_job("forget", "ann") == first
    assert store.ask_job("forget", "bob").id != first.id
    claimed = store.claim_job("w1", LONG)
    assert claimed is not None
    assert claimed.id == first.id
    assert store.ask_job("forget", "ann").state == RUNNING
    store.end_job(first.id, "w1", DONE, None)
    ended = store.job(first.id)
    assert ended is not None
    assert (ended.state, ended.person) == (DONE, None)
    assert store.ask_job("forget", "ann").id != first.id


@pytest.mark.parametrize("state", [DONE, FAILED])
def test_nothing_of_a_job_that_has_ended_names_anybody(store: Store, state: str) -> None:
    job = store.ask_job("forget", "ann")
    store.claim_job("w1", LONG)
    store.end_job(job.id, "w1", state, None)
    with store.engine.connect() as connection:
        assert "ann" not in str(connection.execute(text("SELECT * FROM jobs")).all())


def test_a_job_is_run_by_one_and_taken_over_from_who_says_nothing_more(store: Store) -> None:
    job = store.ask_job("forget", "ann")
    assert store.claim_job("w1", LONG) is not None
    assert store.claim_job("w2", LONG) is None
    taken = store.claim_job("w2", AT_ONCE)
    assert taken is not None
    assert taken.id == job.id
    store.end_job(job.id, "w1", FAILED, "late")  # from the dead
    told = store.job(job.id)
    assert told is not None
    assert told.state == RUNNING
    store.end_job(job.id, "w2", DONE, None)
    assert store.unfinished_jobs() == 0


def test_what_kills_whoever_runs_it_is_given_up_and_can_be_asked_for_again(store: Store) -> None:
    job = store.ask_job("forget", "ann")
    for _ in range(MOST_TRIES):
        assert store.claim_job("w", AT_ONCE) is not None
    assert store.claim_job("w", AT_ONCE) is None
    told = store.job(job.id)
    assert told is not None
    assert (told.state, "ended while it ran" in str(told.reason)) == (FAILED, True)
    assert told.person is None
    again = store.ask_job("forget", "ann")
    assert (again.id != job.id, again.state) == (True, QUEUED)
    assert store.claim_job("w", LONG) is not None


def test_a_job_that_is_put_back_may_wait_as_often_as_it_must(store: Store) -> None:
    job = store.ask_job("forget", "ann")
    for _ in range(MOST_TRIES + 2):
        assert store.claim_job("w", LONG) is not None
        store.end_job(job.id, "w", QUEUED, "another run is writing")
    told = store.job(job.id)
    assert told is not None
    assert (told.state, told.reason) == (QUEUED, "another run is writing")
