"""Runs jobs beside the requests of a process: see `serving.store.jobs`."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Lock, Thread

from features.errors import KloutError
from features.storage.waiting import BusyError
from serving.http.api import journal
from serving.store import Store
from serving.store.jobs import DONE, FAILED, QUEUED
from serving.store.published_rows import StoredJob

BEAT_S = 10.0
"""Seconds between two signs of life."""
SILENT_S = 90.0
"""Who gives none for so long has ended: publishing a million people keeps the store for some 20."""
LOOK_S = 3.0
"""Seconds between two looks for jobs, while there are any."""

Work = Mapping[str, Callable[[str], str | None]]
"""By a job's name what does it to a person; gives a word about it, if there is one."""


def _this_process() -> str:
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


@dataclass(eq=False)
class Runner:
    """Runs one job after the other, in a thread that ends where nothing is left to do.

    While another process is at work on a job it stays, to take that over should it be needed.
    """

    look_s: float = LOOK_S
    silent_s: float = SILENT_S
    worker: str = field(default_factory=_this_process)
    _lock: Lock = field(default_factory=Lock)
    _thread: Thread | None = None
    _again: bool = False

    def wake(self, store: Store, work: Work) -> None:
        """Have jobs looked for now."""
        with self._lock:
            self._again = True
            if self._thread is None:
                self._thread = Thread(
                    target=self._run, args=(store, work), name="jobs", daemon=True
                )
                self._thread.start()

    def _run(self, store: Store, work: Work) -> None:
        pause = Event()
        while True:
            self._again = False
            left = True
            with suppress(KloutError):  # the store does not answer: it is asked again
                while self.run_one(store, work):
                    pass
                left = store.unfinished_jobs() > 0
            with self._lock:
                if not left and not self._again:
                    self._thread = None
                    return
            pause.wait(self.look_s)

    def run_one(self, store: Store, work: Work) -> bool:
        """Run a job if there is one; returns whether it is worth looking for another at once."""
        job = store.claim_job(self.worker, timedelta(seconds=self.silent_s))
        if job is None:
            return False
        with self._beating(store, job):
            state, reason = _ended(job, work)
        store.end_job(job.id, self.worker, state, reason)
        return state != QUEUED

    @contextmanager
    def _beating(self, store: Store, job: StoredJob) -> Iterator[None]:
        over = Event()

        def beat() -> None:
            while not over.wait(BEAT_S):
                with suppress(KloutError):
                    store.beat_job(job.id, self.worker)

        thread = Thread(target=beat, name="jobs-beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _ended(job: StoredJob, work: Work) -> tuple[str, str | None]:
    """Run it, and say how it ended."""
    try:
        return DONE, work[job.what](job.person or "")
    except BusyError as error:
        return QUEUED, f"{error}; it is tried again"
    except KloutError as error:
        return FAILED, _nameless(str(error), job.person)
    except Exception as error:
        journal.fault({}, error)
        return FAILED, "a fault of the server, whose log has the reason"


def _nameless(reason: str, person: str | None) -> str:
    """Give a reason that is kept longer than the name of the person it is about may be."""
    if person and person.casefold() in reason.casefold():
        return "the lake refused it for a reason that names the person; `klout forget` tells it"
    return reason
