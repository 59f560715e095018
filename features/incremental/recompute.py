"""Figures of some receivers, or of all, read from the tiles of the whole horizon."""

from __future__ import annotations

from itertools import product

import polars as pl

from features.catalogue.catalogue import HORIZON, WINDOWS
from features.catalogue.figures import Peak
from features.catalogue.measures import figures_of
from features.incremental.accounts import KnownAccounts, actor_of, receiver_of
from features.incremental.pairs import BUCKET_ROWS
from features.incremental.tile_store import TileStore
from features.signals.windows import distinct, distinct_actors, figure_columns, sums, together


def recompute(
    store: TileStore,
    end: int,
    pairs: pl.DataFrame,
    accounts: KnownAccounts,
    authenticity: pl.DataFrame | None,
    receivers: pl.Series | None = None,
) -> pl.DataFrame:
    """Read the windows that end at a day.

    Parameters
    ----------
    store
        Tiles of ``[end - 90, end)``.
    end
        Since 1970.
    pairs
        From `features.incremental.pairs`, at least those of the receivers.
    accounts
        All that are in the tiles.
    authenticity
        That the tiles were folded with.
    receivers
        Keys; None: everybody.

    Returns
    -------
    DataFrame
        As `features.signals.windows.figures`.
    """
    wanted = accounts.table.select("key", "number")
    if receivers is not None:
        wanted = wanted.filter(pl.col("key").is_in(receivers.implode()))
    buckets = 1 if receivers is not None else 1 + len(pairs) // BUCKET_ROWS
    parts = [
        _bucket(
            store,
            end,
            pairs,
            accounts,
            authenticity,
            wanted.filter(pl.col("number") % buckets == n),
        )
        for n in range(buckets)
    ]
    return pl.concat(parts)


def _bucket(
    store: TileStore,
    end: int,
    pairs: pl.DataFrame,
    accounts: KnownAccounts,
    authenticity: pl.DataFrame | None,
    wanted: pl.DataFrame,
) -> pl.DataFrame:
    since, keys = end - HORIZON, wanted.lazy().select(receiver="key")
    days, doubted = (store.scan(table, since, end) for table in ("days", "doubted"))
    if days is None or doubted is None:
        columns = dict.fromkeys(figure_columns(store.names), pl.Int64)
        return pl.DataFrame(schema={"receiver": pl.UInt64, **columns})
    days, doubted = (rows.join(keys, on="receiver", how="semi") for rows in (days, doubted))
    drawn = store.latest("contents", since, end, keys)
    met = _last_reactions(pairs, accounts, wanted)
    parts = [
        sums(days, doubted, end, store.names),
        distinct_actors(met, end, store.names, authenticity),
        distinct(drawn, end, store.names, "contents"),
        *(_peaks(store, end, window, keys) for window in WINDOWS),
    ]
    return together(parts, store.names)


def _last_reactions(
    pairs: pl.DataFrame, accounts: KnownAccounts, wanted: pl.DataFrame
) -> pl.LazyFrame:
    """Last day on which each actor reacted to each receiver, both by key."""
    mine = pairs.lazy().select(
        pl.exclude("pair"), receiver_number=receiver_of(), actor_number=actor_of()
    )
    numbers = wanted.lazy().select(receiver_number="number")
    of_wanted = mine.join(numbers, on="receiver_number", how="semi")
    with_receiver = accounts.keyed(of_wanted, "receiver_number", "receiver")
    return accounts.keyed(with_receiver, "actor_number", "actor")


def _peaks(store: TileStore, end: int, window: int, keys: pl.LazyFrame) -> pl.LazyFrame:
    peaks = product(store.names, figures_of(Peak))
    columns = {peak.column(name): peak.column(name, window) for name, peak in peaks}
    return store.latest("peaks", end - window, end, keys).rename(columns)
