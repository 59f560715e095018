"""The forms of a live stream: where it is asked for, from which cursor, what its messages say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from features.errors import KloutError
from features.following.batch import Batch
from features.sources.bluesky.firehose import Frame, decode, events_of
from features.sources.bluesky.folding import AGAIN
from features.sources.bluesky.jetstream import address_of
from features.sources.bluesky.operations import (
    Account,
    Broken,
    Event,
    Object,
    Operation,
    Unread,
    micros,
)
from features.sources.bluesky.records import COLLECTIONS, PROFILES
from features.sources.bluesky.simple import take_events

OUTDATED, FUTURE, TOO_SLOW = "OutdatedCursor", "FutureCursor", "ConsumerTooSlow"
"""What a server says of a cursor, and of whoever reads too slowly."""

REWIND = 5_000_000
"""Microseconds that Jetstream v1 is asked for again: its times are not quite in order."""

CLAMPED = 12 * 3600 * 1_000_000
"""Of a cursor that is older than what it keeps, v1 says nothing and begins later: a silence of so
many microseconds is taken for that."""

Message = str | bytes


class Stream(Protocol):
    """One form."""

    name: str
    default: str
    path: str

    def asked(self, cursor: int | None) -> list[tuple[str, str]]:
        """Give the parameters by which what comes after a cursor is asked for."""

    def take(self, batch: Batch, messages: Sequence[Message]) -> list[str]:
        """Fold messages; give what the server said of the stream itself."""


class Firehose:
    """``com.atproto.sync.subscribeRepos`` of a PDS or a relay: cursors are exclusive."""

    name = "firehose"
    default = "wss://bsky.network"
    path = "/xrpc/com.atproto.sync.subscribeRepos"

    def asked(self, cursor: int | None) -> list[tuple[str, str]]:
        """Give the cursor; none: live."""
        return [] if cursor is None else [("cursor", str(cursor))]

    def take(self, batch: Batch, messages: Sequence[Message]) -> list[str]:
        """Fold frames; a commit whose revision is not later came again."""
        notes, frames = [], list(_frames(batch, messages))
        revs = batch.rev_of([str(f.body.get("repo")) for _, f in frames if f.kind == "#commit"])
        events: list[Event] = []
        for row, frame in frames:
            if frame.kind.startswith("error ") or frame.kind == "#info":
                notes.append(str(frame.body.get("error") or frame.body.get("name")))
            elif frame.kind == "#sync":
                batch.memory.want(str(frame.body.get("did")))
            if frame.kind != "#commit" or _is_next(batch, frame, revs):
                events += events_of(row, frame)
            else:
                events.append(Unread(row, AGAIN))
        batch.look_up([each for event in events if (each := _address(event))])
        for event in events:
            batch.seen = max(batch.seen, getattr(event, "seen", 0))
            batch.fold.take(event)
        batch.gather()
        return notes


def _frames(batch: Batch, messages: Sequence[Message]) -> Any:
    """Decode frames, and note how far they go; one that is none is refused."""
    for message in messages:
        batch.events += 1
        try:
            frame = decode(message if isinstance(message, bytes) else message.encode())
        except ValueError as error:
            batch.fold.take(Broken(batch.cursor or 0, None, f"no frame of the firehose: {error}"))
            continue
        if frame.seq is not None:
            batch.cursor = max(frame.seq, batch.cursor or 0)
        yield batch.cursor or 0, frame


def _is_next(batch: Batch, frame: Frame, revs: dict[str, str]) -> bool:
    """Tell whether a commit is later than the last of its repository, and note a gap before it."""
    did, rev, since = (frame.body.get(name) for name in ("repo", "rev", "since"))
    if not isinstance(did, str) or not isinstance(rev, str):
        return True
    last = revs.get(did)
    if last is not None and rev <= last:
        return False
    if frame.body.get("tooBig") or (last is not None and since is not None and since != last):
        batch.memory.want(did)
    revs[did] = batch.revs[did] = rev
    return True


def _address(event: Event) -> str | None:
    if isinstance(event, Operation):
        return event.address
    return f"at://{event.did}" if isinstance(event, Account) else None


class Jetstream:
    """``/subscribe`` of Jetstream (v1), or ``subscribeEvents`` (v2) where the URL's path says so.

    Both send what is at the cursor again.
    """

    name = "jetstream"
    default = "wss://jetstream2.us-east.bsky.network"
    path = "/subscribe"

    def asked(self, cursor: int | None) -> list[tuple[str, str]]:
        """Give the collections that are read, and the cursor; none: live."""
        wanted = [("wantedCollections", name) for name in (*COLLECTIONS, PROFILES)]
        if cursor is None:
            return wanted
        return [*wanted, ("cursor", str(max(0, cursor - REWIND)))]

    def take(self, batch: Batch, messages: Sequence[Message]) -> list[str]:
        """Fold events; a silence in which much may have been left out is a gap."""
        notes: list[str] = []
        numbered = []
        for message in messages:
            batch.events += 1
            try:
                event: Object = orjson.loads(message)
                cursor, seen, note = self.place(event)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                batch.fold.take(Broken(batch.cursor or 0, None, f"no event of Jetstream: {error}"))
                continue
            if note is not None:
                notes.append(note)
            if cursor is not None:
                if self.is_gap(batch.cursor, cursor):
                    notes.append(OUTDATED)
                batch.cursor = max(cursor, batch.cursor or 0)
            batch.seen = max(batch.seen, seen)
            numbered.append((batch.cursor or 0, event))
        batch.look_up([each for _, event in numbered if (each := address_of(event))])
        take_events(batch.fold, numbered)
        batch.gather()
        return notes

    def is_gap(self, before: int | None, cursor: int) -> bool:
        """Tell whether so much time is between two events that some were left out."""
        return before is not None and cursor - before > CLAMPED

    def place(self, event: Object) -> tuple[int | None, int, str | None]:
        """Give an event's cursor and time, and what it says of the stream."""
        return event["time_us"], event["time_us"], None


