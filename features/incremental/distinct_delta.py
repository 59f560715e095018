"""Distinct things, pairs or contents, that enter a window or leave it with a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import HORIZON, WINDOWS
from features.catalogue.figures import QUARTERS, Distinct, TileTable
from features.incremental.accounts import KnownAccounts
from features.incremental.pairs import PairTable, found
from features.incremental.tile_store import KEYS, NEVER, TileStore

_ACTOR = np.uint64(2**32 - 1)
_HALF = np.uint64(32)
_NOW = " now"

DayNumbers = dict[str, NDArray[np.uint16]]


@dataclass(frozen=True)
class DistinctDelta:
    """Things that react on a day, or did on a day that leaves a window with it.

    Attributes
    ----------
    receivers
        Keys, in the order of the things.
    several
        How many things each of `receivers` has, one after the other; None: one.
    before, now
        By figure and reaction, each thing's last day before, and the day if it counts on it; else
        `NEVER`.
    quarters
        How far each thing is believed, shape (n,); None: there is no doubt.
    """

    receivers: pl.Series
    several: NDArray[np.intp] | None
    before: DayNumbers
    now: DayNumbers
    quarters: NDArray[np.uint8] | None

    @property
    def size(self) -> int:
        """How many things there are."""
        return len(self.receivers) if self.several is None else int(self.several.sum())

    def spread(self, place: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """From a place for each of `receivers` to one for each thing."""
        return place if self.several is None else np.repeat(place, self.several)

    def moves(
        self, day: int, figure: Distinct, column: str
    ) -> Iterator[tuple[int, NDArray[np.intp], int]]:
        """Say which things (numbers) enter a window with the day (sign 1), or leave it (-1)."""
        before, counts = self.before[column], self.now[column] != NEVER
        for window in WINDOWS:
            for some, sign in figure.moves(before, counts, day - window):
                yield window, some, sign

    def weight(self, figure: Distinct, some: NDArray[np.intp]) -> NDArray[Any]:
        """Weights of some things (numbers)."""
        if self.quarters is None:
            return np.ones(len(some))
        return figure.believed(self.quarters[some])


def met(
    known: PairTable,
    store: TileStore,
    day: int,
    accounts: KnownAccounts,
    authenticity: pl.DataFrame | None,
) -> DistinctDelta:
    """Look up the pairs concerned by a day, weighed by their actors' quarters.

    Parameters are those of `features.incremental.slide.slide`.
    """
    read = pl.collect_all(rows.select("pair") for rows in _concerned(store, "pairs", day))
    # Each file is in order, so a stable sort only merges them.
    every = np.sort(
        np.concatenate([np.zeros(0, np.uint64), *(rows["pair"].to_numpy() for rows in read)]),
        kind="stable",
    )
    pairs = every[np.diff(every, prepend=~every[:1]) != 0]
    numbers, several = np.unique_counts(pairs >> _HALF)
    return DistinctDelta(
        accounts.table["key"].gather(numbers.astype(np.uint32)),
        several,
        known.found(pairs),
        found(_today(known, store, day), pairs),
        quarters_of(pairs, accounts, authenticity),
    )


def receivers_of(pairs: NDArray[np.uint64], accounts: KnownAccounts) -> pl.Series:
    """Name (keys) the receiver of each pair."""
    return accounts.table["key"].gather((pairs >> _HALF).astype(np.uint32))


def quarters_of(
    pairs: NDArray[np.uint64], accounts: KnownAccounts, authenticity: pl.DataFrame | None
) -> NDArray[np.uint8]:
    """Say how far the actor of each pair is believed."""
    quarters: NDArray[np.uint8] = np.full(len(accounts.table), QUARTERS, np.uint8)
    if authenticity is not None:
        known_actors = accounts.table.join(authenticity, left_on="key", right_on="actor")
        quarters[known_actors["number"].to_numpy()] = known_actors["quarters"].to_numpy()
    of_pairs: NDArray[np.uint8] = quarters[pairs & _ACTOR]
    return of_pairs


def drawn(store: TileStore, day: int) -> DistinctDelta:
    """Look up the contents concerned by a day."""
    key = KEYS["contents"]
    there = [rows.select(key) for rows in _concerned(store, "contents", day)]
    nothing = pl.LazyFrame(schema=dict.fromkeys(key, pl.UInt64))
    wanted = pl.concat([nothing, *there]).unique().collect(engine="streaming").lazy()
    before = store.latest("contents", day - HORIZON, day, wanted)
    now = store.latest("contents", day, day + 1)
    rows = before.join(now, on=key, how="full", coalesce=True, suffix=_NOW).fill_null(NEVER)
    table = rows.collect(engine="streaming")
    names = [name for name in before.collect_schema() if name not in key]
    return DistinctDelta(
        table["receiver"],
        None,
        {name: table[name].to_numpy() for name in names},
        {name: table[f"{name}{_NOW}"].to_numpy() for name in names},
        None,
    )


def _concerned(store: TileStore, table: TileTable, day: int) -> list[pl.LazyFrame]:
    """Read the day, and the days that leave a window with it."""
    days = (day, *(day - window for window in WINDOWS))
    return [rows for rows in (store.read(table, each) for each in days) if rows is not None]


def _today(known: PairTable, store: TileStore, day: int) -> pl.DataFrame:
    rows = store.read("pairs", day)
    return known.recent.clear() if rows is None else store.last("pairs", rows).collect()
