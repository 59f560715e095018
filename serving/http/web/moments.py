"""Moments: what a person published that drew most people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.lake import Lake
from features.lake.retractions import Undone
from features.signals.authenticity import steps_in_force
from serving.store.lookups import StoredAccount

MOST = 5


@dataclass(frozen=True)
class Moment:
    """A content of the last 90 days.

    Attributes
    ----------
    content, kind, day
        Its id; what it is and when it was published, None where the lake was not told.
    people, reactions
        Who reacted to it in the 90 days, and how often.
    """

    network: str
    content: str
    kind: str | None
    day: date | None
    people: int
    reactions: int


def moments(lake: Lake, as_of: date, accounts: Sequence[StoredAccount]) -> list[Moment]:
    """Find the contents that drew most people in the 90 days, most first.

    People are distinct accounts that are believed at least half, and not the person's own.
    """
    found: list[Moment] = []
    for network in sorted({network for network, _ in accounts}):
        own = [account for of, account in accounts if of == network]
        found += _on(lake, as_of, network, own)
    order = sorted(found, key=lambda each: (-each.people, -each.reactions, each.content))
    return order[:MOST]


def _on(lake: Lake, as_of: date, network: str, own: list[str]) -> list[Moment]:
    undone, window = Undone.of(lake, network, as_of), ([network], as_of - timedelta(HORIZON), as_of)
    steps = steps_in_force(lake, as_of, network=network)
    doubted = steps.filter(pl.col("authenticity") < 1 / 2)["account"]
    drawn = (
        undone.left_of("interactions", lake.scan("interactions", *window))
        .filter(pl.col("target").is_in(own), pl.col("content").is_not_null())
        .filter(~pl.col("actor").is_in(own), ~pl.col("actor").is_in(doubted.implode()))
        .group_by("content")
        .agg(people=pl.col("actor").n_unique(), reactions=pl.len())
        .top_k(MOST, by=["people", "reactions"])
    )
    published = (
        undone.left_of("contents", lake.scan("contents", *window))
        .filter(pl.col("author").is_in(own))
        .group_by("content")
        .agg(pl.col("kind").min(), day=pl.col("at").min().dt.date())
    )
    rows = drawn.join(published, on="content", how="left").collect(engine="streaming")
    return [Moment(network=network, **row) for row in rows.iter_rows(named=True)]
