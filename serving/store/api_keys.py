"""Keys to the API: made, checked, listed and revoked.

Only the SHA-256 of a secret is kept. Slow hashes with a salt (scrypt, Argon2) are for passwords,
which people choose and others guess; a secret here is 256 random bits, so nobody finds it from its
digest however fast the hash, no two are alike, and each request can be checked in a microsecond.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from features.errors import KloutError
from serving.store.published_rows import Key
from serving.store.schema import api_keys

SCOPES = ("read", "score", "admin")
"""Reading what is published; scoring what is in the request; connecting, forgetting, opting out."""

_PREFIX = "klout_"
"""By it scanners of public code know a key that has leaked."""


def create(
    connection: Connection, name: str, scopes: Collection[str], per_minute: int | None
) -> tuple[Key, str]:
    """Make a key.

    Returns
    -------
    tuple of Key and str
        And its secret, which is told this once.

    Raises
    ------
    KloutError
        If there is no such scope, or none, or the limit is below 1.
    """
    if not scopes or not set(scopes) <= set(SCOPES):
        raise KloutError(f"scopes are {sorted(scopes)}; expected some of {list(SCOPES)}")
    if per_minute is not None and per_minute < 1:
        raise KloutError(f"{per_minute} requests a minute; expected at least 1")
    secret = _PREFIX + secrets.token_urlsafe(32)
    values = {
        "id": secrets.token_hex(4),
        "digest": _digest(secret),
        "name": name,
        "scopes": " ".join(sorted(set(scopes))),
        "per_minute": per_minute,
        "created_at": _now(),
    }
    connection.execute(insert(api_keys).values(values))
    made = connection.execute(select(api_keys).where(api_keys.c.id == values["id"])).one()
    return _key(made), secret


def verify(connection: Connection, secret: str) -> Key | None:
    """Find the key of a secret; None: there is none, or it was revoked."""
    wanted = api_keys.c.digest == _digest(secret)
    row = connection.execute(select(api_keys).where(wanted)).one_or_none()
    return None if row is None or row.revoked_at is not None else _key(row)


def revoke(connection: Connection, key_id: str) -> None:
    """Have a key open nothing from now on; one that was revoked before stays so.

    Raises
    ------
    KloutError
        If there is no such key.
    """
    mine = api_keys.c.id == key_id
    if connection.scalar(select(api_keys.c.id).where(mine)) is None:
        raise KloutError(f"no key {key_id!r}; `klout keys list` names them")
    ended = update(api_keys).where(mine, api_keys.c.revoked_at.is_(None))
    connection.execute(ended.values(revoked_at=_now()))


def every_key(connection: Connection) -> list[Key]:
    """List all keys, the oldest first; revoked ones too."""
    rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id))
    return [_key(row) for row in rows]


def rows(connection: Connection) -> list[dict[str, Any]]:
    """Read the keys as they are kept, for `take`."""
    return [dict(row) for row in connection.execute(select(api_keys)).mappings()]


def take(connection: Connection, others: list[dict[str, Any]]) -> int:
    """Add keys of another store that are not there, and revoke those that were revoked there."""
    known = set(connection.scalars(select(api_keys.c.id)))
    new = [row for row in others if row["id"] not in known]
    if new:
        connection.execute(insert(api_keys), new)
    for row in others:
        if row["revoked_at"] is not None and row["id"] in known:
            revoke(connection, row["id"])
    return len(new)


def _key(row: Row[Any]) -> Key:
    ended = row.revoked_at
    return Key(
        id=row.id,
        name=row.name,
        scopes=frozenset(row.scopes.split()),
        per_minute=row.per_minute,
        created_at=row.created_at.replace(tzinfo=UTC),
        revoked_at=None if ended is None else ended.replace(tzinfo=UTC),
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
