"""URL-encoded texts, as titles of pages and addresses of profiles come."""

from __future__ import annotations

from urllib.parse import unquote

import polars as pl


def url_decoded(texts: pl.Series) -> pl.Series:
    """Decode URL-encoded texts, each distinct one once.

    >>> url_decoded(pl.Series(["Pel%C3%A9", "Bede", "100%", "%FF", None])).to_list()
    ['Pelé', 'Bede', '100%', '%FF', None]
    """
    encoded = texts.filter(texts.str.contains("%", literal=True)).unique()
    plain = pl.Series([_decode(text) for text in encoded], dtype=pl.String)
    return texts.replace(encoded, plain)


def _decode(text: str) -> str:
    """Decode one text; one whose bytes are not UTF-8 is left as it is."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text
