"""What goes into the lake at once: rows, the cursor, and what is remembered of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.following.memory import Memory
from features.following.recalling import recalled
from features.lake import Lake, Piece, Receipt, Source, write
from features.sources.bluesky.folding import Folding
from features.sources.bluesky.reader import BLUESKY
from features.storage.paths import exists

FORMAT = "klout follow"
"""Format of the ledger's entries that a stream brought."""

_AHEAD = timedelta(minutes=5)
"""How far a server's clock may be ahead of ours, before its events are of the future."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Batch:
    """Messages since the last commit.

    Attributes
    ----------
    name
        The stream's, as the ledger has it.
    memory
        What is remembered of it.
    began
        The cursor that the last batch ended with.
    cursor
        Of the last message.
    seen
        Time of the last event, microseconds since 1970.
    events
        How many there were.
    revs
        Repository to its last revision, as far as it changed.
    """

    name: str
    memory: Memory
    began: int | None = None
    cursor: int | None = None
    seen: int = 0
    events: int = 0
    rows: int = 0
    fold: Folding = field(default_factory=Folding)
    revs: dict[str, str] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)

    def look_up(self, addresses: list[str]) -> None:
        """Have what is remembered of some addresses at hand."""
        self.fold.known = self.memory.known(addresses)

    def rev_of(self, dids: list[str]) -> dict[str, str]:
        """Give the last revision of some repositories."""
        return self.memory.revs(dids) | {did: self.revs[did] for did in dids if did in self.revs}

    def gather(self) -> None:
        """Keep the rows that were made since the last time."""
        pieces = list(self.fold.pieces(self.name))
        self.pieces += pieces
        self.rows += sum(len(piece.frame) for piece in pieces)

    def commit(self, root: Path) -> Receipt | None:
        """Put all into the lake, or nothing; None if there was nothing.

        Raises
        ------
        KloutError
            If another run is writing to the lake for too long; the batch is as before.
        """
        self.gather()
        if not self.events and not self.rows:
            return None
        now = datetime.now(UTC)
        said = f"{self.name} {self.began} {self.cursor} {now.isoformat()}"
        digest = hashlib.sha256(said.encode()).hexdigest()
        if self.memory.pending is not None:
            self.memory.settle(is_taken=False)
        self.memory.prepare(digest, self.fold.changed, self.revs)
        cursor = "" if self.cursor is None else f"{self.cursor} {self.seen}"
        source = Source(self.name, FORMAT, digest, cursor=cursor)
        latest = min(_EPOCH + timedelta(microseconds=self.seen + 1), now + _AHEAD)
        made = write(
            root, self.pieces, source, catalogue_of(root), max(now, latest),
            declares=BLUESKY.declares(),
        )  # fmt: skip
        self.memory.settle(is_taken=True)
        return made


def catalogue_of(root: Path) -> Catalogue:
    """Give the networks in force in a lake, which may not be there yet."""
    return Lake(root).catalogue if exists(root / "ledger") else Catalogue(load_networks())


def begun(root: Path, name: str, memory: Memory) -> tuple[int | None, int]:
    """Give the cursor that a lake's last batch of a stream ended with, and the time of its events.

    What was pending in the memory is settled by what the lake says; a memory that is lost is made
    again of the lake.

    Returns
    -------
    tuple
        None and 0, if there is no such batch.
    """
    if not exists(root / "ledger"):
        return None, 0
    lake = Lake(root)
    ours = [entry for entry in lake.entries if entry.format == FORMAT]
    if (pending := memory.pending) is not None:
        memory.settle(is_taken=any(entry.digest == pending for entry in ours))
    elif ours and memory.is_new:
        memory.prepare("recalled", recalled(lake), {})
        memory.settle(is_taken=True)
    cursors = [entry.cursor.split() for entry in ours if entry.source == name and entry.cursor]
    return (int(cursors[-1][0]), int(cursors[-1][1])) if cursors else (None, 0)
