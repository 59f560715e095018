"""Answers that take seconds: computed few at a time, each once, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar

T = TypeVar("T")

AT_ONCE = 2
"""Computed at a time: each takes a core for seconds."""
WAITING = 20
"""Others that may wait, each of which holds a thread: for their turn, or for the same answer."""
PATIENCE = 30.0
"""Seconds that one waits for its turn."""
KEPT = 3_000
"""Some 10 kB each."""


class Busy(Exception):  # noqa: N818 (it names what happened)
    """Too many answers are being computed; it is worth asking again soon."""


class Memory:
    """The answers given last, by what was asked. May be shared by threads.

    Parameters
    ----------
    at_once, waiting, patience
        How many are computed, how many more may wait, and for how many seconds.
    """

    def __init__(
        self, at_once: int = AT_ONCE, waiting: int = WAITING, patience: float = PATIENCE
    ) -> None:
        self._patience = patience
        self._turns = BoundedSemaphore(at_once)
        self._places = BoundedSemaphore(at_once + waiting)
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._computed: dict[Hashable, Future[Any]] = {}

    def get(self, asked: Hashable, answer: Callable[[], T]) -> T:
        """Give what was answered before, else ask; who asks the same meanwhile gets that answer.

        An error is raised for all who asked, and is not kept. What answers must not ask in turn.

        Raises
        ------
        Busy
            If too many wait, or the turn does not come.
        """
        with self._lock:
            if asked in self._answers:
                self._answers.move_to_end(asked)
                known: T = self._answers[asked]
                return known
        with self._taken(self._places, None):
            mine, answered = self._begun(asked)
            if mine:
                self._answer(asked, answer, answered)
            found: T = answered.result()
            return found

    def _begun(self, asked: Hashable) -> tuple[bool, Future[Any]]:
        """Say whether it is ours to answer, and where the answer will be."""
        with self._lock:
            answered: Future[Any] = Future()
            if asked in self._answers:
                answered.set_result(self._answers[asked])
                return False, answered
            if asked in self._computed:
                return False, self._computed[asked]
            self._computed[asked] = answered
            return True, answered

    def _answer(self, asked: Hashable, answer: Callable[[], Any], answered: Future[Any]) -> None:
        try:
            with self._taken(self._turns, self._patience):
                found = answer()
        except BaseException as error:
            with self._lock:
                del self._computed[asked]
            answered.set_exception(error)
            return
        with self._lock:
            del self._computed[asked]
            self._answers[asked] = found
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        answered.set_result(found)

    @contextmanager
    def _taken(self, places: BoundedSemaphore, patience: float | None) -> Iterator[None]:
        """Hold a place; without patience, only if one is free."""
        if not places.acquire(blocking=patience is not None, timeout=patience):
            raise Busy("too many explanations are being computed")
        try:
            yield
        finally:
            places.release()
