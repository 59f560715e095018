"""A repository as ``com.atproto.sync.getRepo`` gives it: a CAR with all of an account's records.

The blocks of a CAR have no addresses: keys stand in the tree (MST) alone, each entry holding what
its key does not share with the one before. Signatures are not verified; a relay has done so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import libipld

from features.errors import KloutError
from features.sources.bluesky.operations import STANDS, Object, Operation, text, time_of_tid

Blocks = Mapping[bytes, Any]

_BEGAN = 1_667_260_800_000_000
"""November 2022, in microseconds: no key can be older."""

MOST_DEEP = 128
"""Layers of a tree. One of a million records has some ten; damage must not take the stack."""


@dataclass(frozen=True)
class Repository:
    """All records of an account.

    Attributes
    ----------
    did
        The account.
    rev
        The revision.
    records
        ``COLLECTION/KEY`` to record, in the tree's order.
    """

    did: str
    rev: str
    records: dict[str, Any]

    def operations(self) -> Iterator[Operation]:
        """Say of each record that it stands, since the time in its key if it has one."""
        last = time_of_tid(self.rev) or 0
        for row, (path, record) in enumerate(self.records.items(), 1):
            collection, _, key = path.partition("/")
            made = time_of_tid(key) or 0
            seen = made if _BEGAN <= made <= last else last
            yield Operation(row, self.did, collection, key, STANDS, self.rev, record, seen)


def read_repository(data: bytes, where: str) -> Repository:
    """Read a CAR.

    Parameters
    ----------
    data
        Of the file.
    where
        Names it in errors.

    Raises
    ------
    KloutError
        If it is none, was cut, or is not of a repository.
    """
    try:
        header, blocks = libipld.decode_car(data)
        commit = blocks[header["roots"][0]]
        did, rev = text(commit["did"], "did"), text(commit["rev"], "rev")
        paths = dict(_entries(commit["data"], blocks, MOST_DEEP))
        return Repository(did, rev, {path: blocks[cid] for path, cid in paths.items()})
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise KloutError(f"{where}: no repository (CAR), or damaged: {error}") from error
    except KeyError as error:
        name = error.args[0]
        what = libipld.encode_cid(name) if isinstance(name, bytes) else repr(name)
        raise KloutError(f"{where}: was cut, or is no whole repository: lacks {what}") from error


def _entries(node: bytes | None, blocks: Blocks, depth: int) -> Iterator[tuple[str, bytes]]:
    """Walk a tree: keys in their order, and the CIDs of what they stand for."""
    if node is None:
        return
    if depth == 0:
        raise ValueError(f"a tree of more than {MOST_DEEP} layers")
    tree: Object = blocks[node]
    yield from _entries(tree["l"], blocks, depth - 1)
    key = b""
    for entry in tree["e"]:
        key = key[: entry["p"]] + entry["k"]
        yield key.decode(), entry["v"]
        yield from _entries(entry["t"], blocks, depth - 1)
