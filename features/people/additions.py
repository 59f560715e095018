"""Rows that a command adds to the lake, checked before anything is written."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Piece, Source, write
from features.lake.checking import check
from features.lake.contracts import EVERY_TABLE
from features.lake.schemas import schema_of


def add(lake: Path, table: str, rows: list[dict[str, Any]], catalogue: Catalogue) -> None:
    """Add rows to a table of the lake: see `add_all`."""
    add_all(lake, {table: rows}, catalogue)


def add_all(
    lake: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], catalogue: Catalogue
) -> None:
    """Add rows to tables of the lake, all or none; the quarantine is for sources.

    Raises
    ------
    KloutError
        If a row breaks its table's contract, or names somebody who was forgotten.
    """
    now = datetime.now(UTC)  # later than a time in the rows that is now as well
    pieces = []
    for table, rows in tables.items():
        contract = EVERY_TABLE[table]
        frame = pl.DataFrame(rows, schema=dict(contract.columns)).with_row_index("row")
        frame = frame.with_columns(pl.col("row").cast(pl.UInt64))
        _, bad = check(contract, schema_of(table, catalogue, now), frame, table)
        if len(bad):
            raise KloutError(f"{table}: {bad['reason'][0]}")
        pieces.append(Piece(table, frame, table))
    # A digest of the rows would be a trace of who they name, and an open one.
    what = ", ".join(tables)
    source = Source(f"klout: {what}", "command", secrets.token_hex(32))
    receipt = write(lake, pieces, source, catalogue, now)
    if receipt.entry.suppressed:
        raise KloutError(f"{what}: the person or the account was forgotten; it is not taken again")
