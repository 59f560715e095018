"""Turns at what only a few can do at once, and places for those who wait, in fair shares.

Whose turn is next goes round by who asks, so that however many one asks for, another waits for no
more than what is at work. Where all places are taken, whoever has fewer gets one of those of who
has most: the last of them that is not at work yet is told to come again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock


class Busy(Exception):  # noqa: N818 (it names what happened)
    """Too much is asked for at once; it is worth asking again soon."""


@dataclass(eq=False)
class Turn:
    """Somebody's place.

    Attributes
    ----------
    asker
        Whose it is.
    turn
        Done when its turn has come; `Busy` if the place was lost to another.
    wants
        Whether it waits for a turn, rather than for what another is at work on.
    works
        Whether it has its turn.
    """

    asker: str
    turn: Future[None] = field(default_factory=Future)
    wants: bool = False
    works: bool = False


class Turns:
    """Shares turns. May be shared by threads.

    Parameters
    ----------
    at_once, waiting
        How many are at work, and how many more may wait.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once, self._most = at_once, at_once + waiting
        self._lock = Lock()
        self._places: list[Turn] = []
        self._served: dict[str, int] = {}

    @contextmanager
    def place(self, asker: str) -> Iterator[Turn]:
        """Hold a place.

        Raises
        ------
        Busy
            If there is none.
        """
        with self._lock:
            if len(self._places) >= self._most:
                self._push_out(asker)
            mine = Turn(asker)
            mine.turn.set_running_or_notify_cancel()  # nobody can cancel it now
            self._places.append(mine)
        try:
            yield mine
        finally:
            self._leave(mine)

    def ask(self, place: Turn) -> Future[None]:
        """Ask for a turn; it ends with the place."""
        with self._lock:
            place.wants = True
            self._call()
        return place.turn

    def _leave(self, place: Turn) -> None:
        with self._lock:
            if place in self._places:  # it was not pushed out
                self._places.remove(place)
            place.wants = place.works = False
            if all(each.asker != place.asker for each in self._places):
                self._served.pop(place.asker, None)
            self._call()

    def _call(self) -> None:
        """Give turns to those who have waited for one longest, by who asks and then by place."""
        while sum(each.works for each in self._places) < self._at_once:
            waiting = [each for each in self._places if each.wants and not each.works]
            if not waiting:
                return
            called = min(waiting, key=lambda each: self._served.get(each.asker, 0))
            self._served[called.asker] = 1 + max(self._served.values(), default=0)
            called.works = True
            called.turn.set_result(None)

    def _push_out(self, asker: str) -> None:
        held = Counter(each.asker for each in self._places)
        idle = [each for each in self._places if not each.works]
        last = max(reversed(idle), key=lambda each: held[each.asker], default=None)
        if last is None or held[last.asker] <= held[asker] + 1:
            raise Busy
        self._places.remove(last)
        last.turn.set_exception(Busy())
