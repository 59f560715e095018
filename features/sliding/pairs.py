"""When each actor last reacted to each receiver, kept from day to day.

A frame in order of ``pair`` (u64, see `features.sliding.accounts`), with a column for each
reaction: the last day (u16, since 1970) on which there was one, or `NEVER`. In this order some
pairs are found among many by bisection, and a day is merged in without sorting.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue import ANY, HORIZON
from features.sliding.accounts import receiver_of
from features.sliding.store import NEVER, Store

BUCKET_ROWS = 8_000_000
"""Pairs of the horizon looked at together, so that memory does not grow with a network."""

PRUNED_EVERY = 10
"""Days after which pairs that have left all windows are dropped."""


def known_pairs(store: Store, end: int, receivers: pl.LazyFrame | None = None) -> pl.DataFrame:
    """Read the tiles of the 90 days up to a day.

    Parameters
    ----------
    store
        The network's tiles.
    end
        Since 1970.
    receivers
        Their ``number``; None: everybody's.
    """
    since = end - HORIZON
    if receivers is not None:
        return store.latest("pairs", since, end, receivers).sort("pair").collect(engine="streaming")
    rows = store.scan("pairs", since, end)
    several = 1 if rows is None else 1 + int(rows.select(pl.len()).collect().item()) // BUCKET_ROWS
    most = 0 if rows is None else rows.select(receiver_of().max()).collect().item() or 0
    ends = np.linspace(0, most + 1, several + 1).astype(np.int64)
    numbers = (np.arange(*some, dtype=np.uint32) for some in pairwise(ends))
    return pl.concat(known_pairs(store, end, pl.LazyFrame({"number": some})) for some in numbers)


def found(known: pl.DataFrame, pairs: NDArray[np.uint64]) -> dict[str, NDArray[np.uint16]]:
    """Look pairs up, in ascending order: by reaction the last day, shape (n,)."""
    place, there = _places(known, pairs)
    days = {}
    for name in known.columns[1:]:
        days[name] = np.full(len(pairs), NEVER, np.uint16)
        days[name][there] = known[name].to_numpy()[place[there]]
    return days


def with_day(known: pl.DataFrame, store: Store, day: int) -> pl.DataFrame:
    """Add a day, later than all that is known."""
    rows = store.read("pairs", day)
    today = known.clear() if rows is None else store.last("pairs", rows).collect()
    if today.is_empty():
        return known
    pairs = today["pair"].to_numpy()
    place, there = _places(known, pairs)
    new = np.ones(len(pairs), np.bool_)
    new[there] = False
    columns = {"pair": np.insert(known["pair"].to_numpy(), place[new], pairs[new])}
    for name in store.names:
        last, now = known[name].to_numpy().copy(), today[name].to_numpy()
        last[place[there]] = np.maximum(last[place[there]], now[there])
        columns[name] = np.insert(last, place[new], now[new])
    merged = pl.DataFrame(columns)
    if day % PRUNED_EVERY:
        return merged
    return merged.filter(pl.col(ANY) > day - HORIZON)


def with_anew(known: pl.DataFrame, receivers: pl.DataFrame, anew: pl.DataFrame) -> pl.DataFrame:
    """Put what is known of some receivers (``number``) anew in the place of what was."""
    others = known.join(receivers, left_on=receiver_of(), right_on="number", how="anti")
    return pl.concat([others, anew]).sort("pair")


def _places(
    known: pl.DataFrame, pairs: NDArray[np.uint64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find where pairs are, or would be, and which of them are there."""
    all_pairs = known["pair"].to_numpy()
    place = np.searchsorted(all_pairs, pairs)
    inside = np.flatnonzero(place < len(all_pairs))
    return place, inside[all_pairs[place[inside]] == pairs[inside]]
