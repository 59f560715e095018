"""What counters and tallies said of some accounts."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.lake import TABLES, Lake
from features.lake.remembering import remembered
from features.lake.times import midnight
from features.signals.owners import account_key
from serving.explain.received import keys_of

KEPT = 1_000_000
"""Rows of a table and network that are kept in memory, as numbers: some 30 MB."""


def of_accounts(
    lake: Lake, table: str, network: str, as_of: date, accounts: list[str]
) -> pl.DataFrame:
    """Read the rows of accounts from before a day, of the tables ``counters`` or ``tallies``."""
    files = lake.files(table, [network], until=as_of)
    if not files:
        return pl.DataFrame(schema=dict(TABLES[table].columns))
    if lake.memory is None or sum(file.rows for file in files) > KEPT:
        rows = lake.scan_files(table, files).filter(pl.col("account").is_in(accounts))
        return rows.collect(engine="streaming")
    every, before = _readings(lake, table, network), pl.col("at") < midnight(as_of)
    keys, known = keys_of(accounts).to_numpy(), every["key"].to_numpy()
    spans = (known.searchsorted(keys, side).tolist() for side in ("left", "right"))
    parts = [
        every.slice(first, last - first).lazy().with_columns(account=pl.lit(name))
        for first, last, name in zip(*spans, accounts, strict=True)
    ]
    mine = pl.concat(parts).filter(before).with_columns(network=pl.lit(network))
    columns = TABLES[table].columns
    return mine.select(pl.col(name).cast(dtype) for name, dtype in columns.items()).collect()


@remembered
def _readings(lake: Lake, table: str, network: str) -> pl.DataFrame:
    """Keep all rows of a network, in order of the account's ``key`` (u64)."""
    rows = lake.scan(table, [network]).with_columns(key=account_key("account"))
    texts = pl.col(pl.String).cast(pl.Categorical)
    return rows.drop("network", "account").with_columns(texts).sort("key").collect()
