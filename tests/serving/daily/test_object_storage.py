"""Days of a lake on object storage, with the cache on the local disk."""

from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.errors import KloutError
from features.lake import Lake
from features.lake.published import by_day, is_published, published
from features.people.scrubbing import HELD, PUBLISHED
from features.storage import lease
from features.storage.lease import leased
from features.storage.paths import found, location, remove
from features.storage.waiting import patience
from serving.daily import publishing, recording
from serving.daily.holding import HeldError
from serving.daily.run import daily
from serving.daily.target import ExecutionTarget
from serving.daily.withdrawing import withdraw
from serving.explain.published_score import Published
from serving.explain.published_score import published as published_score
from tests.support.buckets import changes, serving
from tests.support.days import ago, came, likes, model, ran, tweets
from tests.support.worlds import AS_OF


@pytest.fixture(scope="module")
def bucket():
    with serving("days") as url:
        yield url


def where(lake, folder):
    """Keep a lake's cache in a folder of its own."""
    return ExecutionTarget(cache=folder / "caches" / lake.name)


def lived(root, folder):
    """Run two days; give their reports."""
    came(root, 0, likes(ago(3), 20), tweets(ago(3), 2))
    first = ran(root, ago(1), where=where(root, folder))
    came(root, 1, likes(ago(1), 30), tweets(ago(1), 1))
    return first, ran(root, AS_OF, where=where(root, folder))


def known(report):
    """Take what a report says of people, and not of the machine."""
    return report.people, report.rescored, report.arrivals, report.moves, report.snapshot


def test_days_are_the_same_as_in_a_directory(bucket, tmp_path):
    there, here = location(f"{bucket}/days"), tmp_path / "here"
    assert [known(report) for report in lived(there, tmp_path)] == [
        known(report) for report in lived(here, tmp_path)
    ]
    for name in (f"{PUBLISHED}/{day}.parquet" for day in (ago(1), AS_OF)):
        assert_frame_equal(pl.read_parquet(str(there / name)), pl.read_parquet(here / name))
    scores = [Lake(lake).scan("scores").collect().sort("as_of", "person") for lake in (there, here)]
    assert_frame_equal(*scores)
    shown = pl.read_parquet(here / f"{PUBLISHED}/{AS_OF}.parquet").row(0, named=True)
    known_now = Published(0.0, 1.0)
    assert published_score(Lake(there), AS_OF, shown["person"], model(), known_now)[:2] == (
        shown["influence"],
        shown["score"],
    )
    names = [file.name for file in found(there / recording.RUNS, "*")]
    assert names == [f"{day}.json" for day in (ago(1), AS_OF)]


def test_the_report_of_a_killed_run_gets_its_name_from_the_next(bucket, tmp_path):
    lake = location(f"{bucket}/killed")
    came(lake, 0, likes(ago(3), 20))
    report = ran(lake, AS_OF, where=where(lake, tmp_path))
    remove([lake / recording.RUNS / f"{AS_OF}.json"])
    assert recording.report_of(lake, AS_OF) is None
    recording._write(lake / recording.RUNS / ".pending.json", report)
    recording.settle(lake, AS_OF)
    assert recording.report_of(lake, AS_OF).people == report.people
    assert recording.latest(lake, ago(1), AS_OF + timedelta(1)).as_of == AS_OF
    assert recording.latest(lake, ago(1), AS_OF) is None
    assert len(found(lake / recording.RUNS, "*")) == 1


def test_to_publish_a_run_waits_for_whoever_writes(bucket):
    lake = location(f"{bucket}/waiting")
    came(lake, 0, likes(ago(3), 20))
    scores = pl.DataFrame({"person": ["a"], "score": [1.0]})
    with leased(lake / ".lock", "held"), patience(0):  # noqa: SIM117
        with pytest.raises(lease.BusyError, match="another run is writing"):
            publishing.publish(lake, AS_OF, scores, model())
    assert not is_published(Lake(lake), AS_OF)
    publishing.publish(lake, AS_OF, scores, model())
    assert is_published(Lake(lake), AS_OF)


def test_a_day_that_is_published_changes_nothing(bucket, tmp_path, monkeypatch):
    lake = location(f"{bucket}/again")
    came(lake, 0, likes(ago(3), 20))
    ran(lake, AS_OF, where=where(lake, tmp_path))
    done = changes(monkeypatch)
    assert daily(lake, AS_OF, model(), where=where(lake, tmp_path)) is None
    assert done == {"put_object": 1, "delete_object": 1}  # the lock


def test_without_a_folder_for_what_is_kept_it_says_so(bucket):
    lake = location(f"{bucket}/nowhere")
    came(lake, 0, likes(ago(3), 20))
    with pytest.raises(KloutError, match="give --cache DIR"):
        daily(lake, AS_OF, model())


def test_without_a_lake_it_says_so(bucket, tmp_path):
    with pytest.raises(KloutError, match="no lake here"):
        ran(location(f"{bucket}/none"), AS_OF, where=ExecutionTarget(cache=tmp_path / "cache"))


def test_days_are_held_and_taken_back_as_in_a_directory(bucket, tmp_path):
    lake, cache = location(f"{bucket}/back"), where(location(f"{bucket}/back"), tmp_path)
    came(lake, 0, likes(ago(3), 20))
    with pytest.raises(HeldError, match="nobody has a score"):
        daily(lake, ago(5), model(), where=cache)
    assert [day for day, _ in by_day(lake / HELD)] == [ago(5), ago(5)]
    first = ran(lake, ago(1), where=cache)
    ran(lake, AS_OF, where=cache)
    wanted = pl.read_parquet(str(lake / PUBLISHED / f"{AS_OF}.parquet"))
    for since, days in ((AS_OF, [ago(1)]), (ago(5), [])):
        assert withdraw(lake, since, "a test").seen
        assert list(published(Lake(lake))) == days
        assert [day for day, _ in by_day(lake / PUBLISHED)] == days
        assert [day for day, _ in by_day(lake / recording.RUNS)] == days
    assert not list(by_day(lake / HELD))
    again = ran(lake, ago(1), where=cache)
    assert (again.people, again.snapshot) == (first.people, first.snapshot)
    ran(lake, AS_OF, where=cache)
    found_now = pl.read_parquet(str(lake / PUBLISHED / f"{AS_OF}.parquet"))
    assert_frame_equal(found_now, wanted, check_exact=True)
