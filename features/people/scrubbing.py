"""Removing the forgotten from what lies beside the tables: the quarantine and what was published.

Both are found by the digests alone, so it can be done again by a run that no longer knows the name
of an account.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from features.lake.contracts import EVERY_TABLE, Table
from features.lake.ledger import sync_folder
from features.lake.suppression import Suppressions

QUARANTINE = "quarantine"
PUBLISHED = "published"


def scrub(root: Path, staging: Path, forgotten: Suppressions) -> int:
    """Rewrite the files that name somebody forgotten; returns how many rows went."""
    gone = 0
    for file in sorted((root / QUARANTINE).glob("*.parquet")):
        table = EVERY_TABLE.get(file.stem.rpartition("-")[0])
        if table is not None:
            gone += _leave(file, staging, _named_in_quarantine(file, table, forgotten))
    for file in sorted((root / PUBLISHED).glob("*.parquet")):
        gone += _leave(file, staging, _named_in_published(file, forgotten))
    return gone


def _leave(file: Path, staging: Path, named: pl.Series) -> int:
    """Keep the rows of a file that are not named; they take its place whole."""
    gone = int(named.sum())
    if gone:
        draft = staging / file.name
        left = pl.read_parquet(file).filter(~named)
        left.lazy().sink_parquet(draft, sync_on_close="data")
        draft.replace(file)
        sync_folder(file.parent)
    return gone


def _named_in_quarantine(file: Path, table: Table, forgotten: Suppressions) -> pl.Series:
    """Read the names out of the rows' JSON. What was cut off in the middle could name anybody."""
    data = pl.read_parquet(file, columns=["data"])
    names = [*table.persons, *table.accounts, *["network"] * bool(table.accounts)]
    texts = data.select(
        *(pl.col("data").str.json_path_match(f"$.{name}").alias(name) for name in names),
        cut=pl.col("data").str.json_path_match("$").is_null(),
    )
    return forgotten.named(table, texts) | texts["cut"]


def _named_in_published(file: Path, forgotten: Suppressions) -> pl.Series:
    if "person" not in pl.read_parquet_schema(file):
        return pl.Series([], dtype=pl.Boolean)
    persons = pl.read_parquet(file, columns=["person"])["person"]
    named = [person for person in persons.drop_nulls().unique() if forgotten.has_person(person)]
    return persons.is_in(named).fill_null(value=False)
