"""Reading a lake whose files somebody takes away meanwhile: `klout compact`, `klout forget`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import polars as pl

from features.errors import KloutError
from features.lake.ledger import present, read_ledger
from features.storage.paths import bytes_of, found

T = TypeVar("T")

TRIES = 3
"""A rewriting reads as much as most readers do, so to meet two in a row is rare."""

_READING = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException, KloutError)
_LOG = logging.getLogger(__name__)


def rereading(root: Path, act: Callable[[], T]) -> T:
    """Do what reads a lake; do it again if that fails and files were taken away meanwhile.

    Parameters
    ----------
    root
        The lake's directory.
    act
        Opens the lake itself, and may be done twice.

    Raises
    ------
    KloutError
        If that happens `TRIES` times, or a file that the ledger names is missing.
    """
    ledger = root / "ledger"
    for _ in range(TRIES):
        known = len(found(ledger, "*.json"))
        try:
            return act()
        except _READING as error:
            by = [entry.source for entry in read_ledger(ledger)[known:] if entry.removed]
            if not by:
                if isinstance(error, FileNotFoundError):
                    _check_whole(root)
                raise
        _LOG.warning("%s: files were taken away by %s; reading anew", root, by[-1])
    raise KloutError(f"{root}: files were taken away by {by[-1]} while they were read; try again")


def _check_whole(root: Path) -> None:
    """Name a file of the ledger that is not there."""
    paths = [file.path for file in present(read_ledger(root / "ledger"))]
    there = bytes_of(root, paths)
    if missing := [path for path in paths if path not in there]:
        raise KloutError(f"{root / missing[0]}: missing, though the lake's ledger names it")
