"""What counters and tallies said of some accounts."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.lake import Lake
from features.lake.remembering import remembered
from features.lake.times import midnight
from features.signals.owners import account_key

KEPT = 1_000_000
"""Rows of a table and network that are kept in memory, as numbers: some 30 MB."""


def of_accounts(
    lake: Lake, table: str, network: str, as_of: date, accounts: list[str]
) -> pl.DataFrame:
    """Read the rows of accounts from before a day, of the tables ``counters`` or ``tallies``."""
    files = lake.files(table, [network], until=as_of)
    if not files:
        return lake.scan(table, []).collect()
    if lake.memory is None or sum(file.rows for file in files) > KEPT:
        rows = lake.scan_files(table, files).filter(pl.col("account").is_in(accounts))
        return rows.collect(engine="streaming")
    every, before = _readings(lake, table, network), pl.col("at") < midnight(as_of)
    names = pl.DataFrame({"account": accounts}).with_columns(key=account_key("account"))
    first, last = (every["key"].search_sorted(names["key"], side) for side in ("left", "right"))
    parts = [
        every[a:b].with_columns(account=pl.lit(name))
        for a, b, name in zip(first, last, accounts, strict=True)
    ]
    schema = lake.scan_files(table, files).collect_schema()
    mine = pl.concat(parts).lazy().filter(before).with_columns(network=pl.lit(network))
    return mine.select(pl.col(name).cast(dtype) for name, dtype in schema.items()).collect()


@remembered
def _readings(lake: Lake, table: str, network: str) -> pl.DataFrame:
    """Keep all rows of a network, in order of the account's ``key`` (u64)."""
    rows = lake.scan(table, [network]).with_columns(key=account_key("account"))
    texts = pl.col(pl.String).cast(pl.Categorical)
    return rows.drop("network", "account").with_columns(texts).sort("key").collect()
