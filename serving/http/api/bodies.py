"""Reading bodies: of those who were let in, as much as the route takes, and in time.

What is held of all requests together is bounded, and so is what is held for one who asks: the
others still get in while somebody sends as much as there is room for.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request

from serving.http.api.asker import ASKER
from serving.http.api.refusals import Refused, unavailable

MB = 2**20
MOST = MB
"""Bytes of a body, where a route says nothing else: a thousand people's names."""
UNCOUNTED = 64 * 2**10
"""Bodies of up to so many bytes are not added up: as many are read ahead for any connection."""
IN_FLIGHT = 128 * MB
"""Bytes of all larger bodies that a process holds at once, from the first byte to the answer."""
OF_ONE = IN_FLIGHT // 4
"""Of them, for one who asks."""
WITHIN_S = 30.0
"""A body has come whole by then: 32 MiB do so at a megabyte a second."""
AGAIN_S = 5
"""After so many seconds there may be room again."""
JSON_TYPES = ("", "application/json", "application/x-www-form-urlencoded")
"""Bodies read as JSON; the last is what curl says of a body if not told otherwise."""


@dataclass
class InFlight:
    """Counts the bytes that are held, of all and of each who asks. Of one event loop."""

    most: int = IN_FLIGHT
    of_one: int = OF_ONE
    held: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def holding(self, asker: str) -> Iterator[Callable[[int], None]]:
        """Give what is called with the size that is held so far, as it grows; ends with 0.

        It raises a refusal, 503, if there is no room.
        """
        held = 0

        def hold(size: int) -> None:
            nonlocal held
            if size > max(held, UNCOUNTED):
                self._take(asker, size - held)
                held = size

        try:
            yield hold
        finally:
            self.held[asker] -= held
            self.held += Counter()  # drops those who hold nothing

    def _take(self, asker: str, more: int) -> None:
        if self.held[asker] + more > self.of_one or self.held.total() + more > self.most:
            reason = "too much is being sent at once; try again later"
            raise unavailable(reason, AGAIN_S, scarce="bytes in flight")
        self.held[asker] += more


@asynccontextmanager
async def body_of(request: Request, room: InFlight, most: int = MOST) -> AsyncIterator[bytes]:
    """Read a body of JSON, and count it as held until it is done with.

    Raises
    ------
    Refused
        415 if it is no JSON, 413 if it is larger than ``most`` bytes, 408 if it has not come whole
        in time, 503 if there is no room for it.
    """
    _check_type(request)
    declared = _declared(request)
    _check_size(declared, most)
    with room.holding(ASKER.get()) as hold:
        hold(declared)
        try:
            async with asyncio.timeout(WITHIN_S):
                content = await _whole(request, most, hold)
        except TimeoutError as error:
            reason = f"the body has not come within {WITHIN_S:g} seconds"
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, reason, "body", scarce="time") from error
        except ClientDisconnect as error:  # nobody reads the answer
            raise Refused(HTTPStatus.BAD_REQUEST, "the client left", "body") from error
        yield content


async def _whole(request: Request, most: int, hold: Callable[[int], None]) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        size = len(content) + len(chunk)
        _check_size(size, most)
        hold(size)
        content += chunk
    return bytes(content)


def _check_type(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in JSON_TYPES:
        reason = f"send application/json, not {media_type[:80]}"
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason, "Content-Type")


def _declared(request: Request) -> int:
    """Read how long the body will be; 0: that is not said, and it is counted as it comes."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _check_size(size: int, most: int) -> None:
    if size > most:
        largest = f"{most // MB} MiB" if most >= MB else f"{most:,} bytes"
        reason = f"larger than {largest}; send it in parts"
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason, "body")
