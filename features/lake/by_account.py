"""Rows by account: what one person received or published, without reading everybody's.

The lake's files are by day, so to find one account's rows of 90 days is to read all of them. A
*segment* holds one day of a network's interactions, or of its contents, in order of who received
or published them. It is named by a digest of the files of the lake that it was made of, which never
change: where rows came late or were removed, another is looked for, and where there is none the
files themselves are read. So segments may be lost at any time, and are never out of date.

Segments are mapped into memory, and processes share what they have read of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.lake.computed import BY_ACCOUNT, SEGMENT
from features.lake.lake import Lake
from features.lake.ledger import LakeFile, by_day
from features.lake.remembering import remembered
from features.lake.spans import spans
from features.lake.times import day_number
from features.storage.hashing import KEY_SCHEME, key
from features.storage.objects import is_remote

Keys = NDArray[np.uint64]
Rows = NDArray[np.intp]

FORM = 1
"""Of the files; those of another are not read."""
OPENED = 4_096
"""Segments that a process has mapped: 90 days of interactions and contents of 22 networks."""
TABLES = ("interactions", "contents")


@dataclass(frozen=True)
class Segment:
    """A day of a table of one network, its rows in order of the account's key.

    Attributes
    ----------
    names
        The reactions, or kinds of content, that rows have the numbers of.
    arrays
        ``account`` (u64) and ``start`` (one more): the accounts, and where their rows begin. Of
        interactions ``actor`` (the place in ``actors``), ``reaction``, ``content`` and ``id``
        (keys; 0: none); and ``order``, the rows by who acted: those of the i-th of ``actors``
        begin at ``first``. Of contents ``kind``, ``at`` (µs since 1970), and the ids' ``bytes``,
        which end at ``end``.
    """

    names: tuple[str, ...]
    arrays: Mapping[str, NDArray[Any]]

    def of_accounts(self, keys: Keys) -> Rows:
        """Name the rows of some accounts."""
        return _found(self.arrays["account"], self.arrays["start"], keys)

    def received(self, keys: Keys) -> dict[str, NDArray[Any]]:
        """Give what accounts received, and what else those who gave it did on the day."""
        at = self.arrays
        mine = self.of_accounts(keys)
        if not len(mine):
            return {}
        who = np.unique(at["actor"][mine])
        rows = at["order"][spans(at["first"][who], at["first"][who + 1])]
        return {
            "reaction": at["reaction"][rows],
            "actor": at["actors"][at["actor"][rows]],
            "target": at["account"][np.searchsorted(at["start"], rows, side="right") - 1],
            "content": at["content"][rows],
            "id": at["id"][rows] if len(at["id"]) else np.zeros(len(rows), np.uint64),
        }

    def published(self, keys: Keys) -> dict[str, Any]:
        """Give what accounts published."""
        at = self.arrays
        rows = self.of_accounts(keys)
        if not len(rows):
            return {}
        starts = np.concatenate([[0], at["end"]])[rows]
        texts = [
            at["bytes"][a:b].tobytes().decode()
            for a, b in zip(starts, at["end"][rows], strict=True)
        ]
        author = at["account"][np.searchsorted(at["start"], rows, side="right") - 1]
        return {"author": author, "content": texts, "kind": at["kind"][rows], "at": at["at"][rows]}


@remembered
def days_of(lake: Lake, table: str, network: str) -> dict[int, list[LakeFile]]:
    """Name a table's files by day (since 1970)."""
    return by_day(lake.files(table, [network]))


def segments_of(
    lake: Lake, table: str, network: str, since: date, as_of: date
) -> Iterator[tuple[int, list[LakeFile], Segment | None]]:
    """Open the segments of the days ``[since, as_of)``, each with the day's number and files.

    None: there is none, or it can't be read. What was opened stays so while the ledger is the same.
    """
    first, last = day_number(since), day_number(as_of)
    known = _opened_days(lake, table, network)
    for day, files in days_of(lake, table, network).items():
        if first <= day < last:
            segment = known.get(day) or _segment_of(lake, table, network, files)
            if segment is not None:
                known[day] = segment
            yield day, files, segment


@remembered
def _opened_days(lake: Lake, table: str, network: str) -> dict[int, Segment]:
    """Keep by day what was opened; filled by who asks."""
    del lake, table, network
    return {}


def _segment_of(lake: Lake, table: str, network: str, files: list[LakeFile]) -> Segment | None:
    if is_remote(lake.root):
        return None
    path = lake.root / BY_ACCOUNT / network / _name(table, tuple(file.path for file in files))
    return _opened(str(path))


def complete(lake: Lake, networks: list[str], since: date, as_of: date) -> int:
    """Make the segments of the days ``[since, as_of)`` that are missing, and remove the others.

    Parameters
    ----------
    lake
        Held by a run, so that nobody else does the same. Of a lake on object storage none are made.

    Returns
    -------
    int
        How many were made.
    """
    if is_remote(lake.root):
        return 0
    made, known = 0, set()
    for table, network, files in _wanted(lake, networks, since, as_of):
        name = _name(table, tuple(file.path for file in files))
        path = lake.root / BY_ACCOUNT / network / name
        known.add(path)
        if not path.exists():
            _write(path, _made(table, lake.scan_files(table, files).collect(engine="streaming")))
            made += 1
    for path in (lake.root / BY_ACCOUNT).glob("*/*"):
        if path not in known and SEGMENT.fullmatch(path.name):
            path.unlink(missing_ok=True)
    return made


