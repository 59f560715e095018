"""A small encoder of the AT protocol: DAG-CBOR with links, CARs, trees, frames, and lines."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

LIKE, REPOST, FOLLOW, POST, PROFILE = (
    "app.bsky.feed.like",
    "app.bsky.feed.repost",
    "app.bsky.graph.follow",
    "app.bsky.feed.post",
    "app.bsky.actor.profile",
)
SEEN = datetime(2026, 7, 4, 14, 38, 8, tzinfo=UTC)
CREATED = "2026-07-04T14:38:00.000Z"
DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def did(name: str) -> str:
    """A DID of a name: `did:plc:` and 24 digits."""
    return (
        f"did:plc:{base64.b32encode(hashlib.sha256(name.encode()).digest())[:24].decode().lower()}"
    )


def tid(at: datetime = SEEN, clock: int = 0) -> str:
    number = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) << 10 | clock
    return "".join(DIGITS[number >> 5 * place & 31] for place in reversed(range(13)))


def uri(name: str, key: str, collection: str = POST) -> str:
    return f"at://{did(name)}/{collection}/{key}"


def subject(name: str, key: str, collection: str = POST) -> dict[str, str]:
    return {"uri": uri(name, key, collection), "cid": "bafyreib6lvvww5svwxxtcx6bzgxqnvcjgnvm33"}


def like(name: str, key: str, created: str = CREATED, **more: Any) -> dict[str, Any]:
    return {"$type": LIKE, "createdAt": created, "subject": subject(name, key), **more}


def repost(name: str, key: str) -> dict[str, Any]:
    return {"$type": REPOST, "createdAt": CREATED, "subject": subject(name, key)}


def follow(name: str) -> dict[str, Any]:
    return {"$type": FOLLOW, "createdAt": CREATED, "subject": did(name)}


def post(**more: Any) -> dict[str, Any]:
    return {"$type": POST, "createdAt": CREATED, "text": "", **more}


def mention(*names: str) -> list[dict[str, Any]]:
    kind = "app.bsky.richtext.facet#mention"
    index = {"byteStart": 0, "byteEnd": 1}
    return [{"index": index, "features": [{"$type": kind, "did": did(n)}]} for n in names]


@dataclass(frozen=True)
class Op:
    """An operation of a scripted life; those of one `rev` are one commit."""

    who: str
    action: str
    collection: str
    key: str
    record: Any = None
    at: datetime = SEEN
    rev: str = ""

    @property
    def revision(self) -> str:
        return self.rev or tid(self.at)


def v1(op: Op) -> dict[str, Any]:
    """The event of an operation in Jetstream's first form."""
    commit = {
        "rev": op.revision,
        "operation": op.action,
        "collection": op.collection,
        "rkey": op.key,
    }
    if op.record is not None:
        commit |= {"record": op.record, "cid": "bafyreib6lvvww5svwxxtcx6bzgxqnvcjgnvm33"}
    return {"did": did(op.who), "time_us": micros(op.at), "kind": "commit", "commit": commit}


def v2(op: Op, seq: int = 1) -> dict[str, Any]:
    """The event of an operation in Jetstream's second form."""
    inner = v1(op)["commit"]
    payload = {"seq": seq, "did": did(op.who), "time": f"{op.at:%Y-%m-%dT%H:%M:%S.%f}Z", **inner}
    kind = "network.bsky.jetstream.subscribeEvents#commit"
    return {"$type": "message", "payload": {"$type": kind, **payload}}


def account(who: str, is_active: bool, at: datetime = SEEN, status: str | None = None) -> Any:
    """What is said of an account, without the form around it."""
    said = {"active": is_active, "did": did(who), "seq": 7, "time": written(at)}
    return said if status is None else said | {"status": status}


def account_v1(who: str, is_active: bool, at: datetime = SEEN, **more: Any) -> dict[str, Any]:
    said = account(who, is_active, at, **more)
    return {"did": did(who), "time_us": micros(at), "kind": "account", "account": said}


def written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def lines(*events: Any) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in events)


class Link(bytes):
    """A CID, which DAG-CBOR writes with tag 42."""


