"""Processes that answer: forked from one that has imported and read all that they share.

What a worker would import and read is in memory once, whatever their number, and is paid for once.
Nothing that starts threads may be done before: Polars' threads, for one, are not there after a
fork, and whoever asked for anything would wait for them for ever.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

GRACE_S = 8.0
"""Workers that have not ended by then, after they were told to, are ended."""
AGAIN_S = 1.0
"""A worker that ended of itself is replaced after so long, so that one that can't start does not
keep the machine busy."""
BACKLOG = 2_048


def listening(host: str, port: int) -> socket.socket:
    """Listen on an address; connections wait until a worker takes them."""
    [(family, kind, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = socket.socket(family, kind)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(address)
    found.listen(BACKLOG)
    found.set_inheritable(True)
    return found


def run(workers: int, work: Callable[[int], None]) -> None:
    """Keep so many processes at work until SIGINT or SIGTERM.

    Parameters
    ----------
    workers
        How many.
    work
        What each does, until it gets SIGINT or SIGTERM; it is told its number, from 1. Workers also
        end with this process.
    """
    _Workers(work).keep(workers)


class _Workers:
    def __init__(self, work: Callable[[int], None]) -> None:
        self._work = work
        self._numbers: dict[int, int] = {}
        self._ending = threading.Event()
        # Nothing is ever written: its end is read when this process is no more.
        self._read, self._write = os.pipe()

    def keep(self, workers: int) -> None:
        gc.collect()
        gc.freeze()  # a collection would write to the pages that are shared
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, self._end)
        for number in range(1, workers + 1):
            self._start(number)
        while self._numbers:
            number = self._ended()
            if number and not self._ending.is_set():
                time.sleep(AGAIN_S)
                if not self._ending.is_set():
                    self._start(number)

    def _start(self, number: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._be(number)
        self._numbers[pid] = number
        if self._ending.is_set():  # while it was made
            os.kill(pid, signal.SIGTERM)

    def _be(self, number: int) -> NoReturn:
        """Be a worker: nothing of what this process would do at its end is for it to do."""
        code = 1
        try:
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, signal.SIG_DFL)
            os.close(self._write)
            threading.Thread(target=self._orphaned, name="orphaned", daemon=True).start()
            self._work(number)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _orphaned(self) -> None:
        os.read(self._read, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _ended(self) -> int:
        """Wait for one to end, and give its number."""
        pid, _ = os.wait()
        return self._numbers.pop(pid, 0)

    def _end(self, _: int, frame: FrameType | None) -> None:
        del frame
        if self._ending.is_set():
            return
        self._ending.set()
        self._tell(signal.SIGTERM)
        late = threading.Timer(GRACE_S, self._tell, [signal.SIGKILL])
        late.daemon = True
        late.start()

    def _tell(self, signum: signal.Signals) -> None:
        for pid in list(self._numbers):
            with suppress(ProcessLookupError):
                os.kill(pid, signum)
