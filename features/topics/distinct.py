"""Distinct people by receiver and topic, though most react to contents of several topics each.

A receiver has few topics, so they are numbered, and what an actor reacted to in a window is a mask:
a bit for each topic, the union over contents. Pairs of receiver and actor are never spread over
topics; at the end the bits of a receiver's pairs are added up, each by the actor's authenticity.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import WINDOWS
from features.catalogue.figures import BELIEVED

BITS = 64
"""Of a word; a receiver of more topics has several words."""
CHUNK_PAIRS = 1_000_000
"""Pairs whose bits are unpacked together: 64 bytes each."""

_WORD = ["receiver", "word"]
_BANDS = sorted(WINDOWS)
_QUARTERS = (pl.col("quarters").first(),)


def distinct_people(met: pl.LazyFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """Count the people of receivers by topic and window.

    Parameters
    ----------
    met
        ``receiver``, ``actor``, ``set``, ``band`` (u8, in how many windows the last reaction does
        not lie) and ``quarters`` (u8). With ``was``, the ``band`` of another day, what is counted
        is by how many there are more than on that day.
    topics
        ``receiver``, ``set``, ``topic``: of each receiver's sets, which topics each stands for.

    Returns
    -------
    DataFrame
        ``receiver``, ``topic``, a column ``WINDOWd`` each (i64, quarters) and ``reactors`` (i64,
        believed by half, in the widest window).
    """
    numbers = _numbered(topics)
    masks = (
        topics.lazy()
        .join(numbers.lazy(), on=["receiver", "topic"])
        .group_by("receiver", "set", "word")
        .agg(mask=pl.lit(2, pl.UInt64).pow(pl.col("bit")).cast(pl.UInt64).sum())
    )
    bands = [name for name in ("band", "was") if name in met.collect_schema()]
    pairs = (
        met.join(masks, on=["receiver", "set"])
        .group_by(*_WORD, "actor")
        .agg(*(_union(name, place) for name in bands for place in range(len(_BANDS))), *_QUARTERS)
        .drop("actor")
        .sort(_WORD)
        .collect(engine="streaming")
    )
    if pairs.is_empty():
        return _nothing(numbers)
    words = pairs.select(_WORD).unique(maintain_order=True).with_row_index("place")
    where = numbers.join(words, on=_WORD)
    sums = _sums(pairs, bands)
    place, bit = where["place"].to_numpy(), where["bit"].to_numpy()
    return where.select("receiver", "topic").with_columns(
        pl.Series(name, table[place, bit]) for name, table in sums.items()
    )


def _union(band: str, place: int) -> pl.Expr:
    """Say what an actor reacted to in a window: a mask."""
    inside = pl.col("mask").filter(pl.col(band) <= place)
    return inside.bitwise_or().alias(f"{band}.{_BANDS[place]}")


def _nothing(numbers: pl.DataFrame) -> pl.DataFrame:
    names = [*(f"{window}d" for window in WINDOWS), "reactors"]
    return numbers.select("receiver", "topic", *(pl.lit(0, pl.Int64).alias(n) for n in names))


def _numbered(topics: pl.DataFrame) -> pl.DataFrame:
    """Number each receiver's topics: ``receiver``, ``topic``, ``word`` (u32) and ``bit`` (u32)."""
    each = topics.select("receiver", "topic").unique().sort("receiver")
    number = pl.int_range(pl.len(), dtype=pl.UInt32).over("receiver")
    return each.with_columns(word=number // BITS, bit=number % BITS)


def _sums(pairs: pl.DataFrame, bands: list[str]) -> dict[str, NDArray[np.int64]]:
    """Add up the bits of each word's pairs: tables of shape (words, `BITS`), by name."""
    parts: dict[str, list[NDArray[np.int64]]] = {}
    for some in _chunks(pairs):
        lengths = some.select(pl.struct(_WORD).rle()).to_series().struct.field("len").to_numpy()
        starts = (np.cumsum(lengths) - lengths).astype(np.intp)
        quarters = some["quarters"].to_numpy().astype(np.int8)
        for window in WINDOWS:
            bits = _bits(some, bands, window)
            added = np.add.reduceat(bits * quarters[:, None], starts, axis=0, dtype=np.int64)
            parts.setdefault(f"{window}d", []).append(added)
            if window == max(WINDOWS):
                believed = bits * (quarters >= BELIEVED)[:, None]
                added = np.add.reduceat(believed, starts, axis=0, dtype=np.int64)
                parts.setdefault("reactors", []).append(added)
    return {name: np.concatenate(of) for name, of in parts.items()}


def _chunks(pairs: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Divide pairs, in order of word, where a word ends."""
    word = pairs.select(pl.struct(_WORD).rle_id()).to_series()
    start = 0
    while start < len(pairs):
        last = min(start + CHUNK_PAIRS, len(pairs)) - 1
        end = int(word.search_sorted(word[last], "right"))
        yield pairs[start:end]
        start = end


def _bits(pairs: pl.DataFrame, bands: list[str], window: int) -> NDArray[np.int8]:
    """Unpack the masks of pairs, shape (n, `BITS`): 1 what is new, -1 what is no more."""
    now, *was = (_unpacked(pairs[f"{band}.{window}"]) for band in bands)
    return now - was[0] if was else now


def _unpacked(masks: pl.Series) -> NDArray[np.int8]:
    """Unpack masks, of shape (n,), to (n, `BITS`); null is nothing."""
    values = masks.fill_null(0).to_numpy().astype("<u8")
    bits = np.unpackbits(values.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    return bits.view(np.int8)
