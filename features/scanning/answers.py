"""Parts of a server's answer, taken by name: what has not the form expected is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from features.errors import KloutError, printable

_T = TypeVar("_T")
_NAMES = {str: "a text", dict: "an object", list: "a list", int: "a whole number"}


@dataclass(frozen=True)
class Part:
    """A part of an answer, and where it stands there, as ``likes[3].actor``."""

    value: Any
    where: str

    def text(self, name: str) -> str:
        """Take a text that must be there, and hold something."""
        found = self._take(name, str)
        if not found:
            raise KloutError(f"{self._place(name)}: expected a text, got none")
        return found

    def count(self, name: str) -> int:
        """Take a whole number; 0 if it is missing."""
        return self._take(name, int) if self.has(name) else 0

    def part(self, name: str) -> Part:
        """Take an object that must be there."""
        return Part(self._take(name, dict), self._place(name))

    def parts(self, name: str = "") -> Iterator[Part]:
        """Take the objects of a list that must be there; "": the part is the list."""
        found = self._take(name, list)
        for number, value in enumerate(found):
            place = f"{self._place(name)}[{number}]"
            yield Part(_checked(value, dict, place), place)

    def has(self, name: str) -> bool:
        """Whether something is there, and not null."""
        return isinstance(self.value, dict) and self.value.get(name) is not None

    def get(self, name: str) -> Any:
        """Take what is there, of any form; None if nothing is."""
        return self.value.get(name) if isinstance(self.value, dict) else None

    def _take(self, name: str, kind: type[_T]) -> _T:
        if not name:
            return _checked(self.value, kind, self.where)
        within = _checked(self.value, dict, self.where)
        return _checked(within.get(name), kind, self._place(name))

    def _place(self, name: str) -> str:
        return f"{self.where}.{name}" if name else self.where


def _checked(value: Any, kind: type[_T], where: str) -> _T:
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    seen = "nothing" if value is None else printable(repr(value))[:60]
    raise KloutError(f"{where}: expected {_NAMES[kind]}, got {seen}")
