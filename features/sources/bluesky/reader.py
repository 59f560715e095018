"""Recordings of Bluesky: Jetstream's lines, frames of the firehose, repositories (CAR).

A file tells its own form; a folder may hold several of all forms, which are read in the order of
their names, and share the memory of what was changed and deleted. So give the files of one stream
together, named by their time: of a key that is used again it must be known that it was deleted.

What becomes of an operation says `features.sources.bluesky.folding`. Names of accounts (handles)
are not read: accounts are DIDs, which never change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Piece
from features.sources.bluesky.firehose import looks_as_recorded, read_frame, read_recording
from features.sources.bluesky.folding import NETWORK, Folding
from features.sources.bluesky.jetstream import is_event
from features.sources.bluesky.packed import (
    DICTIONARIES,
    dictionary_of_file,
    read_dictionary,
    read_packed,
)
from features.sources.bluesky.repository import read_repository
from features.sources.bluesky.simple import take_events
from features.sources.glance import Glance, Known
from features.sources.json_objects import Block, read_objects
from features.sources.lines import UNREADABLE, damage, opened
from features.sources.reader import Options, Reader, one_file

FRAMES = 20_000
"""Frames of the firehose that are made rows at a time."""

_NAME = re.compile(r".+\.(jsonl|ndjson|json|frames|car)(\.gz|\.zst|\.bz2)?|.+\.zst", re.IGNORECASE)
_CAR = b"eroots"
"""Stands in the header of every CAR."""


def _files(path: Path) -> list[Path]:
    """List the file, or the recordings of a folder by name."""
    if not path.is_dir():
        return one_file(path)
    found = [file for file in sorted(path.iterdir()) if _NAME.fullmatch(file.name)]
    if not found:
        raise KloutError(f"{path}: no recordings here, named as NAME.jsonl, NAME.frames, NAME.car")
    return [file for each in found for file in one_file(each)]


def _read(path: Path, options: Options) -> Iterator[Piece]:
    fold = Folding()
    for file in _files(path):
        yield from _read_file(file, fold, options)


def _read_file(file: Path, fold: Folding, options: Options) -> Iterator[Piece]:
    if number := dictionary_of_file(file):
        if options.dictionary is None:
            which = DICTIONARIES.get(number, "unknown here")
            raise KloutError(
                f"{file}: packed with the zst dictionary {number} ({which}); give it as "
                "--dictionary FILE"
            )
        yield from _lines(file, fold, read_packed(file, read_dictionary(options.dictionary)))
        return
    head = _head(file)
    if _CAR in head[:16]:
        yield from _repository(file, fold)
    elif looks_as_recorded(head):
        yield from _frames(file, fold)
    else:
        yield from _lines(file, fold, read_objects(file))


def _head(file: Path) -> bytes:
    try:
        with opened(file) as stream:
            return stream.read(64)
    except UNREADABLE as error:
        raise KloutError(f"{file}: {damage(file, error)}") from error


def _lines(file: Path, fold: Folding, blocks: Iterator[Block]) -> Iterator[Piece]:
    for block in blocks:
        take_events(fold, block.objects())
        first, *others = fold.pieces(str(file))
        rows = pl.concat([first.frame, block.refused("actor")], how="diagonal")
        yield Piece(first.table, rows, first.file, first.left_out)
        yield from others


def _frames(file: Path, fold: Folding) -> Iterator[Piece]:
    frames = read_recording(file)
    while some := list(islice(frames, FRAMES)):
        for number, frame in some:
            for event in read_frame(number, frame):
                fold.take(event)
        yield from fold.pieces(str(file))


def _repository(file: Path, fold: Folding) -> Iterator[Piece]:
    try:
        with opened(file) as stream:
            data = stream.read()
    except UNREADABLE as error:
        raise KloutError(f"{file}: {damage(file, error)}") from error
    for operation in read_repository(data, str(file)).operations():
        fold.take(operation)
    yield from fold.pieces(str(file))


def _knows(seen: Glance) -> Known | None:
    if seen.is_folder:
        kinds = [_kind(seen, name) for name in seen.names if _NAME.fullmatch(name)]
        found = {kind: kinds.count(kind) for kind in kinds if kind is not None}
        said = ", ".join(f"{kind}: {number:,}" for kind, number in sorted(found.items()))
        return Known(f"recordings of Bluesky ({said})") if found else None
    if seen.path.is_file() and (number := dictionary_of_file(seen.path)) in DICTIONARIES:
        return Known(f"messages {DICTIONARIES[number]}, packed", "--dictionary FILE")
    kind = _kind(seen, seen.names[0])
    return None if kind is None else Known(f"Bluesky's {kind}")


def _kind(seen: Glance, name: str) -> str | None:
    head = seen.head(name)[:64]
    if _CAR in head[:16]:
        return "repositories (CAR)"
    if looks_as_recorded(head):
        return "frames of the firehose"
    events = seen.objects(name)
    return "events of Jetstream" if events and all(map(is_event, events)) else None


BLUESKY = Reader(
    "bluesky",
    "Bluesky: Jetstream's lines, firehose frames, repositories (a file, or a folder of them)",
    _files,
    _read,
    named=False,
    networks=(NETWORK,),
    knows=_knows,
)
