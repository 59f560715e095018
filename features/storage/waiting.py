"""Waiting for another run: whoever comes second to a lock says for whom it waits, and how long."""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from features.errors import KloutError

PATIENCE = 60.0
"""Seconds, unless `patience` says otherwise; more than it takes a lock on object storage to run out
(`features.storage.lease`)."""

PAUSE = 0.2
"""Seconds between two looks at a lock."""

_seconds = ContextVar("patience", default=PATIENCE)
_LOG = logging.getLogger(__name__)


class BusyError(KloutError):
    """Another run holds what this one needs; later it may not."""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Have whatever is done within the block wait this long for a lock; 0: not at all."""
    former = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(former)


def take_turn(
    take: Callable[[], bool], refusal: str, holder: Callable[[], str], pause: float = PAUSE
) -> None:
    """Take a lock, as soon as whoever has it gives it back.

    Parameters
    ----------
    take
        Tries to; returns whether it was taken.
    refusal
        What is said where it was not.
    holder
        Says who has it: nothing, or a text from `named`.
    pause
        Seconds between two tries.

    Raises
    ------
    BusyError
        If it is not free after as long as `patience` says.
    """
    seconds, began, is_said = _seconds.get(), time.monotonic(), False
    while not take():
        if time.monotonic() - began >= seconds:
            waited = f"; waited {seconds:g} s" if seconds else ""
            raise BusyError(f"{refusal}{holder()}{waited}")
        if not is_said:
            _LOG.warning("%s%s; waiting up to %g s", refusal, holder(), seconds)
            is_said = True
        time.sleep(pause)


def signature(**more: str) -> bytes:
    """Say in a lock who holds it, and since when."""
    said = {"host": socket.gethostname(), "pid": os.getpid(), "at": datetime.now(UTC).isoformat()}
    return json.dumps(said | more).encode()


def named(lock: bytes, since: str) -> str:
    """Name the holder that a lock says it has; nothing if it says none, or is another's file.

    >>> named(b'{"host": "db", "pid": 7, "at": "2014-10-01T00:00:00"}', "since")
    ' (process 7 on db, since 2014-10-01T00:00:00)'
    >>> named(b"", "since")
    ''
    """
    try:
        said = json.loads(lock)
        return f" (process {said['pid']} on {said['host']}, {since} {said['at']})"
    except (ValueError, TypeError, KeyError):
        return ""
