"""How long an answer may take: the framework ends a request after 60 s, in a form of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, fail_after, to_thread

from serving.http.api.refusals import NO_STORE, unavailable

T = TypeVar("T")

READ_S = 15.0
"""Of what is read from the store, the waiting for a thread included."""
LONG_S = 50.0
"""Of what is computed from the lake, or written to it."""
SILENT = f"{NO_STORE} in time"
LONG = "this takes too long at the moment; it may go on, ask again later"


async def within(
    seconds: float, why: str, call: Callable[[], T], limiter: CapacityLimiter | None = None
) -> T:
    """Call in a thread; one that takes too long is left to itself, and gives its place up.

    Raises
    ------
    Refused
        503 after so many seconds.
    """
    try:
        with fail_after(seconds):
            return await to_thread.run_sync(call, limiter=limiter, abandon_on_cancel=True)
    except TimeoutError:
        raise unavailable(why) from None
