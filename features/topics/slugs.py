"""How a topic is written: one form of a tag, whatever case, blanks and signs it came with."""

from __future__ import annotations

import hashlib

import polars as pl


def slug(tags: pl.Expr) -> pl.Expr:
    """Write tags as topics are written: lower case, a hyphen where it has blanks.

    NFKC first, so that a letter is the same however it was typed; underscores and strokes count as
    blanks, and what is left of ``#`` and hyphens at an end is dropped. A slug is its own slug.

    Returns
    -------
    Expr
        Str; null where nothing is left.
    """
    text = tags.str.normalize("NFKC").str.to_lowercase().str.normalize("NFKC")
    text = text.str.replace_all(r"[\s_/-]+", "-")
    return text.str.strip_chars_start("#-").str.strip_chars_end("-").replace("", None)


def topic_slug(tag: str) -> str | None:
    """Write a tag as topics are written; None where nothing is left.

    >>> topic_slug("#Machine Learning"), topic_slug("C#"), topic_slug("road_bikes"), topic_slug("#")
    ('machine-learning', 'c#', 'road-bikes', None)
    """
    found: str | None = pl.select(slug(pl.lit(tag, pl.String))).item()
    return found


def own_id(topic: str) -> str:
    """Give the id of a topic that no hierarchy has: 64 bits of its slug's hash, in digits.

    >>> own_id("jazz") == own_id("jazz") != own_id("blues")
    True
    """
    return str(int.from_bytes(hashlib.blake2b(topic.encode(), digest_size=8).digest()))


def squeezed(slugs: pl.Expr) -> pl.Expr:
    """Write slugs as hashtags have to: without hyphens and apostrophes."""
    return slugs.str.replace_all(r"['\u2019-]", "")
