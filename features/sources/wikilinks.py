"""Links between Wikipedia's pages: lines ``source<TAB>target`` of URL-encoded titles.

Blank lines and those that start with ``#`` say nothing. The Wikispeedia selection is such a file:
R. West, J. Pineau and D. Precup, "Wikispeedia", IJCAI 2009; R. West and J. Leskovec, "Human
Wayfinding in Information Networks", WWW 2012.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from features.lake import Piece
from features.sources.lines import read_lines, split
from features.sources.reader import Options, Reader, one_file


def _read(path: Path, _options: Options) -> Iterator[Piece]:
    for lines in read_lines(path):
        links = split(
            lines.filter(~pl.col("line").str.starts_with("#")), "\t", ["source", "target"]
        )
        rows = links.select(
            "row",
            pl.lit("wikipedia").alias("network"),
            decoded(links["source"]),
            decoded(links["target"]),
        )
        yield Piece("links", rows, str(path))


def decoded(titles: pl.Series) -> pl.Series:
    """Decode URL-encoded titles, each distinct one once.

    >>> decoded(pl.Series(["Pel%C3%A9", "Bede", "100%", "%FF", None])).to_list()
    ['Pelé', 'Bede', '100%', '%FF', None]
    """
    encoded = titles.filter(titles.str.contains("%", literal=True)).unique()
    plain = pl.Series([_decode(title) for title in encoded], dtype=pl.String)
    return titles.replace(encoded, plain)


def _decode(title: str) -> str:
    """Decode one title; one whose bytes are not UTF-8 is left as it is."""
    try:
        return unquote(title, errors="strict")
    except UnicodeDecodeError:
        return title


WIKILINKS = Reader(
    "wikilinks",
    "page links as TSV (plain or gz): links on wikipedia",
    one_file,
    _read,
    named=False,
)
