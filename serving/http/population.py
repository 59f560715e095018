"""All scores of a day: how they are spread, how they moved, and everybody's place.

From the store's history, exact to a millionth of a point; who was removed is not in it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from serving.store import Snapshot
from serving.store.packing import MILLION
from serving.store.published_rows import PublishedDay

T = TypeVar("T")
Scores = NDArray[np.int32]
"""By persons' keys, in millionths of a point; 0: no score."""

HIGHEST = 100
STEP = 2
"""Points of one bar of the histogram."""
FARTHEST = 10
"""Moves of more points are told together."""
STILL = 0.5
"""Moves of fewer points are none."""
DAYS = 90
KEPT = 8
"""Days whose figures are kept: the latest and those it is compared with."""


@dataclass(frozen=True)
class Moves:
    """How scores moved, of those who have one on both days.

    Attributes
    ----------
    since
        The first day.
    points
        Ascending, shape (persons,).
    """

    since: date
    points: NDArray[np.float64]

    @property
    def counts(self) -> list[int]:
        """Count moves by the nearest whole points, from at most -10 to at least +10."""
        nearest = np.clip(np.floor(self.points + STILL), -FARTHEST, FARTHEST).astype(int) + FARTHEST
        return list(map(int, np.bincount(nearest, minlength=2 * FARTHEST + 1)))

    def share(self, low: float, high: float) -> float:
        """Say what share moved by `low` or more, and less than `high`."""
        first, last = np.searchsorted(self.points, [low, high])
        return float(last - first) / (len(self.points) or 1)


@dataclass(frozen=True)
class Population:
    """All scores of a day.

    Attributes
    ----------
    scores
        Ascending, shape (persons,).
    moves
        Since the first day kept, of the last 90; None: there is only one.
    """

    scores: NDArray[np.float64]
    moves: Moves | None

    @property
    def counts(self) -> list[int]:
        """Count people by score, `STEP` points together from 0 on."""
        bars = np.minimum(self.scores // STEP, HIGHEST // STEP - 1).astype(int)
        return list(map(int, np.bincount(bars, minlength=HIGHEST // STEP)))

    def score_at(self, percent: float) -> float:
        """Give the lowest score with at least so many percent of people at or below it."""
        needed = int(np.ceil(percent * len(self.scores) / 100 - 1e-9))
        return float(self.scores[max(needed, 1) - 1])

    def percent_at(self, score: float) -> float:
        """Say how many people, in percent, are at or below a score."""
        return 100 * float(np.searchsorted(self.scores, score, "right")) / len(self.scores)


class Populations:
    """Figures of the days asked for last. May be shared by threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[Hashable, Any] = OrderedDict()

    def of(self, snapshot: Snapshot, day: PublishedDay) -> Population:
        """Compute the latest day's."""

        def compute() -> Population:
            now = snapshot.everybody(day.as_of)
            earliest = day.as_of - timedelta(DAYS)
            first = next(each.as_of for each in snapshot.days if each.as_of >= earliest)
            moves = None if first == day.as_of else _moves(first, snapshot.everybody(first), now)
            return Population(np.sort(now[now > 0]) / MILLION, moves)

        return self._kept(("all", day), compute)

    def places(self, snapshot: Snapshot, as_of: date, day: PublishedDay) -> NDArray[np.int64]:
        """Give everybody's place on a day, by key, as known on the latest `day`; 0: none."""
        return self._kept((as_of, day), lambda: places(snapshot.everybody(as_of)))

    def _kept(self, what: Hashable, compute: Callable[[], T]) -> T:
        with self._lock:
            if what in self._known:
                self._known.move_to_end(what)
                known: T = self._known[what]
                return known
        found = compute()
        with self._lock:
            self._known[what] = found
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found


def places(scores: Scores) -> NDArray[np.int64]:
    """Order people by score, equal ones by key: the same order on every day.

    >>> places(np.array([30, 0, 50, 30], np.int32)).tolist()
    [2, 0, 1, 3]
    """
    there = np.flatnonzero(scores)
    found = np.zeros(len(scores), np.int64)
    found[there[np.argsort(-scores[there], kind="stable")]] = np.arange(1, len(there) + 1)
    return found


def _moves(since: date, then: Scores, now: Scores) -> Moves:
    both = min(len(then), len(now))
    there = (then[:both] > 0) & (now[:both] > 0)
    return Moves(since, np.sort((now[:both] - then[:both])[there]) / MILLION)
