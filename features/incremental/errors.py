"""What can go wrong under a run, and how it is said: the lake's files, the disk, the rights."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TypeVar

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.errors import KloutError, os_number
from features.incremental.cache import Cache
from features.lake import Lake
from features.lake.contracts import EVERY_TABLE
from features.lake.ledger import LakeFile

T = TypeVar("T")

TROUBLE = (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException)
"""What reading and writing files raises. Polars panics on some damaged files."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)
_NO_SPACE = "no space left on"
_LOG = logging.getLogger(__name__)


@contextmanager
def translated_errors(lake: Lake, as_of: date, outcome: str) -> Iterator[None]:
    """Turn trouble into one line.

    Parameters
    ----------
    lake, as_of
        What was computed from: where reading fails, its damaged file is named.
    outcome
        What has become of the run, for the end of the line.

    Raises
    ------
    KloutError
        Instead of any of `TROUBLE`.
    """
    try:
        yield
    except KloutError as error:
        if os_number(error) not in _FULL or str(error).startswith(_NO_SPACE):
            raise
        raise _said(error, lake, outcome) from error
    except TROUBLE as error:
        if _may_be_damage(error):
            check_readable(lake, as_of)
        raise _said(error, lake, outcome) from error


def rebuilding_if_damaged(cache: Cache, lake: Lake, as_of: date, compute: Callable[[], T]) -> T:
    """Compute; if that fails since the cache is damaged, once more without the cache.

    It is damaged if a file of it is not what was written, and by no other sign: a disk that can't
    be read for a while, or too few file descriptors, would otherwise cost all that is kept.

    Raises
    ------
    KloutError
        Naming the lake's file that is damaged, or the cache if it can't be read.
    OSError, PolarsError
        If it fails for another reason.
    """
    try:
        return compute()
    except TROUBLE as error:
        if not _may_be_damage(error):
            raise
        check_readable(lake, as_of)
        if (file := cache.damaged()) is None:
            raise
    _LOG.warning("%s is damaged: %s; computing anew from the lake", cache.root, file)
    cache.drop()
    return compute()


def _said(error: BaseException, lake: Lake, outcome: str) -> KloutError:
    number = os_number(error)
    if number in _FULL:
        return KloutError(f"{_NO_SPACE} the disk of {lake.root}; {outcome}")
    refused = "can't be written to: " if number in _REFUSED else ""
    return KloutError(f"{lake.root}: {refused}{_first_line(error)}; {outcome}")


def _may_be_damage(error: BaseException) -> bool:
    """Whether it was not the operating system that refused, but for a file that is missing."""
    return os_number(error) in (None, errno.ENOENT)


def check_readable(lake: Lake, as_of: date) -> None:
    """Read each file that a computation from the lake alone reads.

    Raises
    ------
    KloutError
        Naming the first that is missing, damaged, or holds another number of rows than it should;
        or that the operating system refuses to read, which is no damage.
    """
    for table in EVERY_TABLE:
        start = as_of - timedelta(HORIZON) if table in ("interactions", "contents") else None
        for file in lake.files(table, since=start, until=as_of + timedelta(1)):
            if reason := _damage(lake, file):
                raise KloutError(
                    f"{lake.root / file.path}: {reason}; restore it (it is of the source "
                    f"{_source(lake, file)!r}), then run again"
                )


def _damage(lake: Lake, file: LakeFile) -> str | None:
    try:
        rows = len(lake.scan_files(file.table, [file]).collect())
    except FileNotFoundError:
        return "missing"
    except TROUBLE as error:
        if not _may_be_damage(error):
            path = lake.root / file.path
            raise KloutError(f"{path}: can't be read: {_first_line(error)}") from error
        return f"can't be read: {_first_line(error)}"
    return None if rows == file.rows else f"holds {rows} rows, and the ledger says {file.rows}"


def _source(lake: Lake, file: LakeFile) -> str:
    return next(entry.source for entry in reversed(lake.entries) if file in entry.files)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