def _wanted(
    lake: Lake, networks: list[str], since: date, as_of: date
) -> Iterator[tuple[str, str, list[LakeFile]]]:
    first, last = day_number(since), day_number(as_of)
    for table in TABLES:
        for network in networks:
            for day, files in days_of(lake, table, network).items():
                if first <= day < last:
                    yield table, network, files


def _made(table: str, rows: pl.DataFrame) -> Segment:
    return _of_interactions(rows) if table == TABLES[0] else _of_contents(rows)


def _of_interactions(rows: pl.DataFrame) -> Segment:
    rows = rows.select(
        "reaction",
        *(key(pl.col(name)).alias(name) for name in ("actor", "target", "content", "id")),
    ).sort("target", maintain_order=True)
    names, reaction = _numbered(rows["reaction"])
    actor = rows["actor"].to_numpy()
    order = np.argsort(actor, kind="stable")
    actors, first = _starts(actor[order])
    place = np.empty(len(actor), np.uint32)
    place[order] = np.repeat(np.arange(len(actors), dtype=np.uint32), np.diff(first))
    account, start = _starts(rows["target"].to_numpy())
    content, ids = (rows[name].fill_null(0).to_numpy() for name in ("content", "id"))
    return Segment(
        names,
        {
            "account": account,
            "start": start,
            "actors": actors,
            "first": first,
            "order": order.astype(np.uint32),
            "actor": place,
            "reaction": reaction,
            "content": content,
            "id": ids if ids.any() else ids[:0],
        },
    )


def _of_contents(rows: pl.DataFrame) -> Segment:
    rows = rows.with_columns(account=key(pl.col("author"))).sort("account", maintain_order=True)
    names, kind = _numbered(rows["kind"])
    account, start = _starts(rows["account"].to_numpy())
    texts = rows["content"].to_list()
    lengths = rows["content"].str.len_bytes().to_numpy()
    return Segment(
        names,
        {
            "account": account,
            "start": start,
            "kind": kind,
            "at": rows["at"].dt.epoch("us").to_numpy(),
            "end": np.cumsum(lengths, dtype=np.int64),
            "bytes": np.frombuffer("".join(texts).encode(), np.uint8),
        },
    )


def _numbered(texts: pl.Series) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
    names = texts.unique().sort()
    physical = texts.cast(pl.Enum(names)).to_physical()
    return tuple(names), physical.cast(pl.UInt8).to_numpy()


def _starts(keys: Keys) -> tuple[Keys, NDArray[np.uint32]]:
    """Take sorted keys once each, with where each begins, and the end."""
    is_new = np.ones(len(keys), np.bool_)
    is_new[1:] = keys[1:] != keys[:-1]
    start = np.flatnonzero(is_new)
    return keys[start], np.append(start, len(keys)).astype(np.uint32)


def _found(keys: Keys, start: NDArray[np.uint32], wanted: Keys) -> Rows:
    if not len(keys):
        return _NO_ROWS
    place = keys.searchsorted(wanted)
    there = place[keys.take(place, mode="clip") == wanted]
    return spans(start[there], start[there + 1]) if len(there) else _NO_ROWS


_NO_ROWS = np.zeros(0, np.intp)


@lru_cache(maxsize=2 * OPENED)
def _name(table: str, paths: tuple[str, ...]) -> str:
    text = "\n".join((KEY_SCHEME, str(FORM), *sorted(paths)))
    digest = hashlib.sha256(text.encode()).hexdigest()[:20]
    return f"{table}-{digest}.bin"


def _write(path: Path, segment: Segment) -> None:
    """Write a file that appears whole; what can be made again needs no more care."""
    shapes = [[name, str(each.dtype), len(each)] for name, each in segment.arrays.items()]
    head = json.dumps({"names": segment.names, "arrays": shapes}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{secrets.token_hex(8)}")
    with draft.open("wb") as out:
        out.write(len(head).to_bytes(8, "little"))
        for piece in (head, *(each.tobytes() for each in segment.arrays.values())):
            out.write(piece + bytes(-len(piece) % 8))
    draft.replace(path)


@lru_cache(maxsize=OPENED)
def _kept(path: str, inode: int) -> Segment | None:
    del inode
    try:
        return _read(np.asarray(np.memmap(path, np.uint8, "r")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _opened(path: str) -> Segment | None:
    try:
        return _kept(path, os.stat(path).st_ino)  # noqa: PTH116 (hundreds of them a question)
    except OSError:
        return None


def _read(data: NDArray[np.uint8]) -> Segment | None:
    size = int.from_bytes(data[:8].tobytes(), "little")
    head, at = json.loads(data[8 : 8 + size].tobytes()), 8 + size + -size % 8
    arrays = {}
    for name, dtype, length in head["arrays"]:
        end = at + length * np.dtype(dtype).itemsize
        arrays[name] = data[at:end].view(dtype)
        at = end + -(end - at) % 8
    return Segment(tuple(head["names"]), arrays) if at == len(data) else None
