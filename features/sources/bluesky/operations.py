"""What happens on an AT network: operations on records, and accounts that come and go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

CREATE, UPDATE, DELETE, STANDS = "create", "update", "delete", "stands"
"""What is done to a record. The last is said of one that a repository holds when it is read."""

Object = dict[str, Any]

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_VALUE: Mapping[str, int] = {digit: place for place, digit in enumerate(_DIGITS)}
_TID_LENGTH, _CLOCK_BITS = 13, 10

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Operation(NamedTuple):
    """One operation on one record.

    Attributes
    ----------
    row
        Its number in the file or stream.
    did
        The account that the record is of.
    collection, key
        The rest of the record's address.
    action
        `CREATE`, `UPDATE`, `DELETE` or `STANDS`.
    rev
        The repository's revision, which grows as texts do.
    record
        What the record says now; None where it is deleted, or was overtaken in its own commit.
    seen
        When whoever passed it on saw it, microseconds since 1970.
    """

    row: int
    did: str
    collection: str
    key: str
    action: str
    rev: str
    record: Any
    seen: int

    @property
    def address(self) -> str:
        """The record's address."""
        return f"at://{self.did}/{self.collection}/{self.key}"


class Account(NamedTuple):
    """An account that is there, or is not: gone for good or until further notice."""

    row: int
    did: str
    is_active: bool
    seen: int


class Handle(NamedTuple):
    """What an account is called from now on: a domain that the network found to be its own.

    Attributes
    ----------
    row
        The event's number in its stream, from 1.
    did, handle
        The account, and the domain.
    seen
        When, microseconds since 1970.
    """

    row: int
    did: str
    handle: str
    seen: int


class Unread(NamedTuple):
    """An event of which nothing is made, and its kind."""

    row: int
    kind: str


class Broken(NamedTuple):
    """An event that is not as the protocol says: its place, its address as far as known, why."""

    row: int
    address: str | None
    reason: str


IDENTITY = "identity"
INVALID = "handle.invalid"
"""What servers say where a domain does not name the account back."""

Event = Operation | Account | Handle | Unread | Broken


def reading(
    row: int,
    read: Callable[[int, Object], Event],
    event: Object,
    address_of: Callable[[Object], str | None],
) -> Event:
    """Read an event; one that lacks something, or has it in another type, is a broken one."""
    try:
        return read(row, event)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        lacks = f"lacks {error.args[0]!r}" if isinstance(error, KeyError) else str(error)
        return Broken(row, address_of(event), f"no event of the AT protocol: {lacks}"[:300])


def text(value: object, name: str) -> str:
    """Take what must be a text.

    Raises
    ------
    TypeError
        If it is none, or empty.
    """
    if not isinstance(value, str) or not value:
        raise TypeError(f"{name}: expected a text")
    return value


def read_account(row: int, of: Object) -> Account:
    """Read what is said of an account, as all forms say it."""
    if not isinstance(is_active := of["active"], bool):
        raise TypeError("active: expected true or false")
    return Account(row, text(of["did"], "did"), is_active, micros(of["time"]))


def read_identity(row: int, of: Object) -> Event:
    """Read what an account is called, as all forms say it; of many nothing is said."""
    if (handle := of.get("handle")) in (None, INVALID):
        return Unread(row, IDENTITY)
    return Handle(row, text(of["did"], "did"), text(handle, "handle"), micros(of["time"]))


def micros(value: str) -> int:
    """Read a time of a server, as ``2026-07-04T14:38:07.877Z``.

    Raises
    ------
    ValueError
        If it is none.

    >>> micros("1970-01-01T00:00:01.5Z")
    1500000
    """
    since = datetime.fromisoformat(text(value, "time")) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def time_of_tid(tid: str) -> int | None:
    """Read the time within a revision or a key, microseconds since 1970; None if it is no TID.

    >>> time_of_tid("3mptbypluud2a"), time_of_tid("self")
    (1783175887514441, None)
    """
    if len(tid) != _TID_LENGTH:
        return None
    number = 0
    for digit in tid:
        if (value := _VALUE.get(digit)) is None:
            return None
        number = number << 5 | value
    return number >> _CLOCK_BITS


def tid_of(micros: int) -> str:
    """Write a time as a revision: the first of its microsecond.

    >>> tid_of(1783175887514441)
    '3mptbypluud22'
    """
    number = micros << _CLOCK_BITS
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(_TID_LENGTH)))
