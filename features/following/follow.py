"""Running it: connect, fold, commit, connect again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from features.errors import KloutError
from features.following.batch import Batch, begun
from features.following.connection import Connection, LostError, RefusedError, connected
from features.following.figures import Figures
from features.following.memory import EVERY, Memory
from features.following.refilling import refill
from features.following.repositories import Repositories
from features.following.streams import FUTURE, OUTDATED, TOO_SLOW, Stream, asked
from features.sources.bluesky.folding import Folding
from features.sources.bluesky.twins import Twins
from features.storage.waiting import BusyError

CHUNK = 5_000
"""Messages that are folded at a time."""

LONGEST_PAUSE = 60.0
"""Seconds between two tries to connect, at most."""

QUIET = 5.0
"""Seconds without a message, after which a stream whose `Plan.until` has passed is at its end."""

FINAL = frozenset({401, 403, 404, 405, 410})
"""Answers of a server that will not be others later."""


@dataclass(frozen=True)
class Plan:
    """How a stream is followed.

    Attributes
    ----------
    stream, url
        What, and where.
    until
        Stop at the first event of this time or later, or when it has passed and nothing comes;
        None: never.
    seconds, rows
        After how long, or with how many rows, a batch goes into the lake.
    repositories
        Where gaps are mended from; None: they are only told.
    """

    stream: Stream
    url: str
    until: datetime | None = None
    seconds: float = 60.0
    rows: int = 100_000
    repositories: Repositories | None = None


class Follower:
    """A stream and the lake that it goes into.

    Parameters
    ----------
    root
        The lake's directory.
    plan
        How it is followed.
    memory
        What is remembered of it.
    stop
        Set by whoever wants it to end.
    figures
        Counts for people.
    say
        Is told a line at a time.
    """

    def __init__(
        self,
        root: Path,
        plan: Plan,
        memory: Memory,
        stop: threading.Event,
        figures: Figures,
        say: Callable[[str], None],
    ) -> None:
        self._root, self._plan, self._memory, self._stop = root, plan, memory, stop
        self._figures, self._say = figures, say
        self._name = f"{plan.stream.name} {plan.url}"
        self._twins = Twins()
        self._batch = self._begin(*begun(root, self._name, memory))
        self._due = time.monotonic() + plan.seconds
        self._told = time.monotonic()
        self._heard = time.monotonic()
        self._fails = 0

    def run(self) -> None:
        """Follow until asked to stop, or `Plan.until`; what came is in the lake then.

        Raises
        ------
        KloutError
            If the server will not have us, or the lake can't be written to.
        """
        while not self._is_over():
            url = asked(self._plan.stream, self._plan.url, self._batch.cursor)
            try:
                with connected(url) as connection:
                    self._figures.add("connections")
                    self._read(connection)
            except RefusedError as error:
                self._refused(error)
            except LostError as error:
                self._say(f"{self._plan.url}: {error}; connecting again")
            self._pause()
        self._commit()

    def _read(self, connection: Connection) -> None:
        while not self._is_over():
            self._tick(connection.waiting)
            messages = connection.take(CHUNK, min(1.0, max(0.05, self._due - time.monotonic())))
            if not messages:
                continue
            self._fails, self._heard = 0, time.monotonic()
            before = self._batch.seen
            notes = self._plan.stream.take(self._batch, messages)
            again = [self._note(note, before) for note in notes]
            if any(again):
                return
            self._figures.add("events", len(messages))
            self._figures.seen(self._batch.seen)

    def _note(self, note: str, seen: int) -> bool:
        """Act on what the server says of the stream; returns whether to connect again."""
        if note == OUTDATED:
            self._gap(seen)
            return False
        if note == FUTURE:
            self._say(
                f"{self._plan.url}: knows no cursor {self._batch.cursor}: the server was made "
                "again; following from its beginning"
            )
            self._batch.cursor = 0
            return True
        slow = "we read too slowly" if note == TOO_SLOW else f"says {note}"
        self._say(f"{self._plan.url}: {slow}")
        return False

    def _refused(self, error: RefusedError) -> None:
        if error.status in FINAL:
            raise KloutError(f"{self._plan.url}: {error}") from error
        if error.status == 400 and "Cursor" in error.said and self._batch.cursor is not None:
            self._gap(self._batch.seen)
            self._batch.cursor = None
            return
        self._say(f"{self._plan.url}: {error}; connecting again")

    def _gap(self, seen: int) -> None:
        """Note that events are missing since a time."""
        self._figures.add("gaps")
        since = f"{datetime.fromtimestamp(seen / 1e6, UTC):%Y-%m-%dT%H:%M:%SZ}" if seen else "?"
        how = (
            f"repositories that changed are read from {self._plan.repositories.url}"
            if self._plan.repositories
            else "--repositories URL would mend it"
        )
        self._say(f"{self._plan.url}: a gap: events since {since} are missing; {how}")
        self._memory.want(EVERY, seen)

    def _is_over(self) -> bool:
        until = self._plan.until
        if self._stop.is_set() or until is None:
            return self._stop.is_set()
        is_quiet = time.monotonic() - self._heard >= QUIET and datetime.now(UTC) >= until
        return is_quiet or self._batch.seen / 1e6 >= until.timestamp()

    def _pause(self) -> None:
        """Wait before connecting again, the longer the more often in vain, and never in step."""
        longest = min(LONGEST_PAUSE, 0.5 * 2**self._fails)
        ends = time.monotonic() + random.uniform(longest / 2, longest)
        self._fails += 1
        while not self._is_over() and time.monotonic() < ends:
            self._tick(0)
            self._stop.wait(min(0.2, longest))

    def _tick(self, waiting: int) -> None:
        self._figures.put("waiting", waiting)
        if time.monotonic() - self._told >= 60:
            self._told = time.monotonic()
            self._say(self._figures.line())
        if time.monotonic() >= self._due or self._batch.rows >= self._plan.rows:
            if self._commit():
                self._mend()
            self._due = time.monotonic() + self._plan.seconds

    def _commit(self) -> bool:
        """Put the batch into the lake; returns whether it is there, later if another run writes."""
        try:
            receipt = self._batch.commit(self._root)
        except BusyError as error:
            self._say(f"{error}; trying again")
            return False
        if receipt is not None:
            self._figures.add("rows", sum(receipt.entry.rows.values()))
            self._figures.add("refused", receipt.entry.quarantined)
            self._figures.put("cursor", self._batch.cursor or 0)
            if receipt.declared:
                self._say(f"networks: {receipt.declared}")
            self._batch = self._begin(self._batch.cursor, self._batch.seen)
        return True

    def _mend(self) -> None:
        """Read some repositories again; what can't be read now is tried again later."""
        repositories = self._plan.repositories
        if repositories is None or not self._memory.wanted(1):
            return
        mending = self._begin(self._batch.cursor, self._batch.seen)
        try:
            mended = refill(self._root, repositories, mending, self._say)
        except KloutError as error:
            self._say(f"{error}; trying again")
            return
        self._batch = mending
        if self._commit():
            for did in mended:
                self._memory.read_again(did)
            self._figures.add("repositories", len(mended))

    def _begin(self, cursor: int | None, seen: int = 0) -> Batch:
        fold = Folding(twins=self._twins)
        return Batch(self._name, self._memory, cursor, cursor, seen, fold=fold)
