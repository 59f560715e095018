"""Removing the forgotten from what lies beside the tables.

That is the quarantine, what was published, and files in the lake's own folder, such as the labels
and the truth of a simulated world. The rows are found by the digests alone, so it can be done
again by a run that no longer knows the name of an account.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import polars as pl

from features.files import sync_folder
from features.lake.contracts import EVERY_TABLE, Table
from features.lake.suppression import Suppressions
from features.storage import found, move

QUARANTINE = "quarantine"
HELD = f"{QUARANTINE}/days"
"""Days that were computed and not published, as they would be in `PUBLISHED`."""
PUBLISHED = "published"


def scrub(root: Path, staging: Path, forgotten: Suppressions) -> int:
    """Rewrite the files that name somebody forgotten; returns how many rows went."""
    gone = 0
    for file in found(root / QUARANTINE, "*.parquet"):
        table = EVERY_TABLE.get(file.stem.rpartition("-")[0])
        if table is not None:
            gone += _leave(file, staging, _named_in_quarantine(file, table, forgotten))
    beside = (found(folder, "*.parquet") for folder in (root / PUBLISHED, root / HELD, root))
    for file in chain.from_iterable(beside):
        gone += _leave(file, staging, _named_beside(file, forgotten))
    return gone


def _leave(file: Path, staging: Path, named: pl.Series) -> int:
    """Keep the rows of a file that are not named; they take its place whole."""
    gone = int(named.sum())
    if gone:
        draft = staging / file.name
        left = pl.read_parquet(str(file)).filter(~named)
        left.lazy().sink_parquet(draft, sync_on_close="data")
        move({draft: file})
        sync_folder(file.parent)
    return gone


def _named_in_quarantine(file: Path, table: Table, forgotten: Suppressions) -> pl.Series:
    """Read the names out of the rows' JSON. What was cut off in the middle could name anybody."""
    data = pl.read_parquet(str(file), columns=["data"])
    names = [*table.persons, *table.accounts, *["network"] * bool(table.accounts)]
    texts = data.select(
        *(pl.col("data").str.json_path_match(f"$.{name}").alias(name) for name in names),
        cut=pl.col("data").str.json_path_match("$").is_null(),
    )
    return forgotten.named(table, texts) | texts["cut"]


def _named_beside(file: Path, forgotten: Suppressions) -> pl.Series:
    """Find rows by their ``person``, or their ``network`` and ``account``, as far as there are."""
    columns = pl.scan_parquet(str(file)).collect_schema().keys()
    persons = tuple({"person"} & columns)
    accounts = ("account",) if {"network", "account"} <= columns else ()
    wanted = [*persons, *accounts, *["network"] * bool(accounts)]
    frame = pl.read_parquet(str(file), columns=wanted)
    return forgotten.named(Table(file.stem, {}, persons=persons, accounts=accounts), frame)
