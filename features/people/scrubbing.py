"""Removing the forgotten from what lies beside the tables.

That is the quarantine, what was published, and files in the lake's own folder, such as the labels
and the truth of a simulated world. There the rows are found by the digests alone, so it can be done
again by a run that no longer knows the name of an account. Refused rows may name somebody in any
way, so they are looked through before that, by the names: see `features.people.mentions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.lake.contracts import EVERY_TABLE, Table
from features.lake.suppression import Suppressions
from features.people.mentions import Mentions, plain
from features.storage.atomic import sync_folder
from features.storage.paths import found, move

_TEXTS = ("content", "id", "url", "about")
"""Columns, beside those of persons and accounts, in which a refused row may name somebody."""

QUARANTINE = "quarantine"
HELD = f"{QUARANTINE}/days"
"""Days that were computed and not published, as they would be in `PUBLISHED`."""
PUBLISHED = "published"
PUBLISHED_TOPICS = f"{PUBLISHED}/topics"
"""What people are influential about, of the days that had topics."""


def scrub(root: Path, staging: Path, forgotten: Suppressions) -> int:
    """Rewrite the files that name somebody forgotten; returns how many rows went."""
    gone = 0
    for file, table in _refused(root):
        gone += _leave(file, staging, _named_in_quarantine(file, table, forgotten))
    for file in _beside(root):
        gone += _leave(file, staging, _named_beside(file, forgotten))
    return gone


@dataclass(frozen=True)
class Scrubbed:
    """Rows removed from the quarantine.

    Attributes
    ----------
    rows
        Those that name the person, in any way.
    unreadable
        Those cut off in the middle, which could name anybody.
    """

    rows: int = 0
    unreadable: int = 0


def scrub_quarantine(root: Path, staging: Path, names: Mentions) -> Scrubbed:
    """Rewrite the quarantine without rows that mention a person."""
    gone = unreadable = 0
    for file, table in _refused(root):
        texts = _read(file, _columns(table))
        named, cut = _mentioned(texts, names), texts["cut"]
        gone, unreadable = gone + int(named.sum()), unreadable + int(cut.sum())
        _leave(file, staging, named | cut)
    return Scrubbed(gone, unreadable)


def is_beside(root: Path, forgotten: Suppressions, names: Mentions) -> bool:
    """Whether the quarantine, or what was published, names one of these."""
    refused = (_mentioned(_read(file, _columns(table)), names) for file, table in _refused(root))
    beside = (_named_beside(file, forgotten) for file in _beside(root))
    return any(rows.any() for rows in (*refused, *beside))


def _refused(root: Path) -> Iterator[tuple[Path, Table]]:
    """Name the quarantine's files, and what table their rows were meant for."""
    for file in found(root / QUARANTINE, "*.parquet"):
        if table := EVERY_TABLE.get(file.stem.rpartition("-")[0]):
            yield file, table


def _read(file: Path, columns: list[str]) -> pl.DataFrame:
    """Read texts of refused rows: the columns, URL-decoded, ``network``, and ``cut`` (bool)."""
    data = pl.read_parquet(str(file), columns=["data"], glob=False)
    texts = data.select(
        pl.col("data").str.json_path_match(f"$.{name}").alias(name) for name in columns
    )
    return plain(texts).with_columns(
        data.select(
            pl.col("data").str.json_path_match("$.network").alias("network"),
            pl.col("data").str.json_path_match("$").is_null().alias("cut"),
        )
    )


def _columns(table: Table) -> list[str]:
    return list(dict.fromkeys([*table.persons, *table.accounts, *_TEXTS]))


def _mentioned(texts: pl.DataFrame, names: Mentions) -> pl.Series:
    """Say of each refused row that can be read whether it mentions somebody."""
    columns = [name for name in texts.columns if name not in ("network", "cut")]
    return texts.with_columns(named=names.in_row(columns, "network") & ~pl.col("cut"))["named"]


def _beside(root: Path) -> list[Path]:
    folders = (root / PUBLISHED, root / PUBLISHED_TOPICS, root / HELD, root)
    return [file for folder in folders for file in found(folder, "*.parquet")]


def _leave(file: Path, staging: Path, named: pl.Series) -> int:
    """Keep the rows of a file that are not named; they take its place whole."""
    gone = int(named.sum())
    if gone:
        draft = staging / file.name
        left = pl.read_parquet(str(file), glob=False).filter(~named)
        left.lazy().sink_parquet(draft, sync_on_close="data")
        move({draft: file})
        sync_folder(file.parent)
    return gone


def _named_in_quarantine(file: Path, table: Table, forgotten: Suppressions) -> pl.Series:
    """Read the names out of the rows' JSON. What was cut off in the middle could name anybody."""
    texts = _read(file, [*table.persons, *table.accounts])
    return forgotten.named(table, texts) | texts["cut"]


def _named_beside(file: Path, forgotten: Suppressions) -> pl.Series:
    """Find rows by their ``person``, or their ``network`` and ``account``, as far as there are."""
    columns = pl.scan_parquet(str(file), glob=False).collect_schema().keys()
    persons = tuple({"person"} & columns)
    accounts = ("account",) if {"network", "account"} <= columns else ()
    wanted = [*persons, *accounts, *["network"] * bool(accounts)]
    frame = pl.read_parquet(str(file), columns=wanted, glob=False)
    return forgotten.named(Table(file.stem, {}, persons=persons, accounts=accounts), frame)
