"""Who may ask: keys, scopes, and how many requests a minute."""

from __future__ import annotations

import base64
import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from anyio import to_thread
from starlette.requests import Request

from serving.api.refusals import Refused
from serving.store import Store
from serving.store.records import Key

REMEMBERED_S = 5.0
"""A key that was good is not looked up again for so long: a revoked one opens until then."""
_MOST_REMEMBERED = 10_000
_WAYS = "as `Authorization: Bearer KEY` or `?key=KEY`"


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
class Gate:
    """Lets requests in. Of each process and event loop its own.

    Attributes
    ----------
    store
        Where keys are; None: nobody has one.
    needed
        False: everybody is let in, and keys are not looked at.
    clock
        Seconds that only go forward.
    """

    store: Store | None
    needed: bool
    clock: Callable[[], float] = time.monotonic
    _known: dict[bytes, tuple[Key, float]] = field(default_factory=dict)
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    async def admit(self, request: Request, scope: str) -> str | None:
        """Let a request in; returns the key's id.

        Raises
        ------
        Refused
            401 without a key that is good, 403 without the scope, 429 if there were too many.
        """
        if not self.needed:
            _same_site(request, scope)
            return None
        secret = secret_of(request)
        if secret is None:
            raise _unknown(f"a key is needed, {_WAYS}")
        key = await self._verified(secret)
        if key is None:
            raise _unknown("this key is not known, or was revoked")
        if scope not in key.scopes:
            has = ", ".join(sorted(key.scopes))
            raise Refused(HTTPStatus.FORBIDDEN, f"this key is for {has}; this needs {scope}", "key")
        self._count(key)
        return key.id

    async def _verified(self, secret: str) -> Key | None:
        digest = hashlib.sha256(secret.encode()).digest()
        known = self._known.get(digest)
        if known is not None and self.clock() < known[1]:
            return known[0]
        if self.store is None:
            return None
        found = await to_thread.run_sync(self.store.verify_key, secret)
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


def _password(credentials: str) -> str | None:
    """Read the password of Basic credentials (RFC 7617); None: they are none."""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return None


def _unknown(detail: str) -> Refused:
    return Refused(HTTPStatus.UNAUTHORIZED, detail, "key", {"WWW-Authenticate": "Bearer"})


def _same_site(request: Request, scope: str) -> None:
    """Refuse other sites' pages: where no key is needed, a browser would do what they say."""
    origin = request.headers.get("origin")
    if scope == "admin" and origin is not None:
        raise Refused(HTTPStatus.FORBIDDEN, "not from a page in a browser without a key", "Origin")
