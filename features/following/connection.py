"""Reading a websocket in a thread of its own, into a queue that holds only so much."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from features.following.streams import Message

LARGEST = 2**24
"""Bytes of a message; the protocol allows blocks of 2,000,000."""

WAITING = 20_000
"""Messages that wait to be folded. If there are more, reading stops until there are fewer."""

PATIENCE = 30.0
"""Seconds to connect, and between two signs of life."""


class RefusedError(Exception):
    """A server that will not have us: its HTTP status, and what it says."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"HTTP {status}: {said}")
        self.status, self.said = status, said


class LostError(Exception):
    """A connection that ended, or could not be made."""


class Connection:
    """Messages of one connection, in their order."""

    def __init__(self, socket: ClientConnection) -> None:
        self._queue: queue.Queue[Message | None] = queue.Queue(WAITING)
        self._socket, self._is_over, self.why = socket, threading.Event(), ""
        self._thread = threading.Thread(target=self._read, name="websocket", daemon=True)
        self._thread.start()

    def take(self, most: int, seconds: float) -> list[Message]:
        """Give messages that came, waiting so long for the first.

        Raises
        ------
        LostError
            If there are none, and no more will come.
        """
        found: list[Message] = []
        try:
            each = self._queue.get(timeout=max(0.0, seconds))
            while each is not None:
                found.append(each)
                if len(found) >= most:
                    return found
                each = self._queue.get_nowait()
        except queue.Empty:
            return found
        if not found:
            raise LostError(self.why)
        self._queue.put(None)
        return found

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return self._queue.qsize()

    def close(self) -> None:
        """Read no more."""
        self._is_over.set()
        self._socket.close()
        self._thread.join(PATIENCE)

    def _read(self) -> None:
        try:
            for message in self._socket:
                if not self._put(message):
                    return
            self.why = "closed"
        except ConnectionClosed as error:
            self.why = str(error)
        except (OSError, WebSocketException) as error:
            self.why = f"{type(error).__name__}: {error}"
        self._put(None)

    def _put(self, message: Message | None) -> bool:
        while not self._is_over.is_set():
            try:
                self._queue.put(message, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Connect, for as long as the block lasts.

    Raises
    ------
    RefusedError
        If the server answers otherwise than with a websocket.
    LostError
        If there is none.
    """
    with ExitStack() as stack:
        try:
            socket = stack.enter_context(
                connect(
                    url,
                    max_size=LARGEST,
                    compression=None,
                    open_timeout=PATIENCE,
                    ping_interval=PATIENCE,
                    ping_timeout=2 * PATIENCE,
                    close_timeout=1,
                )
            )
        except InvalidStatus as error:
            body = (error.response.body or b"").decode("utf-8", "replace")
            said = " ".join(body.split())[:200]
            raise RefusedError(error.response.status_code, said) from error
        except (OSError, WebSocketException, TimeoutError) as error:
            raise LostError(f"{type(error).__name__}: {error}") from error
        connection = Connection(socket)
        stack.callback(connection.close)
        yield connection
