"""A client that asks a public API for JSON, politely: as robots.txt and rate limits have it.

An answer of 429 or 503 is asked for again when the server says (``Retry-After``,
``RateLimit-Reset``, ``X-RateLimit-Reset``: in seconds from now, since 1970, or as a date), any
other of 5xx and what is lost on the way after 1, 2, 4 … seconds. A server that says that nothing
remains is left alone until its window begins again. What takes longer than `LONGEST_WAIT` is an
error, to be tried later.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.robotparser import RobotFileParser

import httpx
import orjson

from features.errors import KloutError, printable
from features.lake.times import moment

AGENT = "klout-scan"
TIMEOUT = 30.0
"""Seconds to connect, and between two pieces of an answer."""
TRIES = 5
"""How often one thing is asked for that the server fails to answer."""
LONGEST_PAUSE = 30.0
"""Seconds between two tries, of those that the server does not say."""
LONGEST_WAIT = 900.0
"""Seconds. Rate limits' windows are five minutes; a server that wants longer wants us gone."""
MOST_BYTES = 32 * 2**20
"""Of an answer; a hundred posts are less than one megabyte."""

_SAID_IN = ("retry-after", "ratelimit-reset", "x-ratelimit-reset")
_REMAINING = ("ratelimit-remaining", "x-ratelimit-remaining")
_EPOCH = 1_000_000_000
"""Numbers beyond are seconds since 1970, below seconds from now."""


class OutOfRequestsError(KloutError):
    """As many requests were made as are allowed."""


class Answer(NamedTuple):
    """What a server said.

    Attributes
    ----------
    status
        The HTTP status, below 500 and not 429.
    body
        What the JSON holds.
    next
        Parameters of the page that follows, as the header ``Link`` has them; None: the last.
    """

    status: int
    body: Any
    next: dict[str, str] | None

    @property
    def is_ok(self) -> bool:
        """Whether it is what was asked for."""
        return self.status == httpx.codes.OK


@dataclass
class Client:
    """Somebody who asks one server.

    Attributes
    ----------
    base
        The server's address, as ``https://public.api.bsky.app``.
    at_most
        How many requests may be made; None: any number.
    sleep, clock
        What waits, and what tells the time in seconds since 1970.
    requests
        How many were made.
    """

    base: str
    at_most: int | None = None
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    clock: Callable[[], float] = field(default_factory=lambda: time.time)
    requests: int = 0
    _not_before: float = 0.0
    _robots: RobotFileParser | None = None
    _http: httpx.Client = field(
        default_factory=lambda: httpx.Client(
            timeout=TIMEOUT, follow_redirects=True, headers={"User-Agent": AGENT}
        )
    )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """Ask for JSON.

        Raises
        ------
        OutOfRequestsError
            If `at_most` is reached.
        KloutError
            If the server can't be reached, asks to wait for long, forbids the path to programs, or
            answers with anything but JSON.
        """
        if not self._rules().can_fetch(AGENT, path):
            raise KloutError(f"{self.base}: its robots.txt forbids programs to read {path}")
        response, data = self._ask(path, params)
        try:
            body = orjson.loads(data)
        except ValueError:
            said = printable(data[:60].decode("utf-8", "replace"))
            raise KloutError(
                f"{self.base}{path}: expected JSON, got {response.status_code} {said!r}"
            ) from None
        link = response.links.get("next", {}).get("url")
        return Answer(response.status_code, body, dict(httpx.URL(link).params) if link else None)

    def _rules(self) -> RobotFileParser:
        """Read once what the server wants programs to leave alone; without a file, nothing."""
        if self._robots is None:
            response, data = self._ask("/robots.txt", None)
            rules = RobotFileParser()
            has_rules = response.status_code == httpx.codes.OK
            rules.parse(data.decode("utf-8", "replace").splitlines() if has_rules else [])
            self._robots = rules
        return self._robots

    def _ask(
        self, path: str, params: Mapping[str, str | int] | None
    ) -> tuple[httpx.Response, bytes]:
        """Ask until there is an answer that asking again would not change."""
        for tried in range(1, TRIES + 1):
            self._wait_until(self._not_before)
            try:
                response, data = self._once(path, params)
            except httpx.HTTPError as error:
                why = str(error) or type(error).__name__
                pause: float | None = None
            else:
                pause, why = self._pause_of(response), f"it says {response.status_code}"
                if response.status_code < 500 and response.status_code != 429:
                    return response, data
            if tried < TRIES:
                # Also where the server says "now": its clock, or a second cut short, may be wrong.
                own = min(LONGEST_PAUSE, 2.0 ** (tried - 1)) * random.uniform(0.5, 1.0)
                self._wait_until(self.clock() + max(own, pause or 0.0))
        raise KloutError(f"{self.base}: no answer after {TRIES} tries: {printable(why)}")

    def _once(
        self, path: str, params: Mapping[str, str | int] | None
    ) -> tuple[httpx.Response, bytes]:
        if self.requests == self.at_most:
            raise OutOfRequestsError(f"{self.base}: stopped after {self.requests:,} requests")
        self.requests += 1
        data = bytearray()
        with self._http.stream("GET", self.base + path, params=params) as response:
            for piece in response.iter_bytes():
                data += piece
                if len(data) > MOST_BYTES:
                    raise KloutError(f"{self.base}{path}: an answer of over {MOST_BYTES:,} bytes")
        if any(response.headers.get(name) == "0" for name in _REMAINING):
            self._not_before = self.clock() + (self._pause_of(response) or 0.0)
        return response, bytes(data)

    def _pause_of(self, response: httpx.Response) -> float | None:
        """Tell for how many seconds the server wants to be left alone; None: it doesn't say."""
        said = (response.headers.get(name) for name in _SAID_IN)
        return next((self._seconds(text) for text in said if text), None)

    def _seconds(self, text: str) -> float | None:
        """Read a pause: seconds, seconds since 1970, ISO 8601, or as HTTP writes dates."""
        try:
            number = float(text)
        except ValueError:
            date = moment(text) or _http_date(text)
            return None if date is None else max(0.0, date.timestamp() - self.clock())
        return max(0.0, number - self.clock() if number > _EPOCH else number)

    def _wait_until(self, when: float) -> None:
        seconds = when - self.clock()
        if seconds > LONGEST_WAIT:
            raise KloutError(
                f"{self.base}: wants no requests for {seconds / 60:,.0f} minutes; try again then"
            )
        if seconds > 0:
            self.sleep(seconds)


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
