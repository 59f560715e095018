"""Who may ask: keys, scopes, and how many requests a minute.

A key has scopes: ``read`` for published scores and explanations, ``score`` for scores of what a
request holds, ``admin`` for what changes something (`serving.http.api.endpoint.Scope`; made by
`klout keys create`). Reading needs a key unless `Needed` says otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from http import HTTPStatus

from starlette.requests import Request

from serving.http.api.asker import ASKER
from serving.http.api.bodies import InFlight
from serving.http.api.deadline import READ_S, SILENT, within
from serving.http.api.local import is_direct
from serving.http.api.refusals import Refused
from serving.store import Store
from serving.store.published_rows import Key

REMEMBERED_S = 5.0
"""A key that was good is not looked up again for so long: a revoked one opens until then."""
_MOST_REMEMBERED = 10_000
_WAYS = "as `Authorization: Bearer KEY` or `?key=KEY`"
_NO_KEY = f"the credentials given hold no key; one is given {_WAYS}"
_DECIDES = "admin"


class Needed(StrEnum):
    """What needs a key. What changes or removes something always does."""

    ALL = "on"
    ELSEWHERE = "local"
    """All but what is read or scored from this machine itself: see `serving.http.api.local`."""
    CHANGES = "off"


@dataclass
class Bucket:
    """A minute's requests at most, filled again evenly.

    Attributes
    ----------
    per_minute
        How many it holds, and gets in a minute.
    left, at
        What was in it at a time (seconds).
    """

    per_minute: int
    left: float
    at: float

    def take(self, now: float) -> float:
        """Take one; returns 0, or after how many seconds there will be one."""
        rate = self.per_minute / 60
        self.left = min(self.per_minute, self.left + (now - self.at) * rate)
        self.at = now
        if self.left < 1:
            return (1 - self.left) / rate
        self.left -= 1
        return 0.0


@dataclass
class KeyGate:
    """Lets requests in. Of each process and event loop its own.

    Attributes
    ----------
    store
        Where keys are; None: nobody has one.
    needed
        What needs a key. One that is given is looked at always: who gives a wrong one is told.
    clock
        Seconds that only go forward.
    room
        For the bodies of those who are in.
    """

    store: Store | None
    needed: Needed = Needed.ALL
    clock: Callable[[], float] = time.monotonic
    room: InFlight = field(default_factory=InFlight)
    _known: dict[bytes, tuple[Key, float]] = field(default_factory=dict)
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    async def admit(self, request: Request, scope: str) -> str | None:
        """Let a request in; returns the key's id, and notes who asks.

        Raises
        ------
        Refused
            401 without a key that is good, 403 without the scope, 429 if there were too many.
        """
        is_open = self._is_open(request, scope)
        if is_open and not _says_key(request):
            ASKER.set(request.client.host if request.client else "")
            return None
        secret = secret_of(request)
        if secret is None:
            raise _unknown(_NO_KEY if is_open else self._why(scope))
        key = await self._verified(secret)
        if key is None:
            raise _unknown("this key is not known, or was revoked")
        if scope not in key.scopes and not is_open:
            has = ", ".join(sorted(key.scopes))
            raise Refused(HTTPStatus.FORBIDDEN, f"this key is for {has}; this needs {scope}", "key")
        self._count(key)
        ASKER.set(key.id)
        return key.id

    def _is_open(self, request: Request, scope: str) -> bool:
        if scope == _DECIDES or self.needed is Needed.ALL:
            return False
        return self.needed is Needed.CHANGES or is_direct(request)

    def _why(self, scope: str) -> str:
        """Say what would let a request in that came without a key."""
        if scope == _DECIDES:
            made = "`klout keys create NAME --scope admin` makes one"
            return f"what changes something needs a key for admin, {_WAYS}; {made}"
        if self.needed is Needed.ELSEWHERE:
            return (
                f"a key is needed, {_WAYS}: only who asks from this machine itself, by the name "
                "localhost and through no proxy, needs none"
            )
        return f"a key is needed, {_WAYS}"

    async def _verified(self, secret: str) -> Key | None:
        digest = hashlib.sha256(secret.encode()).digest()
        known = self._known.get(digest)
        if known is not None and self.clock() < known[1]:
            return known[0]
        if self.store is None:
            return None
        found = await within(READ_S, SILENT, partial(self.store.verify_key, secret))
        if found is None:
            self._known.pop(digest, None)
            return None
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[digest] = found, self.clock() + REMEMBERED_S
        return found

    def _count(self, key: Key) -> None:
        if key.per_minute is None:
            return
        now = self.clock()
        bucket = self._buckets.setdefault(key.id, Bucket(key.per_minute, key.per_minute, now))
        if wait := bucket.take(now):
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"more than {key.per_minute} requests a minute",
                "key",
                {"Retry-After": str(math.ceil(wait))},
            )


def secret_of(request: Request) -> str | None:
    """Find the key in a request; None: there is none.

    As the password of HTTP Basic, which is what a browser asks people for, it is read from what
    changes nothing: browsers send it by themselves, also with what another site has them ask.
    """
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret.strip():
        return secret.strip()
    found = request.query_params.get("key")
    if not found and kind.lower() == "basic" and request.method in ("GET", "HEAD"):
        found = _password(secret.strip())
    return found or None


def _says_key(request: Request) -> bool:
    """Whether somebody gives credentials, be they good or not."""
    return "authorization" in request.headers or "key" in request.query_params


def _password(credentials: str) -> str | None:
    """Read the password of Basic credentials (RFC 7617); None: they are none."""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return None


def _unknown(detail: str) -> Refused:
    return Refused(HTTPStatus.UNAUTHORIZED, detail, "key", {"WWW-Authenticate": "Bearer"})
