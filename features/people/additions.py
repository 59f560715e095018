"""Rows that a command adds to the lake, checked before anything is written."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Piece, Source, write
from features.lake.checking import check
from features.lake.contracts import EVERY_TABLE
from features.lake.rules import schemas


def add(lake: Path, table: str, rows: list[dict[str, Any]], catalogue: Catalogue) -> None:
    """Add rows to a table of the lake, all or none; the quarantine is for sources.

    Raises
    ------
    KloutError
        If a row breaks the table's contract, or names somebody who was forgotten.
    """
    contract = EVERY_TABLE[table]
    frame = pl.DataFrame(rows, schema=dict(contract.columns)).with_row_index("row")
    frame = frame.with_columns(pl.col("row").cast(pl.UInt64))
    now = datetime.now(UTC)  # later than a time in the rows that is now as well
    _, bad = check(contract, schemas(catalogue, now)[table], frame, table)
    if len(bad):
        raise KloutError(f"{table}: {bad['reason'][0]}")
    # A digest of the row would be a trace of who it names, and an open one.
    source = Source(f"klout: {table}", "command", secrets.token_hex(32))
    receipt = write(lake, [Piece(table, frame, table)], source, catalogue, now)
    if receipt.entry.suppressed:
        raise KloutError(f"{table}: the person or the account was forgotten; it is not taken again")
