"""Answers that take seconds, kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

KEPT = 3_000
"""Some 10 kB each."""


@dataclass
class Memory:
    """The answers given last, by what was asked. May be shared by threads."""

    _answers: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, asked: Hashable, answer: Callable[[], T]) -> T:
        """Give what was answered before, else ask; an error is not kept."""
        with self._lock:
            if asked in self._answers:
                self._answers.move_to_end(asked)
                known: T = self._answers[asked]
                return known
        found = answer()
        with self._lock:
            self._answers[asked] = found
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        return found
