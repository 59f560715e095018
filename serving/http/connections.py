"""HTTP connections with bounds and deadlines, for uvicorn.

uvicorn closes a connection that is idle after an answer, and no other: not one that never asks, nor
one whose head comes a letter at a time, nor one that never reads its answer. Here each of them has
so many seconds, and `serving.http.door` says how many there may be. The deadline of a body is that
of `serving.http.api.bodies`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from uvicorn.config import HTTP_PROTOCOLS
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from serving.http.api.problems import problem
from serving.http.door import Door, client_of, limits

HEAD_S = 10.0
"""From connecting, or from the last answer, to the end of a request's head."""
LINGER_S = 5.0
"""What is still sent of a body that nobody wants is thrown away for so long: a connection closed
at once may take the answer with it."""
UNREAD_S = 20.0
"""An answer that is not read for so long is given up."""
AGAIN_S = 5
"""After so many seconds there may be room again."""
SCARCE = "connections"

DOOR: Door[DeadlineConnection] = Door(limits())
"""Of this process."""


def bound(refused: Callable[[str], None]) -> None:
    """Have uvicorn take connections so in this process.

    Parameters
    ----------
    refused
        Called with what was scarce for each connection that is closed for lack of room.
    """
    DeadlineConnection.refused = staticmethod(refused)
    HTTP_PROTOCOLS["auto"] = f"{__name__}:{DeadlineConnection.__name__}"


class DeadlineConnection(HttpToolsProtocol):
    """One connection."""

    refused: Callable[[str], None] = staticmethod(lambda _: None)
    door: Door[DeadlineConnection] = DOOR

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, or say that there is no room."""
        super().connection_made(transport)
        self._client = client_of(self.client[0] if self.client else "")
        is_in, loser = self.door.enter(self._client, self)
        if loser is not None:
            loser._lose()
        if not is_in:
            self.refused(SCARCE)
            self._say(problem(503, "too many connections; try again later"))
            return
        self._within(HEAD_S, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(exc)
        for timer in self._timers.values():
            timer.cancel()
        self.door.leave(self._client, self)

    def on_message_begin(self) -> None:
        """Note that a head has begun."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that something is asked."""
        self._in_head = False
        self._stop("head")
        self.door.asks(self._client, self)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait for the next head, if the rest of a body was thrown away."""
        super().on_message_complete()
        if self.cycle.response_complete:
            self._within(HEAD_S, self._late)

    def on_response_complete(self) -> None:
        """Wait for the next head, or for the rest of a body that nobody wants."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._close()
        elif self.cycle.response_complete:  # nothing was asked meanwhile
            self.door.rests(self._client, self)
            if self.cycle.more_body:
                self._within(LINGER_S, self._close)
            else:
                self._within(HEAD_S, self._late)

    def pause_writing(self) -> None:
        """Wait until the answer is read, but not for ever."""
        super().pause_writing()
        self._timers["write"] = self.loop.call_later(UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with the answer."""
        super().resume_writing()
        self._stop("write")

    def _should_upgrade_to_ws(self) -> bool:
        return False  # there are none; the request is answered as if it did not ask

    def _unsupported_upgrade_warning(self) -> None:
        pass

    def _within(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._stop("head")
        self._timers["head"] = self.loop.call_later(seconds, otherwise)

    def _stop(self, timer: str) -> None:
        if running := self._timers.pop(timer, None):
            running.cancel()

    def _late(self) -> None:
        if self._in_head:
            self._say(problem(HTTPStatus.REQUEST_TIMEOUT, f"no request within {HEAD_S:g} seconds"))
        else:
            self._close()

    def _lose(self) -> None:
        """Give way to another."""
        self.refused(SCARCE)
        self.door.leave(self._client, self)
        self._close()

    def _say(self, answer: Response) -> None:
        """Answer outside of any request, and close."""
        headers = [*answer.raw_headers, (b"connection", b"close")]
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append((b"retry-after", b"%d" % AGAIN_S))
        lines = [b"%b: %b\r\n" % each for each in headers]
        self.transport.write(
            b"".join([STATUS_LINE[answer.status_code], *lines, b"\r\n", answer.body])
        )
        self._close()

    def _close(self) -> None:
        """Close it, even if what is left to be sent is never read."""
        self.transport.close()
        self._timers["close"] = self.loop.call_later(LINGER_S, self.transport.abort)
