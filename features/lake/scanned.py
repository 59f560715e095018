"""Reactions that a scan brought and that come again by the id that the network gives them.

The public interface of a network says who liked what, but not what the network calls the like. So
a scan gives it an id that says what it is (`SCAN_ID`). A recording or a stream has the network's
own id, by which the reaction can also be taken back. Where the lake has the first and gets the
second, the first is taken back from then on: each reaction counts once, whichever came first.
"""

from __future__ import annotations

import polars as pl

from features.lake.contracts import TABLES
from features.lake.key_index import alike, hash_of
from features.lake.lake import Lake

SCAN = "scan"
"""How the ledger names what a scan brought."""

TOLD_BY = ("reaction", "actor", "content")
"""What a reaction is told by to which a network gives no id."""

SCAN_ID = pl.concat_str(*TOLD_BY, separator=":")
"""The id that it has here; null where any of them is."""


def has_scans(lake: Lake) -> bool:
    """Whether a lake has anything of a scan."""
    return any(entry.format == SCAN for entry in lake.entries)


def taken_over(lake: Lake, rows: pl.DataFrame) -> pl.DataFrame:
    """Take scanned reactions back that come with the network's id.

    Parameters
    ----------
    lake
        With scans.
    rows
        Of `interactions`, to be written.

    Returns
    -------
    DataFrame
        Of `retractions`: of each from the instant on that its own row counts.
    """
    table = TABLES["interactions"]
    named = rows.filter(pl.col("id").is_not_null(), pl.col("id").ne_missing(SCAN_ID))
    scanned = named.with_columns(id=SCAN_ID).with_columns(hash_of(table)).drop_nulls("key")
    known = alike(lake, scanned.select("key").unique().sort("key"))
    again = scanned.join(known, on="key", how="semi")
    return again.select("network", "id", "actor", "at", restored=pl.lit(None, pl.Boolean))