def cid(block: bytes) -> Link:
    return Link(b"\x01\x71\x12\x20" + hashlib.sha256(block).digest())


def cbor(value: Any) -> bytes:
    """DAG-CBOR: keys sorted by length and bytes, links with tag 42."""
    if isinstance(value, Link):
        return b"\xd8\x2a" + _head(2, len(value) + 1) + b"\0" + value
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(cbor, value))
    keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
    return _head(5, len(value)) + b"".join(cbor(key) + cbor(value[key]) for key in keys)


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    size = next(each for each in range(4) if number < 1 << 8 * (1 << each))
    return bytes([kind << 5 | 24 + size]) + number.to_bytes(1 << size, "big")


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def car(root: bytes, blocks: dict[Link, bytes]) -> bytes:
    header = cbor({"version": 1, "roots": [cid(root)]})
    sections = [header, *(name + block for name, block in blocks.items())]
    return b"".join(varint(len(section)) + section for section in sections)


def repository(who: str, rev: str, records: dict[str, Any]) -> bytes:
    """A CAR of a whole repository; `records` by COLLECTION/KEY."""
    blocks: dict[Link, bytes] = {}

    def put(value: Any) -> Link:
        block = cbor(value)
        blocks[cid(block)] = block
        return cid(block)

    leaves = [(path.encode(), put(record)) for path, record in sorted(records.items())]
    top = max((_layer(path) for path, _ in leaves), default=0)
    root = {"did": did(who), "version": 3, "rev": rev, "prev": None, "sig": b"x" * 64}
    commit = cbor(root | {"data": _tree(leaves, top, put)})
    return car(commit, {cid(commit): commit, **blocks})


def _layer(path: bytes) -> int:
    """Leading pairs of zero bits of the key's hash."""
    digits = f"{int.from_bytes(hashlib.sha256(path).digest(), 'big'):0256b}"
    return (len(digits) - len(digits.lstrip("0"))) // 2


def _tree(leaves: list[tuple[bytes, Link]], layer: int, put: Any) -> Link:
    """A node of the MST, with those below it put first."""
    groups: list[list[tuple[bytes, Link]]] = [[]]
    own = []
    for leaf in leaves:
        if _layer(leaf[0]) == layer:
            own.append(leaf)
            groups.append([])
        else:
            groups[-1].append(leaf)
    below = [_tree(group, layer - 1, put) if group else None for group in groups]
    entries, last = [], b""
    for (path, value), right in zip(own, below[1:], strict=True):
        shared = next(
            (n for n, (a, b) in enumerate(zip(path, last, strict=False)) if a != b),
            min(len(path), len(last)),
        )
        entries.append({"p": shared, "k": path[shared:], "v": value, "t": right})
        last = path
    return put({"l": below[0], "e": entries})


def frame(kind: str, body: dict[str, Any]) -> bytes:
    return cbor({"op": 1, "t": kind}) + cbor(body)


def error_frame(name: str) -> bytes:
    return cbor({"op": -1}) + cbor({"error": name, "message": "so it is"})


def commit(seq: int, *ops: Op, since: str | None = None, overtaken: tuple[int, ...] = ()) -> bytes:
    """The frame of one commit; records of operations `overtaken`, by place, aren't with it."""
    blocks, said = {}, []
    for place, op in enumerate(ops):
        record = None if op.record is None else cbor(op.record)
        if record is not None and place not in overtaken:
            blocks[cid(record)] = record
        path = f"{op.collection}/{op.key}"
        said.append(
            {"action": op.action, "path": path, "cid": None if record is None else cid(record)}
        )
    first = ops[0]
    root = cbor({"did": did(first.who), "rev": first.revision})
    body = {
        "seq": seq,
        "repo": did(first.who),
        "rev": first.revision,
        "since": since,
        "time": written(first.at),
        "ops": said,
        "blocks": car(root, {cid(root): root, **blocks}),
        "tooBig": False,
        "rebase": False,
        "blobs": [],
        "commit": cid(root),
    }
    return frame("#commit", body)


def recording(*frames: bytes) -> bytes:
    return b"".join(varint(len(each)) + each for each in frames)
