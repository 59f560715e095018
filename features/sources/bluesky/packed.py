"""Jetstream's packed messages: zst frames on end, packed with a dictionary that is not in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from backports import zstd

from features.errors import KloutError
from features.sources.json_objects import Block
from features.sources.lines import damage

DICTIONARIES = {1612007021: "of Jetstream v1", 20260811: "of Jetstream v2"}
"""The dictionaries that were published, by their ids."""

MOST = 2**24
"""Bytes of a frame, unpacked; messages are a thousand times smaller."""

_READ = 2**22


def dictionary_of(head: bytes) -> int:
    """Give the id of the dictionary that a zst frame was packed with; 0 if it needs none."""
    try:
        return zstd.get_frame_info(head).dictionary_id
    except zstd.ZstdError:
        return 0


def dictionary_of_file(file: Path) -> int:
    """Give the id of the dictionary that a file's first frame was packed with; 0: none."""
    with file.open("rb") as stream:
        return dictionary_of(stream.read(64))


def read_dictionary(file: Path) -> zstd.ZstdDict:
    """Read a dictionary.

    Raises
    ------
    KloutError
        If it is none.
    """
    try:
        return zstd.ZstdDict(file.read_bytes())
    except (OSError, ValueError, zstd.ZstdError) as error:
        raise KloutError(f"{file}: no zst dictionary: {error}") from error


def read_packed(file: Path, dictionary: zstd.ZstdDict) -> Iterator[Block]:
    """Read the lines of messages, those of some megabytes at a time.

    Raises
    ------
    KloutError
        If the file was cut, or needs another dictionary.
    """
    row = 1
    try:
        for frames in _frames(file):
            lines = [line for each in frames for line in unpack(each, dictionary).splitlines()]
            yield Block(row, lines)
            row += len(lines)
    except (EOFError, OSError, zstd.ZstdError) as error:
        raise KloutError(f"{file}: {damage(file, error)}, after line {row - 1}") from error


def unpack(frame: bytes, dictionary: zstd.ZstdDict) -> bytes:
    """Unpack one frame.

    Raises
    ------
    ZstdError
        If it can't be, or holds more than `MOST`.
    """
    unpacking = zstd.ZstdDecompressor(dictionary)
    found = unpacking.decompress(frame, MOST)
    if not unpacking.eof:
        raise zstd.ZstdError(f"a frame that holds more than {MOST:,} bytes")
    return found


def _frames(file: Path) -> Iterator[list[bytes]]:
    """Split a file into frames, those of some megabytes at a time."""
    rest = b""
    with file.open("rb") as stream:
        while data := stream.read(_READ):
            frames, rest = _split(rest + data)
            if len(rest) > MOST:
                raise zstd.ZstdError(f"a frame of more than {MOST:,} bytes")
            yield frames
    if rest:
        raise EOFError("the last frame is not whole")


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """Give the whole frames at the beginning of some bytes, and what is left."""
    frames, place, view = [], 0, memoryview(data)
    while place < len(data):
        try:
            size = zstd.get_frame_size(view[place:])
        except zstd.ZstdError:
            break
        frames.append(data[place : place + size])
        place += size
    return frames, data[place:]
