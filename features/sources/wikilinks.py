"""Links between Wikipedia's pages: lines ``source<TAB>target`` of URL-encoded titles.

Blank lines and those that start with ``#`` say nothing. The Wikispeedia selection is such a file:
R. West, J. Pineau and D. Precup, "Wikispeedia", IJCAI 2009; R. West and J. Leskovec, "Human
Wayfinding in Information Networks", WWW 2012.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from features.lake import Piece
from features.lake.url_encoded import url_decoded
from features.sources.glance import Glance, Known
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
            url_decoded(links["source"]),
            url_decoded(links["target"]),
        )
        yield Piece("links", rows, str(path))


def _knows(seen: Glance) -> Known | None:
    lines = [] if seen.is_folder else seen.lines()
    fields = [line.split("\t") for line in lines if not line.startswith("#")]
    if not fields or any(len(each) != 2 for each in fields):
        return None
    if all(title.strip().isdigit() for each in fields for title in each):
        return None  # ids are no titles
    return Known("page links: a source and a target on each line")


WIKILINKS = Reader(
    "wikilinks",
    "page links as TSV (plain or gz): links on wikipedia",
    one_file,
    _read,
    named=False,
    knows=_knows,
)
