"""Frames of the firehose (``com.atproto.sync.subscribeRepos``), live or recorded.

A frame is two DAG-CBOR values on end: a header, ``{op: 1, t: "#commit"}``, and a body. In a
recording each frame comes after its length as an unsigned varint (LEB128), as the sections of a
CAR do; the file may be packed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import libipld

from features.errors import KloutError
from features.sources.bluesky.operations import (
    Broken,
    Event,
    Object,
    Operation,
    Unread,
    micros,
    read_account,
    reading,
    text,
)
from features.sources.lines import UNREADABLE, damage, opened

LONGEST_FRAME = 2**24
"""Bytes. The protocol allows blocks of 2,000,000; a length beyond this is damage."""

_LONGEST_VARINT = 5


class Frame(NamedTuple):
    """A frame, decoded: its kind as ``#commit``, and what it holds."""

    kind: str
    body: Object

    @property
    def seq(self) -> int | None:
        """Its place in the stream; None of one that has none, as ``#info``."""
        found = self.body.get("seq")
        return found if isinstance(found, int) else None


def decode(data: bytes) -> Frame:
    """Decode a frame; an error of the server is of the kind ``error NAME``.

    Raises
    ------
    ValueError
        If it is not of the protocol's form.
    """
    values: list[Any] = libipld.decode_dag_cbor_multi(data)
    if len(values) != 2 or not all(isinstance(value, dict) for value in values):
        raise ValueError("expected a header and a body")
    header, body = values
    if header.get("op") == -1:
        return Frame(f"error {body.get('error')}", body)
    if header.get("op") != 1:
        return Frame(f"op {header.get('op')}", body)
    return Frame(text(header.get("t"), "t"), body)


def read_frame(row: int, data: bytes) -> Iterator[Event]:
    """Read the events of a frame: of a commit, one for each operation."""
    try:
        frame = decode(data)
    except ValueError as error:
        yield Broken(row, None, f"no frame of the firehose: {error}"[:300])
        return
    yield from events_of(row, frame)


def events_of(row: int, frame: Frame) -> Iterator[Event]:
    """Read the events of a frame that was decoded."""
    if frame.kind == "#commit":
        yield from _commit(row, frame.body)
    elif frame.kind == "#account":
        yield reading(row, read_account, frame.body, lambda of: f"at://{of.get('did')}")
    else:
        yield Unread(row, frame.kind)


def _commit(row: int, body: Object) -> Iterator[Event]:
    """Read a commit; one without operations, or too big to have them with it, is not read."""
    address = f"at://{body.get('repo')}"
    try:
        operations, seen = body["ops"], micros(body["time"])
        did, rev = text(body["repo"], "repo"), text(body["rev"], "rev")
        blocks = libipld.decode_car(body["blocks"])[1] if operations else {}
    except (KeyError, TypeError, ValueError) as error:
        yield Broken(row, address, f"no commit of the firehose: {error}"[:300])
        return
    if not operations:
        yield Unread(row, "commits too big" if body.get("tooBig") else "commits without operations")
    for each in operations:

        def read(row: int, of: Object) -> Event:
            collection, _, key = text(of["path"], "path").partition("/")
            action, cid = text(of["action"], "action"), of.get("cid")
            record = blocks.get(cid) if isinstance(cid, bytes) else None
            return Operation(row, did, collection, key, action, rev, record, seen)

        yield reading(row, read, each, lambda of: f"{address}/{of.get('path')}")


def read_recording(file: Path) -> Iterator[tuple[int, bytes]]:
    """Read a recording's frames, numbered from 1.

    Raises
    ------
    KloutError
        If it was cut, or a length is none.
    """
    number = 0
    try:
        with opened(file) as stream:
            while (length := _length(stream)) is not None:
                number += 1
                if length > LONGEST_FRAME:
                    raise KloutError(f"{file}, frame {number}: {length:,} bytes are no frame")
                if len(frame := stream.read(length)) < length:
                    raise EOFError("the last frame is not whole")
                yield number, frame
    except UNREADABLE as error:
        raise KloutError(f"{file}: {damage(file, error)}, after frame {number - 1}") from error


def _length(stream: BinaryIO) -> int | None:
    """Read an unsigned varint; None at the end of the stream."""
    found = 0
    for place in range(_LONGEST_VARINT):
        byte = stream.read(1)
        if not byte:
            if place:
                raise EOFError("the last length is not whole")
            return None
        found |= (byte[0] & 0x7F) << 7 * place
        if byte[0] < 0x80:
            return found
    return LONGEST_FRAME + 1


def looks_as_recorded(head: bytes) -> bool:
    """Tell whether a file begins with a length and a frame's header."""
    start = next((place for place, byte in enumerate(head[:5], 1) if byte < 0x80), 0)
    return bool(start) and head[start : start + 2] in (b"\xa2a", b"\xa2b", b"\xa1b")
