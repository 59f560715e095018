"""Locks on object storage: one holder, which has to keep it."""

from itertools import count
from threading import Event, Thread

import pytest

from features.storage import lease
from features.storage.lease import Lease, leased
from features.storage.objects import create, stamp, swap
from features.storage.paths import location, read_all
from tests.support.buckets import serving


@pytest.fixture(scope="module")
def bucket():
    with serving("locks") as url:
        yield url


@pytest.fixture
def root(bucket, request, number=count()):  # noqa: B008 (each test's own lake)
    return location(f"{bucket}/lakes/{next(number)}")


def test_one_of_many_gets_the_lock(root, expired):
    def taken_by(takers):
        leases = [Lease(root / ".lock") for _ in range(takers)]
        results = []
        threads = [Thread(target=lambda each=each: results.append(each.take())) for each in leases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results.count(True)

    assert taken_by(6) == 1
    assert taken_by(6) == 0
    expired()
    # Each that takes over makes a lock that has run out again, so at least one does.
    assert taken_by(6) >= 1


def test_a_lock_that_changed_since_it_was_looked_at_is_not_taken_over(root):
    tag = create(root / "x", b"1")
    assert create(root / "x", b"2") is None
    assert swap(root / "x", b"3", tag) not in (None, tag)
    assert swap(root / "x", b"4", tag) is None
    assert read_all([root / "x"]) == [b"3"]


def test_an_answer_that_was_lost_is_made_up_for(root):
    """s3fs asks again, and finds its own object."""
    tag = create(root / "x", b"1")
    assert create(root / "x", b"1") == tag
    held = Lease(root / ".lock")
    assert held.take()
    assert swap(root / ".lock", held._written(), stamp(root / ".lock").tag)  # a renewal of its own
    assert held.renew()
    swap(root / ".lock", b"{}", stamp(root / ".lock").tag)
    assert not held.renew()
    held.give_back()
    assert read_all([root / ".lock"]) == [b"{}"]


def test_a_lock_is_kept_while_its_holder_lives(root, monkeypatch):
    monkeypatch.setattr(lease, "RENEWAL", 0.02)
    renewed = Event()
    real = Lease.renew

    def counting(self, times=count(1)):  # noqa: B008
        held = real(self)
        if next(times) == 3:
            renewed.set()
        return held

    monkeypatch.setattr(Lease, "renew", counting)
    with leased(root / ".lock", "held") as held:
        before = stamp(root / ".lock")
        assert renewed.wait(10)
        assert stamp(root / ".lock").tag != before.tag
        assert held.renew()
    assert stamp(root / ".lock") is None
