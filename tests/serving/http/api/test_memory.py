"""Answers that take long: the same is computed once, few at a time, and no queue grows for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock
from time import monotonic, sleep

import pytest

from serving.http.api import memory
from serving.http.api.asker import ASKER
from serving.http.api.memory import Memory
from serving.http.api.turns import Busy

SOON = 10.0
"""Seconds in which everything here is over."""


class Work:
    """Something that takes as long as it is told to, and counts how much of it is done at once."""

    def __init__(self) -> None:
        self.may_end, self.begun, self.most, self._now = Event(), 0, 0, 0
        self._lock = Lock()

    def __call__(self) -> int:
        with self._lock:
            self.begun += 1
            self._now += 1
            self.most = max(self.most, self._now)
        assert self.may_end.wait(SOON)
        with self._lock:
            self._now -= 1
        return self.begun


def until(true: Callable[[], bool]) -> None:
    deadline = monotonic() + SOON
    while not true():
        assert monotonic() < deadline
        sleep(0.001)


@pytest.fixture
def threads():
    with ThreadPoolExecutor(40) as pool:
        yield pool


def waiting(asked: Memory) -> int:
    """Count who computes or waits."""
    return len(asked._turns._places)


def test_what_was_answered_is_not_computed_again() -> None:
    asked, work = Memory(), Work()
    work.may_end.set()
    assert [asked.get("a", work), asked.get("a", work), asked.get("b", work)] == [1, 1, 2]


def test_nothing_is_an_answer_too() -> None:
    asked, calls = Memory(), list[int]()
    for _ in range(2):
        assert asked.get("a", lambda: calls.append(1)) is None
    assert calls == [1]


def test_the_same_asked_by_many_at_once_is_computed_once(threads: ThreadPoolExecutor) -> None:
    asked, work = Memory(), Work()
    told = [threads.submit(asked.get, "a", work) for _ in range(10)]
    until(lambda: waiting(asked) == len(told))
    work.may_end.set()
    assert [each.result(SOON) for each in told] == [1] * 10
    assert work.begun == 1


def test_few_are_computed_at_once(threads: ThreadPoolExecutor) -> None:
    asked, work = Memory(), Work()
    told = [threads.submit(asked.get, n, work) for n in range(memory.AT_ONCE + memory.WAITING)]
    until(lambda: waiting(asked) == len(told) and work.begun == memory.AT_ONCE)
    work.may_end.set()
    assert all(each.result(SOON) for each in told)
    assert (work.begun, work.most) == (len(told), memory.AT_ONCE)


def test_who_finds_the_queue_full_is_told_so_at_once_and_what_is_known_is_still_given(
    threads: ThreadPoolExecutor,
) -> None:
    asked, work = Memory(), Work()
    assert asked.get("known", lambda: 7) == 7
    full = memory.AT_ONCE + memory.WAITING
    told = [threads.submit(asked.get, n % 3, work) for n in range(full)]
    until(lambda: waiting(asked) == full)
    for each in ("new", 0):
        with pytest.raises(Busy):
            asked.get(each, work)
    assert asked.get("known", work) == 7
    work.may_end.set()
    assert all(each.result(SOON) for each in told)
    assert asked.get("new", lambda: 8) == 8


def test_however_much_one_asks_for_another_is_answered_next(threads: ThreadPoolExecutor) -> None:
    asked, work, over = Memory(at_once=1), Work(), list[str]()

    def ask(asker: str, n: int) -> None:
        ASKER.set(asker)
        try:
            asked.get((asker, n), work)
        except Busy:
            return
        over.append(asker)

    full = 1 + memory.WAITING
    told = [threads.submit(ask, "a", n) for n in range(full)]
    until(lambda: waiting(asked) == full and work.begun == 1)
    told.append(threads.submit(ask, "b", 0))
    until(lambda: any(each.done() for each in told))  # the last of them has given way
    work.may_end.set()
    for each in told:
        each.result(SOON)
    assert over.count("a") == full - 1
    assert "b" in over[:3]


def test_who_asks_the_same_as_one_that_gave_way_is_answered(threads: ThreadPoolExecutor) -> None:
    asked, work = Memory(at_once=1, waiting=2), Work()

    def ask(asker: str, what: str) -> int:
        ASKER.set(asker)
        return asked.get(what, work)

    told = [threads.submit(ask, "a", "at work")]
    until(lambda: work.begun == 1)
    first = threads.submit(ask, "a", "the same")
    until(lambda: waiting(asked) == 2)
    second = threads.submit(ask, "b", "the same")
    until(lambda: waiting(asked) == 3)
    third = threads.submit(ask, "c", "another")
    with pytest.raises(Busy):
        first.result(SOON)
    work.may_end.set()
    assert all(each.result(SOON) for each in (*told, second, third))


def test_who_waits_too_long_for_its_turn_is_told_so(threads: ThreadPoolExecutor) -> None:
    asked, work = Memory(at_once=1, patience=0.05), Work()
    first = threads.submit(asked.get, "first", work)
    until(lambda: work.begun == 1)
    with pytest.raises(Busy):
        asked.get("second", work)
    work.may_end.set()
    assert first.result(SOON) == 1
    assert asked.get("second", lambda: 2) == 2


def test_an_error_is_raised_for_all_who_asked_and_is_not_kept(threads: ThreadPoolExecutor) -> None:
    asked, work = Memory(), Work()

    def failing() -> int:
        work()
        raise ValueError("no")

    told: list[Future[int]] = [threads.submit(asked.get, "a", failing) for _ in range(3)]
    until(lambda: waiting(asked) == len(told))
    work.may_end.set()
    for each in told:
        with pytest.raises(ValueError, match="no"):
            each.result(SOON)
    assert work.begun == 1
    assert asked.get("a", lambda: 5) == 5


def test_the_answers_asked_for_longest_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT", 2)
    asked = Memory()
    for n in (1, 2, 1, 3):
        asked.get(n, lambda n=n: n)
    assert [asked.get(n, lambda: 0) for n in (1, 3, 2)] == [1, 3, 0]
