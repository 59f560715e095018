"""Distinct things, pairs or contents, that enter a window or leave it with a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.authenticity import QUARTERS
from features.catalogue.catalogue import HORIZON, WINDOWS
from features.sliding.accounts import Accounts
from features.sliding.pairs import Pairs, found
from features.sliding.store import KEYS, NEVER, Store

_ACTOR = np.uint64(2**32 - 1)
_HALF = np.uint64(32)

Days = dict[str, NDArray[np.uint16]]


@dataclass(frozen=True)
class Things:
    """Things that react on a day, or did on a day that leaves a window with it.

    Attributes
    ----------
    receivers
        Keys, in the order of the things.
    several
        How many things each of `receivers` has, one after the other; None: one.
    before, now
        By reaction, each thing's last day before, and the day if it was on it; else `NEVER`.
    weights
        Each thing's, shape (n,); None: 1.
    """

    receivers: pl.Series
    several: NDArray[np.intp] | None
    before: Days
    now: Days
    weights: NDArray[np.float64] | None

    @property
    def size(self) -> int:
        """How many things there are."""
        return len(self.receivers) if self.several is None else int(self.several.sum())

    def spread(self, place: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """From a place for each of `receivers` to one for each thing."""
        return place if self.several is None else np.repeat(place, self.several)

    def moves(self, day: int) -> Iterator[tuple[str, int, NDArray[np.intp], int]]:
        """Say which things (numbers) enter a window with the day (sign 1), or leave it (-1)."""
        for name, before in self.before.items():
            now = self.now[name] != NEVER
            for window in WINDOWS:
                start = day - window
                yield f"{name}", window, np.flatnonzero(now & (before < start)), 1
                yield f"{name}", window, np.flatnonzero(~now & (before == start)), -1

    def weight(self, some: NDArray[np.intp]) -> NDArray[np.float64]:
        """Weights of some things (numbers)."""
        return np.ones(len(some)) if self.weights is None else self.weights[some]


def met(
    known: Pairs,
    store: Store,
    day: int,
    accounts: Accounts,
    authenticity: pl.DataFrame | None,
) -> Things:
    """Look up the pairs concerned by a day, weighed by their actors' quarters.

    Parameters are those of `features.sliding.slide.slide`.
    """
    read = pl.collect_all(rows.select("pair") for rows in _concerned(store, "pairs", day))
    # Each file is in order, so a stable sort only merges them.
    every = np.sort(
        np.concatenate([np.zeros(0, np.uint64), *(rows["pair"].to_numpy() for rows in read)]),
        kind="stable",
    )
    pairs = every[np.diff(every, prepend=~every[:1]) != 0]
    numbers, several = np.unique_counts(pairs >> _HALF)
    quarters = np.full(len(accounts.table), float(QUARTERS))
    if authenticity is not None:
        known_actors = accounts.table.join(authenticity, left_on="key", right_on="actor")
        quarters[known_actors["number"].to_numpy()] = known_actors["quarters"].to_numpy()
    return Things(
        accounts.table["key"].gather(numbers.astype(np.uint32)),
        several,
        known.found(pairs),
        found(_today(known, store, day), pairs),
        quarters[pairs & _ACTOR],
    )


def drawn(store: Store, day: int) -> Things:
    """Look up the contents concerned by a day."""
    key = KEYS["contents"]
    there = [rows.select(key) for rows in _concerned(store, "contents", day)]
    nothing = pl.LazyFrame(schema=dict.fromkeys(key, pl.UInt64))
    wanted = pl.concat([nothing, *there]).unique().collect(engine="streaming").lazy()
    before = store.latest("contents", day - HORIZON, day, wanted)
    now = store.latest("contents", day, day + 1).rename({n: f"{n}.now" for n in store.names})
    rows = before.join(now, on=key, how="full", coalesce=True).fill_null(NEVER)
    table = rows.collect(engine="streaming")
    return Things(
        table["receiver"],
        None,
        {name: table[name].to_numpy() for name in store.names},
        {name: table[f"{name}.now"].to_numpy() for name in store.names},
        None,
    )


def _concerned(store: Store, table: str, day: int) -> list[pl.LazyFrame]:
    """Read the day, and the days that leave a window with it."""
    days = (day, *(day - window for window in WINDOWS))
    return [rows for rows in (store.read(table, each) for each in days) if rows is not None]


def _today(known: Pairs, store: Store, day: int) -> pl.DataFrame:
    rows = store.read("pairs", day)
    return known.recent.clear() if rows is None else store.last("pairs", rows).collect()
