"""A stand-in for Jetstream, which is Go and is not built here: both of its forms, of real frames.

Version 1 (``/subscribe``) and 2 (``/xrpc/network.bsky.jetstream.subscribeEvents``) in front of a
real server's firehose, or as the lines of a recording of them.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import libipld
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from tests.support.bluesky.recording import Listener
from tests.support.bluesky.server import Pds

FIRST, SECOND = "/subscribe", "/xrpc/network.bsky.jetstream.subscribeEvents"
_NAME = "network.bsky.jetstream.subscribeEvents"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Event(NamedTuple):
    """One event in both forms; one that version 1 does not have is None there.

    Attributes
    ----------
    time_us, seq
        Its cursors, of version 1 and 2; both begin with it again.
    kind, collection
        By which a client may want it; the collection of what is no commit is empty.
    """

    time_us: int
    seq: int
    kind: str
    collection: str
    first: str | None
    second: str


def events_of(frames: Iterable[bytes]) -> Iterator[Event]:
    """Say of frames what Jetstream does: an event for each operation of a commit."""
    seq, last = 0, 0
    for frame in frames:
        header, body = libipld.decode_dag_cbor_multi(frame)
        if header["op"] != 1 or header["t"] == "#info":
            continue
        for first, second in _forms(header["t"], body):
            seq += 1
            # When Jetstream saw it: later than the relay, never twice the same.
            last = max(last + 1, _micros(body["time"]) + 1000)
            kind, collection = header["t"].removeprefix("#"), second.get("collection", "")
            yield Event(last, seq, kind, collection, _first(first, last), _second(second, seq))


def _forms(
    kind: str, body: dict[str, Any]
) -> Iterator[tuple[dict[str, Any] | None, dict[str, Any]]]:
    """Give an event as version 1 and 2 have it, without their cursors."""
    if kind == "#commit":
        for commit in _commits(body):
            did, later = {"did": body["repo"]}, {"time": _six_digits(body["time"])}
            yield (
                {**did, "kind": "commit", "commit": commit},
                {"kind": kind, **did, **later, **commit},
            )
        return
    did = {"did": body["did"]}
    upstream = {name: _json(value) for name, value in body.items()}
    name = kind.removeprefix("#")
    wrapped = {"kind": kind, **did, "time": _six_digits(body["time"]), name: upstream}
    yield None if kind == "#sync" else {**did, "kind": name, name: upstream}, wrapped


def _commits(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    blocks = libipld.decode_car(body["blocks"])[1] if body["ops"] else {}
    for op in body["ops"]:
        collection, _, rkey = op["path"].partition("/")
        commit = {"rev": body["rev"], "operation": op["action"], "collection": collection}
        commit["rkey"] = rkey
        if op["action"] == "delete":
            yield commit
        elif op["cid"] in blocks:  # one that is overtaken in its commit has no record to show
            record = _json(blocks[op["cid"]])
            yield {**commit, "record": record, "cid": libipld.encode_cid(op["cid"])}


def _first(event: dict[str, Any] | None, time_us: int) -> str | None:
    return None if event is None else _line({"did": event["did"], "time_us": time_us, **event})


def _second(event: dict[str, Any], seq: int) -> str:
    name = f"{_NAME}{event['kind']}"
    rest = {key: value for key, value in event.items() if key != "kind"}
    return _line({"$type": "message", "payload": {"$type": name, "seq": seq, **rest}})


def _line(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _json(value: Any) -> Any:
    """Give data as JSON has it. Records of the lives have no links, so bytes are bytes."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    if isinstance(value, dict):
        return {name: _json(each) for name, each in value.items()}
    return [_json(each) for each in value] if isinstance(value, list) else value


def _micros(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def _six_digits(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(UTC)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass
class Jetstream:
    """A stand-in that runs in front of a server.

    Attributes
    ----------
    url
        Its address, ``ws://…``.
    heard
        What the server sent so far.
    asked
        Paths with their parameters, of all connections.
    """

    heard: Listener
    url: str = ""
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def events(self) -> list[Event]:
        return list(events_of(list(self.heard.frames)))

    def serve(self, socket: ServerConnection) -> None:
        """Send what there is from the cursor on, and then what comes."""
        assert socket.request is not None
        parts = urlsplit(socket.request.path)
        params = parse_qs(parts.query)
        self.asked.append((parts.path, params))
        is_first = parts.path == FIRST
        cursor = int(params.get("cursor", ["0"])[0])
        sent = 0 if "cursor" in params else len(self.events())
        try:
            while not self.is_over.is_set():
                for event in (every := self.events())[sent:]:
                    line = event.first if is_first else event.second
                    is_new = (event.time_us if is_first else event.seq) >= cursor
                    if line is not None and is_new and _is_wanted(event, params):
                        socket.send(line)
                sent = len(every)
                time.sleep(0.05)
        except ConnectionClosed:
            pass


def _is_wanted(event: Event, params: dict[str, list[str]]) -> bool:
    """Tell whether a client asked for it; what is no commit passes any filter of collections."""
    collections = params.get("wantedCollections") or params.get("collections")
    kinds = params.get("kinds")
    if kinds and event.kind not in ",".join(kinds).split(","):
        return False
    if event.kind != "commit" or not collections:
        return True
    return any(
        event.collection == each
        or (each.endswith(".*") and event.collection.startswith(each.removesuffix("*")))
        for each in ",".join(collections).split(",")
    )


def _subprotocol(_socket: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return next((each for each in offered if each == "xrpc.v1.json"), None)


@contextmanager
def in_front_of(pds: Pds) -> Iterator[Jetstream]:
    """Run a stand-in in front of a server, from its beginning."""
    with Listener(pds, "?cursor=0") as heard:
        jetstream = Jetstream(heard)
        with serve(
            jetstream.serve, "127.0.0.1", 0, compression=None, select_subprotocol=_subprotocol
        ) as server:
            jetstream.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield jetstream
            finally:
                jetstream.is_over.set()
                server.shutdown()
                thread.join()
