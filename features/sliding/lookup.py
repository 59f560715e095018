"""The last days of pairs, looked up by bisection: files are in order of pair.

A few percent of the pairs are asked for, of files that hold them all. Joining by hash reads each
of all pairs at random; bisecting with keys in order goes through the files once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.sliding.store import NEVER, Store

THREADS = 2
"""Files read and bisected at the same time; numpy lets go of the interpreter."""

Days = dict[str, NDArray[np.uint16]]
"""Reaction to last day, by pair."""


def last_days(store: Store, pairs: NDArray[np.uint64], since: int, until: int) -> Days:
    """Look up when pairs last met.

    Parameters
    ----------
    store
        The network's tiles.
    pairs
        Shape (n,), ascending, each once.
    since, until
        Days since 1970; only ``[since, until)`` is looked at.

    Returns
    -------
    dict of ndarray of uint16, shape (n,)
        For each reaction, the last day on which there was one, or `NEVER`: what `Store.latest`
        says of them.
    """
    found = {name: np.full(len(pairs), NEVER, np.uint16) for name in store.names}
    with ThreadPoolExecutor(THREADS) as pool:
        sources = store.sources("pairs", since, until)
        for at, days in pool.map(lambda rows: _met(rows, pairs, store.names), sources):
            for name, last in days.items():
                found[name][at] = np.maximum(found[name][at], last)
    return found


def _met(
    rows: pl.LazyFrame, pairs: NDArray[np.uint64], names: list[str]
) -> tuple[NDArray[np.intp], Days]:
    """Find which of the pairs are in a file, and their last days there."""
    frame = rows.collect()
    there = frame["pair"].to_numpy()
    place = np.searchsorted(there, pairs)
    inside = np.flatnonzero(place < len(there))
    at = inside[there[place[inside]] == pairs[inside]]
    return at, {name: frame[name].to_numpy()[place[at]] for name in names}
