"""The Higgs-Twitter activity file: retweets, mentions and replies around one week of July 2012.

M. De Domenico et al., "The Anatomy of a Scientific Rumor", Scientific Reports 3, 2013;
https://snap.stanford.edu/data/higgs-twitter.html. Lines ``actor target unix_seconds kind``: the
actor retweets, mentions or replies to the target.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from features.lake import Piece
from features.sources.glance import Glance, Known
from features.sources.lines import read_lines, split, with_unix_time
from features.sources.reader import Options, Reader, one_file

KINDS = {"RT": "retweet", "MT": "mention", "RE": "reply"}
"""What the file calls a reaction, and what Twitter's declaration does."""

_LINE = re.compile(rf"\d+ \d+ \d{{9,10}} ({'|'.join(KINDS)})")


def _read(path: Path, _options: Options) -> Iterator[Piece]:
    for lines in read_lines(path):
        fields = split(lines, " ", ["actor", "target", "at", "reaction"])
        # An unknown kind stays as it is: the checks refuse it by name.
        rows = with_unix_time(fields, "at", per_second=1).select(
            "row",
            pl.lit("twitter").alias("network"),
            pl.col("reaction").replace(KINDS),
            "actor",
            "target",
            "at",
        )
        yield Piece("interactions", rows, str(path))


def _knows(seen: Glance) -> Known | None:
    lines = [] if seen.is_folder else seen.lines()
    if lines and all(_LINE.fullmatch(line) for line in lines):
        return Known("the Higgs-Twitter activity file, or one of its form")
    return None


HIGGS = Reader(
    "higgs",
    "the Higgs-Twitter activity file (plain or gz): retweets, mentions and replies on twitter",
    one_file,
    _read,
    named=False,
    knows=_knows,
)
