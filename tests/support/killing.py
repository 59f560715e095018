"""Runs that end between any two operations on files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from features.lake import Lake
from features.lake.contracts import EVERY_TABLE

OPERATIONS = ("rename", "replace", "unlink", "rmdir", "mkdir", "fsync")


class Killed(BaseException):
    """No handler of errors may take it for one."""


def kills(
    monkeypatch: pytest.MonkeyPatch, fresh: Callable[[], Callable[[], object]], every: int = 1
) -> Iterator[int]:
    """Run something again and again, killed at its first operation, its second, ...

    With ``every`` the first, and each so many after it.

    ``fresh`` sets the scene and gives what to run. From the moment of the kill on nothing is done
    to any file, so nothing is tidied up either. Gives the number of operations that were done, for
    the caller to look around; ends with the first run that was not killed.
    """
    for number in count(0, every):
        run = fresh()
        with monkeypatch.context() as patched:
            left = iter(range(number))
            for name in OPERATIONS:
                patched.setattr(os, name, _dying(getattr(os, name), left))
            try:
                run()
            except Killed:
                killed = True
            else:
                killed = False
        yield number
        if not killed:
            assert number > 10, "there was nothing to kill"
            return


def _dying(real: Callable[..., object], left: Iterator[int]) -> Callable[..., object]:
    def operation(*args: object, **options: object) -> object:
        if next(left, None) is None:
            raise Killed
        return real(*args, **options)

    return operation


def contents(root: Path) -> dict[str, list[tuple[object, ...]]]:
    """Read every table, in an order that does not depend on the files."""
    lake = Lake(root)
    return {table: sorted(lake.scan(table).collect().rows(), key=repr) for table in EVERY_TABLE}


def strays(root: Path) -> set[str]:
    """Name the files of tables that the ledger does not name, and the other way round."""
    named = {file.path for file in Lake(root).every_file()}
    found = {
        str(path.relative_to(root)) for table in EVERY_TABLE for path in (root / table).rglob("*.*")
    }
    return named ^ found