class JetstreamEvents(Jetstream):
    """Jetstream v2: cursors are numbers of the server's own."""

    name = "jetstream-v2"
    path = "/xrpc/network.bsky.jetstream.subscribeEvents"

    def asked(self, cursor: int | None) -> list[tuple[str, str]]:
        """Give what is read, and the cursor; none: live."""
        wanted = [("kinds", kind) for kind in ("commit", "account", "identity", "sync")]
        wanted += [("collections", name) for name in (*COLLECTIONS, PROFILES)]
        return wanted if cursor is None else [*wanted, ("cursor", str(cursor))]

    def is_gap(self, before: int | None, cursor: int) -> bool:  # noqa: ARG002
        """Know none: this server says so itself."""
        return False

    def place(self, event: Object) -> tuple[int | None, int, str | None]:
        """Give an event's cursor and time, and what it says of the stream."""
        if event.get("$type") == "error":
            return None, 0, str(event["error"])
        payload = event["payload"]
        if payload["$type"].endswith("#info"):
            return None, 0, str(payload.get("name"))
        return payload["seq"], micros(payload["time"]), None


STREAMS: dict[str, Stream] = {
    stream.name: stream for stream in (Jetstream(), JetstreamEvents(), Firehose())
}


def where(stream: Stream, url: str | None) -> str:
    """Write the URL of a stream, without a cursor.

    Raises
    ------
    KloutError
        If it is none of a websocket.
    """
    parts = urlsplit(url or stream.default)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise KloutError(f"{url}: expected the URL of a websocket, as {stream.default}")
    path = parts.path if parts.path.strip("/") else stream.path
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def asked(stream: Stream, url: str, cursor: int | None) -> str:
    """Write the URL that asks for what comes after a cursor."""
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query), *stream.asked(cursor)])
    return urlunsplit(parts._replace(query=query))
