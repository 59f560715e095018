"""Answers that take seconds: computed few at a time, each once, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from serving.http.api.asker import ASKER
from serving.http.api.turns import Busy, Turn, Turns

T = TypeVar("T")

AT_ONCE = 2
"""Computed at a time: each takes a core for seconds."""
WAITING = 20
"""Others that may wait, each of which holds a thread: for their turn, or for the same answer."""
PATIENCE = 30.0
"""Seconds that one waits for its turn, or for another's answer to the same."""
KEPT = 3_000
"""Some 10 kB each."""


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
        self._turns = Turns(at_once, waiting)
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._computed: dict[Hashable, Future[Any]] = {}

    def get(self, asked: Hashable, answer: Callable[[], T]) -> T:
        """Give what was answered before, else ask; who asks the same meanwhile gets that answer.

        An error is raised for all who asked, and is not kept. What answers must not ask in turn.
        Places and turns are shared fairly by `ASKER`.

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
        until = monotonic() + self._patience
        with self._turns.place(ASKER.get()) as place:
            while True:
                mine, answered = self._begun(asked)
                if mine:
                    self._answer(asked, answer, answered, place, until)
                elif not self._awaited(answered, place, until):
                    continue  # who was to answer lost its place, not we ours
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

    def _answer(
        self,
        asked: Hashable,
        answer: Callable[[], Any],
        answered: Future[Any],
        place: Turn,
        until: float,
    ) -> None:
        try:
            _wait({self._turns.ask(place)}, place, until)
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

    def _awaited(self, answered: Future[Any], place: Turn, until: float) -> bool:
        """Wait for another's answer; False: it will not come."""
        _wait({answered}, place, until)
        return not isinstance(answered.exception(), Busy)


def _wait(awaited: set[Future[Any]], place: Turn, until: float) -> None:
    """Wait until one of them is done.

    Raises
    ------
    Busy
        If that takes too long, or the place is lost.
    """
    done, _ = wait({*awaited, place.turn}, max(0.0, until - monotonic()), FIRST_COMPLETED)
    if not done or (place.turn in done and place.turn.exception() is not None):
        raise Busy
