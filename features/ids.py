"""Ids of persons in files of others."""

from __future__ import annotations

import polars as pl

from features.errors import KloutError


def as_ids(given: pl.Series, where: str) -> pl.Series:
    """Take ids as text; whole numbers are written out.

    Raises
    ------
    KloutError
        If they are of another type: a fraction or a structure would be another id as text.
    """
    text = (pl.String, pl.Categorical, pl.Enum, pl.Null)
    if given.dtype not in text and not given.dtype.is_integer():
        raise KloutError(f"{where} must be ids, text or whole numbers; is {given.dtype}")
    return given.cast(pl.String)
