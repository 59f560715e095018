"""Which texts the lake keeps, and how columns of other types become texts."""

from __future__ import annotations

import re

import polars as pl
import pyarrow.compute as pc

CONTROL = r"[\x00-\x1f\x7f-\x9f]"
"""Control characters: PostgreSQL keeps no NUL, and a terminal obeys some of the others."""

_UNKEPT = re.compile(rf"{CONTROL}|[\ud800-\udfff]")


def unkept(text: str) -> str | None:
    r"""Say which character of a text the lake does not keep; None if it keeps the text.

    >>> unkept("a\x00b"), unkept("\ud800"), unkept("a b")
    ('holds the control character U+0000', 'holds U+D800, which is no character', None)
    """
    found = _UNKEPT.search(text)
    if found is None:
        return None
    code = f"U+{ord(found[0]):04X}"
    is_half = ord(found[0]) >= 0xD800  # half of a pair, which no UTF-8 can hold
    return (
        f"holds {code}, which is no character" if is_half else f"holds the control character {code}"
    )


def is_spoilt(texts: pl.Series) -> pl.Series | None:
    """Say which texts hold a control character; None if none does.

    Halves of pairs can't be in a column, which is UTF-8.
    """
    # Nearly all ids are printable ASCII, and Arrow sees that in a third of the time.
    if pc.all(pc.ascii_is_printable(texts.to_arrow())).as_py() is not False:
        return None
    spoilt = texts.str.contains(CONTROL)
    return spoilt if spoilt.any() else None


def decoded(frame: pl.DataFrame) -> pl.DataFrame:
    """Read columns of bytes as UTF-8 texts, as some writers don't say that theirs are texts.

    Returns
    -------
    DataFrame
        Null where bytes are no UTF-8.
    """
    return frame.with_columns(
        _text(series) for series in frame.iter_columns() if series.dtype == pl.Binary
    )


def _text(column: pl.Series) -> pl.Series:
    try:
        return column.cast(pl.String)
    except pl.exceptions.ComputeError:  # one bad byte is enough; Polars has no lenient reading
        texts = [None if value is None else _utf8(value) for value in column]
        return pl.Series(column.name, texts, pl.String)


def _utf8(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def uuid_texts(column: pl.Expr) -> pl.Expr:
    """Write UUIDs given as 16 bytes in their canonical form, as 123e4567-e89b-12d3-….

    >>> pl.select(uuid_texts(pl.lit(bytes(range(16))).alias("id"))).item()
    '00010203-0405-0607-0809-0a0b0c0d0e0f'
    """
    digits = column.bin.encode("hex")
    parts = [digits.str.slice(*part) for part in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))]
    return pl.concat_str(parts, separator="-").alias(column.meta.output_name())
