"""Real logs that `klout ingest` does not read yet, made our own tables of.

Each function reads a file and gives ``interactions`` and perhaps ``contents`` of one network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from features.sources.lines import blocks, opened

Tables = dict[str, pl.DataFrame]

EVENTS = {
    "WatchEvent": "star",
    "ForkEvent": "fork",
    "IssuesEvent": "issue",
    "PullRequestEvent": "pull",
    "IssueCommentEvent": "comment",
    "CommitCommentEvent": "comment",
    "PullRequestReviewCommentEvent": "comment",
    "PushEvent": "push",
}
"""GitHub's events that act on a repository, each with the reaction of its owner's that it is."""

DELETED = "[deleted]"
"""Stands for the author of a Reddit comment whose account is gone: nobody in particular."""

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "network": pl.String,
    "reaction": pl.String,
    "actor": pl.String,
    "target": pl.String,
    "content": pl.String,
    "at": pl.Datetime("us", "UTC"),
}


def github(file: Path) -> Tables:
    """Read an hour of GitHub's public events: who acted on whose repository."""
    rows = [
        (
            "github",
            EVENTS[event["type"]],
            event["actor"]["login"],
            event["repo"]["name"].split("/")[0],
            None,
            datetime.fromisoformat(event["created_at"]),
        )
        for event in _json(file)
        if event["type"] in EVENTS
    ]
    return {"interactions": pl.DataFrame(rows, SCHEMA, orient="row")}


def reddit(file: Path) -> Tables:
    """Read a dump of comments: who replied to whose comment, and what each wrote.

    Replies to posts, and to comments that are not in the dump, are left out: whose those are, it
    does not say.
    """
    comments = pl.DataFrame(
        [
            (f"t1_{c['id']}", c["parent_id"], c["author"], int(c["created_utc"]))
            for c in _json(file)
        ],
        {"content": pl.String, "parent": pl.String, "author": pl.String, "at": pl.Int64},
        orient="row",
    ).with_columns(pl.from_epoch("at", time_unit="s").dt.replace_time_zone("UTC"))
    named = comments.filter(pl.col("author") != DELETED)
    parents = named.select(parent="content", target="author")
    replies = named.join(parents, on="parent", how="inner", maintain_order="left")
    network = pl.lit("reddit").alias("network")
    return {
        "interactions": replies.select(
            network,
            reaction=pl.lit("reply"),
            actor="author",
            target="target",
            content="parent",
            at="at",
        ),
        "contents": named.select(network, "author", "content", kind=pl.lit("comment"), at="at"),
    }


def messages(file: Path) -> Tables:
    """Read SNAP's CollegeMsg: ``source target unix_seconds``, a header first."""
    with opened(file) as stream:
        rows = pl.read_csv(stream.read(), separator=" ", schema_overrides={"src": pl.String})
    return {
        "interactions": rows.select(
            network=pl.lit("messages"),
            reaction=pl.lit("message"),
            actor="src",
            target=pl.col("dst").cast(pl.String),
            content=pl.lit(None, pl.String),
            at=pl.from_epoch("time", time_unit="s").dt.replace_time_zone("UTC"),
        )
    }


def _json(file: Path) -> Iterator[dict[str, Any]]:
    for _, lines in blocks(file):
        yield from map(json.loads, lines)
