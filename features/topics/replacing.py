"""Putting tables of topics into the lake in place of what it has of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from features.lake.rewriting import rewriting


def replace(root: Path, tables: Mapping[str, pl.DataFrame], source: str) -> None:
    """Let rows take the place of all that tables of the lake hold, in one instant.

    What the last day's run kept stays: the next compares what each tag is about with what it was.

    Raises
    ------
    KloutError
        If there is no lake, or another run is at work on it.
    """
    with rewriting(root, "topics") as work:
        for name, rows in tables.items():
            aside = [file for file in work.lake.aside if file.table == name]
            work.drop([*work.lake.files(name), *aside])
            if len(rows):
                work.add(name, rows)
        work.commit(source, uncounted=True)
