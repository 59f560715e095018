"""What is made of an account's archive: rows of the lake, some thousands at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from features.lake import Piece
from features.lake.contracts import TIME

MOST_ROWS = 100_000
"""Of a table, that are put together before they are handed on."""

KEPT = 500
"""Characters of an item that is refused."""

_TIMED = {"at": TIME}
_COLUMNS = {
    "contents": ["author", "content", "kind", "at"],
    "interactions": ["reaction", "actor", "target", "content", "at", "id"],
    "tallies": ["account", "content", "reaction", "value", "at"],
    "topics": ["content", "topic", "author"],
}


@dataclass
class ArchiveRows:
    """Rows of one account, until they are handed on.

    Attributes
    ----------
    network, file
        Of all of them.
    me
        The account.
    at
        When the archive was made: what is counted was so then.
    left_out
        By reason, what makes no row.
    """

    network: str
    file: str
    me: str
    at: datetime
    left_out: Counter[str] = field(default_factory=Counter)
    rows: dict[str, list[tuple[Any, ...]]] = field(
        default_factory=lambda: {name: [] for name in _COLUMNS}
    )
    damaged: list[tuple[int, str, str]] = field(default_factory=list)

    def content(self, number: int, content: str, kind: str, at: datetime) -> None:
        """Take what the account published."""
        self.rows["contents"].append((number, self.me, content, kind, at))

    def act(
        self,
        number: int,
        reaction: str,
        target: str,
        content: str | None,
        at: datetime,
        name: str | None,
    ) -> None:
        """Take what the account did."""
        self.rows["interactions"].append((number, reaction, self.me, target, content, at, name))

    def tally(self, number: int, content: str, reaction: str, total: Any, at: datetime) -> None:
        """Take how many reacted to a content by the time of the archive; none when it was new."""
        counted = self.rows["tallies"]
        counted.append((number, self.me, content, reaction, "0", at))
        counted.append((number, self.me, content, reaction, str(total), max(at, self.at)))

    def about(self, number: int, content: str, tags: Iterable[str], author: str) -> None:
        """Take what a content is about, each tag once."""
        self.rows["topics"] += [(number, content, tag, author) for tag in dict.fromkeys(tags)]

    def refuse(self, number: int, reason: str, item: Any) -> None:
        """Refuse an item."""
        text = orjson.dumps(item, default=str).decode("utf-8", "replace")[:KEPT]
        self.damaged.append((number, reason, text))

    def pieces_if_many(self) -> Iterator[Piece]:
        """Hand on what there is, if it is much."""
        if any(len(rows) >= MOST_ROWS for rows in self.rows.values()):
            yield from self.pieces()

    def pieces(self) -> Iterator[Piece]:
        """Hand on what there is."""
        for table, columns in _COLUMNS.items():
            types = {name: _TIMED.get(name, pl.String()) for name in columns}
            schema: dict[str, Any] = {"row": pl.UInt64(), **types}
            frame = pl.DataFrame(self.rows[table], schema, orient="row")
            self.rows[table] = []
            if table == "contents":
                frame = pl.concat([frame, self._refused()], how="diagonal")
            left_out = +self.left_out if table == "contents" else Counter[str]()
            self.left_out -= left_out
            if len(frame) or left_out:
                rows = frame.with_columns(network=pl.lit(self.network))
                yield Piece(table, rows, self.file, left_out)

    def opted_out(self, file: str, at: datetime) -> Piece:
        """Say that the account does not want a score."""
        row = {"row": [1], "person": [f"{self.network}:{self.me}"], "opted_out_at": [at]}
        schema = {"row": pl.UInt64(), "person": pl.String(), "opted_out_at": TIME}
        frame = pl.DataFrame(row, schema).with_columns(opted_in_at=pl.lit(None, TIME))
        return Piece("optouts", frame, file)

    def profile(
        self, file: str, name: str | None, urls: list[str], at: datetime
    ) -> Iterator[Piece]:
        """Say what the account calls itself, and where its profile leads."""
        own = {"network": self.network, "account": self.me, "at": at}
        told = {"profiles": [own | {"name": name}] if name else [],
                "profile_links": [own | {"url": url} for url in urls]}  # fmt: skip
        for table, rows in told.items():
            if rows:
                frame = pl.DataFrame(rows).with_columns(pl.col("at").cast(TIME))
                yield Piece(table, frame.with_row_index("row", 1).cast({"row": pl.UInt64}), file)

    def _refused(self) -> pl.DataFrame:
        schema = {"row": pl.UInt64(), "damaged": pl.String(), "content": pl.String()}
        found = pl.DataFrame(self.damaged, schema, orient="row")
        self.damaged = []
        return found
