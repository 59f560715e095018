"""The hash of ids: XXH3 with 64 bits, which is specified, so what is made of it may be kept.

Polars' own hash is another after an upgrade of Polars, and Python's in each process: neither may
decide what is stored, nor who stands on which side of a division.
"""

from __future__ import annotations

import polars as pl
from polars_hash import NonCryptographicHashingNameSpace

KEY_SEED = 0
"""Of the keys of accounts and contents. Another seed gives each of them another key."""

KEY_SCHEME = f"xxh3-64/{KEY_SEED}"
"""Names how keys are made: what was kept with keys of another scheme is of no use."""


def hashed(ids: pl.Expr, seed: int = 0) -> pl.Expr:
    """Hash texts as UTF-8: u64, null of null; of what is no text, its text.

    Parameters
    ----------
    ids
        To hash.
    seed
        From 0, below 2⁶⁴. Of short texts XXH3 takes the seed as a change to the text: with the seed
        3, "p10" has the hash that "p11" has with 4. What must be independent needs other texts.

    Examples
    --------
    >>> pl.DataFrame({"id": ["ann"]}).select(hashed(pl.col("id"))).item()
    5200682613324210888
    """
    return NonCryptographicHashingNameSpace(ids.cast(pl.String)).xxh3_64(seed=seed)


def key(name: pl.Expr) -> pl.Expr:
    """Stand for an account, a content or an id by 64 bits (`KEY_SCHEME`): u64, null of null."""
    return hashed(name, KEY_SEED)
