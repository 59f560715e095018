"""A lock on object storage: an object that one holder alone can make, and has to keep fresh.

It is made by a PUT with ``If-None-Match: *``, so one of many succeeds. Its holder writes it anew
every `RENEWAL` seconds; after `LEASE` seconds without that it may be taken over, by a PUT with
``If-Match``, so again one of many succeeds. Its age is told by the clock of the storage alone.
A holder that slept too long does not know that it holds nothing any more: what it commits must be
refused by other means, see `features.lake.ledger.fence`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from features.errors import KloutError
from features.storage.objects import create, delete, stamp, swap
from features.storage.paths import read_all
from features.storage.waiting import BusyError, named, signature, take_turn

__all__ = ["BusyError", "Lease", "leased"]

LEASE = 45.0
"""Seconds; less than whoever comes second waits (`features.storage.waiting`)."""

RENEWAL = 15.0
"""Seconds; two renewals may be lost on the way."""

PAUSE = 1.0
"""Seconds between two requests for a lock that somebody else has."""


class Lease:
    """A lock that is held as long as it is renewed.

    Parameters
    ----------
    file
        The object.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._owner = secrets.token_hex(8)
        self._tag: str | None = None
        self._one_at_a_time = Lock()
        self.taken_over = False
        """Whether the holder before did not give it back."""
        self.is_settled = True
        """Whether it may be given back; otherwise it runs out, and who takes it over clears up."""

    def take(self) -> bool:
        """Make the lock, or take over one that has run out; returns whether it is held."""
        mine = self._written()
        self._tag = create(self._file, mine)
        if self._tag is None and (there := stamp(self._file)) is not None and there.age > LEASE:
            self._tag = swap(self._file, mine, there.tag) or self._still()
            self.taken_over = self._tag is not None
        return self._tag is not None

    def renew(self) -> bool:
        """Begin a new lease; returns whether the lock is still held."""
        with self._one_at_a_time:
            if self._tag is not None:
                self._tag = swap(self._file, self._written(), self._tag) or self._still()
            return self._tag is not None

    def give_back(self) -> None:
        """Delete the lock, if it is still held and all is settled."""
        with self._one_at_a_time:
            if self._tag is not None and self.is_settled:
                delete(self._file, self._tag)

    def keep(self, ended: Event) -> None:
        """Renew the lock until the event is set, or it is lost."""
        while not ended.wait(RENEWAL):
            # A request that fails is made again next time, while the lease lasts.
            with suppress(KloutError):
                if not self.renew():
                    return

    def _still(self) -> str | None:
        """Give the lock's tag if it is ours all the same: the answer to a request got lost."""
        now = stamp(self._file)
        return (
            now.tag if now is not None and _said(self._file).get("owner") == self._owner else None
        )

    def _written(self) -> bytes:
        """Say who holds it: never the same twice, so that each renewal has another tag."""
        return signature(owner=self._owner)


@contextmanager
def leased(file: Path, refusal: str) -> Iterator[Lease]:
    """Hold a lock on object storage, renewed by a thread.

    Raises
    ------
    BusyError
        With the text given and who holds it, if somebody else does, longer than we wait.
    """
    lease = Lease(file)
    take_turn(lease.take, refusal, lambda: named(_read(file), "last heard of at"), PAUSE)
    ended = Event()
    thread = Thread(target=lease.keep, args=(ended,), daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        ended.set()
        thread.join()
        lease.give_back()


def _said(file: Path) -> dict[str, Any]:
    """Read what a lock says of its holder; nothing if it is given back, or another's object."""
    try:
        said = json.loads(_read(file))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _read(file: Path) -> bytes:
    try:
        return read_all([file])[0]
    except FileNotFoundError:
        return b""
