"""Events as Jetstream sends them, in JSON: of v1 (``/subscribe``) and of v2 (``subscribeEvents``).

Both name one operation an event. They may be mixed in a file: each event tells its own form.
"""

from __future__ import annotations

from typing import Any

from features.sources.bluesky.operations import (
    CREATE,
    DELETE,
    IDENTITY,
    UPDATE,
    Event,
    Object,
    Operation,
    Unread,
    micros,
    read_account,
    read_identity,
    reading,
    text,
)

_ACTIONS = frozenset({CREATE, UPDATE, DELETE})
_KINDS = frozenset({"commit", "account", "identity", "sync", "info"})


def read_event(row: int, event: Object) -> Event:
    """Read one event.

    Parameters
    ----------
    row
        Its number in the file or stream.
    event
        As JSON says it.
    """
    return reading(row, _read, event, address_of)


def address_of(event: Object) -> str | None:
    """Name what an event is of, as far as it says."""
    body: Any = event.get("payload", event)
    did = body.get("did") if isinstance(body, dict) else None
    if not isinstance(did, str):
        return None
    commit: Any = body.get("commit", body)
    parts = [commit.get(n) for n in ("collection", "rkey")] if isinstance(commit, dict) else [None]
    return "/".join(["at:/", did, *(str(part) for part in parts if part is not None)])


def is_event(event: Object) -> bool:
    """Tell whether an object looks as Jetstream's do."""
    if event.get("$type") in ("message", "error"):
        return "payload" in event or "error" in event
    return event.get("kind") in _KINDS and "did" in event and "time_us" in event


def _read(row: int, event: Object) -> Event:
    kind = event.get("kind")
    if kind == "commit":
        if type(seen := event["time_us"]) is not int:
            raise ValueError("time_us: expected a whole number")
        return _operation(row, event["did"], event["commit"], seen)
    if kind == "account":
        return read_account(row, event["account"])
    if kind == IDENTITY:
        return read_identity(row, event["identity"])
    if kind is None:
        return _second(row, event)
    return Unread(row, text(kind, "kind"))


def _second(row: int, event: Object) -> Event:
    """Read an event of v2."""
    if event.get("$type") == "error":
        return Unread(row, f"error {text(event['error'], 'error')}")
    payload = event["payload"]
    kind = text(payload["$type"], "$type").partition("#")[2]
    if kind == "commit":
        return _operation(row, payload["did"], payload, micros(payload["time"]))
    if kind == "account":
        return read_account(row, payload.get("account", payload))
    if kind == IDENTITY:
        return read_identity(row, payload.get("identity", payload))
    return Unread(row, kind)


def _operation(row: int, did: str, of: Object, seen: int) -> Operation:
    action = of["operation"]
    if action not in _ACTIONS:
        raise ValueError(f"operation: {str(action)[:40]!r}")
    collection, key, rev = of["collection"], of["rkey"], of["rev"]
    if not (type(did) is type(collection) is type(key) is type(rev) is str):
        raise ValueError("did, collection, rkey, rev: expected texts")
    return Operation(row, did, collection, key, action, rev, of.get("record"), seen)
