"""When each actor last reacted to each receiver, kept from day to day.

A frame in order of ``pair`` (u64, see `features.incremental.accounts`), with a column for each
figure of distinct actors and reaction: the last day (u16, since 1970) that counts, or `NEVER`. In
this order some pairs are found among many by bisection, and a day is merged in without sorting.

A day has few of all pairs. So it is merged into a small frame of its own, and only every ten days
that is merged into the large one; in between the file of the large one stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import HORIZON
from features.incremental.accounts import receiver_of
from features.incremental.tile_store import NEVER, TileStore

BUCKET_ROWS = 8_000_000
"""Pairs of the horizon looked at together, so that memory does not grow with a network."""

MERGED_EVERY = 10
"""Days after which the recent pairs are merged, and those that have left all windows dropped."""


@dataclass(frozen=True)
class PairTable:
    """All pairs of a network.

    Attributes
    ----------
    old
        The large frame.
    changed
        What corrections made of rows of `old`, which stays as it is: of a pair in both this counts.
    recent
        What happened since `old` was made; of a pair in both the later day counts.
    file
        Where `old` is on disk; None: nowhere yet.
    """

    old: pl.DataFrame
    changed: pl.DataFrame
    recent: pl.DataFrame
    file: Path | None = None

    @staticmethod
    def of(whole: pl.DataFrame) -> PairTable:
        """Take a frame of all, from `known_pairs`."""
        return PairTable(whole, whole.clear(), whole.clear())

    def lazy(self) -> pl.LazyFrame:
        """Give all; some pairs twice, and also those that a correction took away."""
        return pl.concat([self.old.lazy(), self.changed.lazy(), self.recent.lazy()])

    def whole(self) -> pl.DataFrame:
        """Give all, in order of pair."""
        return merged(merged(self.old, self.changed, is_later=True), self.recent)

    def of_receivers(self, numbers: pl.Series) -> pl.DataFrame:
        """Give those of some receivers, in order of pair."""
        theirs = receiver_of().is_in(numbers.implode())
        old, changed, recent = self.old, self.changed, self.recent
        return PairTable(old.filter(theirs), changed.filter(theirs), recent.filter(theirs)).whole()

    def found(self, pairs: NDArray[np.uint64]) -> dict[str, NDArray[np.uint16]]:
        """Look pairs up, in ascending order: by reaction the last day, shape (n,)."""
        old, recent = found(self.old, pairs), found(self.recent, pairs)
        place, there = _places(self.changed, pairs)
        for name, days in old.items():
            days[there] = self.changed[name].to_numpy()[place[there]]
        return {name: np.maximum(days, recent[name]) for name, days in old.items()}


def known_pairs(store: TileStore, end: int, receivers: pl.LazyFrame | None = None) -> pl.DataFrame:
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
    """Look pairs up in one frame, as `PairTable.found` does."""
    place, there = _places(known, pairs)
    days = {}
    for name in known.columns[1:]:
        days[name] = np.full(len(pairs), NEVER, np.uint16)
        days[name][there] = known[name].to_numpy()[place[there]]
    return days


def with_day(known: PairTable, store: TileStore, day: int) -> PairTable:
    """Add a day, later than all that is known."""
    rows = store.read("pairs", day)
    if rows is None:
        return known
    grown = replace(known, recent=merged(known.recent, store.last("pairs", rows).collect()))
    if day % MERGED_EVERY:
        return grown
    seen = pl.max_horizontal(pl.exclude("pair")) > day - HORIZON
    return PairTable.of(grown.whole().filter(seen))


def corrected(known: PairTable, store: TileStore, pairs: pl.DataFrame, end: int) -> PairTable:
    """Look up anew what is known of some pairs.

    Parameters
    ----------
    known
        Of the days before `end`.
    store
        Their tiles, as they are now.
    pairs
        ``pair`` and ``day`` (since 1970) of what is other.
    end
        Since 1970.
    """
    last = (known.old[name].to_numpy().max(initial=NEVER) for name in known.old.columns[1:])
    in_old = 1 + int(max(last))
    is_old = pl.col("day") < in_old
    old, recent = pairs.filter(is_old), pairs.filter(~is_old)
    anew = _last_days(known.old, store, old, end - HORIZON, in_old)
    since = _last_days(known.old, store, recent, in_old, end)
    return replace(
        known,
        changed=merged(known.changed, anew, is_later=True),
        recent=merged(known.recent, since, is_later=True),
    )


def _last_days(
    like: pl.DataFrame, store: TileStore, pairs: pl.DataFrame, since: int, until: int
) -> pl.DataFrame:
    """Read when some pairs last met in ``[since, until)``, in order of pair."""
    wanted = pairs.select("pair").unique()
    if wanted.is_empty():
        return like.clear()
    last = store.latest("pairs", since, until, wanted.lazy())
    rows = wanted.lazy().join(last, on="pair", how="left").fill_null(NEVER)
    return rows.select(like.columns).sort("pair").collect(engine="streaming")


def merged(known: pl.DataFrame, more: pl.DataFrame, *, is_later: bool = False) -> pl.DataFrame:
    """Put two frames together, each in order of pair.

    Of a pair in both the later day of each reaction counts, or what the second says (`is_later`).
    """
    if more.is_empty():
        return known
    pairs = more["pair"].to_numpy()
    place, there = _places(known, pairs)
    new = np.ones(len(pairs), np.bool_)
    new[there] = False
    columns = {"pair": np.insert(known["pair"].to_numpy(), place[new], pairs[new])}
    for name in known.columns[1:]:
        last, now = known[name].to_numpy().copy(), more[name].to_numpy()
        last[place[there]] = now[there] if is_later else np.maximum(last[place[there]], now[there])
        columns[name] = np.insert(last, place[new], now[new])
    return pl.DataFrame(columns)


def _places(
    known: pl.DataFrame, pairs: NDArray[np.uint64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find where pairs are, or would be, and which of them are there."""
    all_pairs = known["pair"].to_numpy()
    place = np.searchsorted(all_pairs, pairs)
    inside = np.flatnonzero(place < len(all_pairs))
    return place, inside[all_pairs[place[inside]] == pairs[inside]]
