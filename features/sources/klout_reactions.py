"""Klout's own published samples of who reacted to whose post, when.

Klout open data, CC BY 3.0. Tab-separated, one header line, times in milliseconds. What kind of
reaction each was is not published; here **it is assumed** that on Twitter all are retweets (the
kind that always names its post) and on Facebook likes (the most frequent kind). The network is
told by the end of the file's name, as published: ``…_tw.tsv`` and ``…_fb.tsv``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Piece
from features.sources.glance import Glance, Known
from features.sources.lines import read_lines, split, with_unix_time
from features.sources.reader import Options, Reader, one_file

HEADER = (
    "#user_id_fingerprint",
    "#actor_id_fingerprint",
    "#post_id_fingerprint",
    "#post_timestamp",
    "#action_timestamp",
    "#user_timezone",
)
"""The first line's fields: the user whose post it is, who acted, the post, the times, the zone."""


@dataclass(frozen=True)
class _Sample:
    network: str
    reaction: str
    kind: str


SAMPLES = {
    "_tw": _Sample("twitter", "retweet", "tweet"),
    "_fb": _Sample("facebook", "like", "post"),
}


def _read(path: Path, _options: Options) -> Iterator[Piece]:
    sample = _sample(path)
    names = ["target", "actor", "content", "posted_at", "at", "zone"]
    for number, lines in enumerate(read_lines(path)):
        fields = split(lines if number else _without_header(path, lines), "\t", names)
        yield Piece("interactions", _interactions(sample, fields), str(path))
        yield Piece("contents", _contents(sample, fields), str(path))


def _sample(path: Path) -> _Sample:
    stem = path.name.split(".", 1)[0]
    if stem[-3:] not in SAMPLES:
        raise KloutError(
            f"{path}: expected a file name ending in one of {sorted(SAMPLES)} before its suffix, "
            f"for the network: _tw twitter, _fb facebook"
        )
    return SAMPLES[stem[-3:]]


def _without_header(path: Path, lines: pl.DataFrame) -> pl.DataFrame:
    header = lines["line"][0] if len(lines) else ""
    if header != "\t".join(HEADER):
        raise KloutError(f"{path}, line 1: expected the header {' '.join(HEADER)}")
    return lines.slice(1)


def _interactions(sample: _Sample, fields: pl.DataFrame) -> pl.DataFrame:
    return with_unix_time(fields, "at", per_second=1000).select(
        "row",
        pl.lit(sample.network).alias("network"),
        pl.lit(sample.reaction).alias("reaction"),
        "actor",
        "target",
        "content",
        "at",
    )


def _contents(sample: _Sample, fields: pl.DataFrame) -> pl.DataFrame:
    """Each post once; a line that is not whole is refused as an interaction already."""
    posts = fields.filter("whole").unique(["target", "content"], keep="first", maintain_order=True)
    return with_unix_time(posts, "posted_at", per_second=1000).select(
        "row",
        pl.lit(sample.network).alias("network"),
        pl.col("target").alias("author"),
        "content",
        pl.lit(sample.kind).alias("kind"),
        pl.col("posted_at").alias("at"),
    )


def _knows(seen: Glance) -> Known | None:
    lines = [] if seen.is_folder else seen.lines()
    if lines[:1] != ["\t".join(HEADER)]:
        return None
    return Known("a sample of reactions that Klout published")


KLOUT_REACTIONS = Reader(
    "klout-reactions",
    "Klout's published reaction samples (TSV): interactions and contents, twitter and facebook",
    one_file,
    _read,
    knows=_knows,
)
