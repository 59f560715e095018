"""Tiny worlds with doubted accounts in them, and what is said of accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from features.lake.contracts import TABLES
from tests.support.busy import ago, deed, said, world_of
from tests.support.naive import midnight
from tests.support.worlds import AS_OF, World

Row = dict[str, Any]
NOW = midnight(AS_OF)
RING = [f"ring{number}" for number in range(5)]
"""Each reacts to all the others; two of them to a friend of theirs who does not react back."""


def believed(account: str, value: float, reasons: str | None = "", days: float = 0) -> Row:
    """What was computed of an account so many days ago."""
    row = {"network": "twitter", "account": account, "authenticity": value}
    return row | {"as_of": NOW - timedelta(days), "reasons": reasons}


def decided(account: str, value: float, days: float = 0.5) -> Row:
    row = {"network": "twitter", "account": account, "authenticity": value}
    return row | {"why": "asked for papers", "decided_at": NOW - timedelta(days)}


def ring_deeds() -> list[Row]:
    """Likes of a ring, hours apart, so that nobody meets."""
    pairs = [(one, other) for one in RING for other in RING if one != other]
    pairs += [(RING[0], "friend"), (RING[1], "friend")]
    return [deed(one, other, ago(60 - place)) for place, (one, other) in enumerate(pairs)]


def ring_world(**tables: list[Row]) -> World:
    """A ring of five that is found out, its friend, and two who are good friends of each other."""
    friends = [deed("x", "y", ago(3)), deed("y", "x", ago(4)), deed("friend", "x", ago(5))]
    doubted = [believed(account, 0.25, "clique 1, partners 4", days=1) for account in RING]
    world = world_of(ring_deeds() + friends, [said("writer", "1", ago(2))])
    return world | {"authenticity": doubted} | tables


def frame(rows: list[Row]) -> pl.DataFrame:
    """Rows as a file of authenticity has them."""
    return pl.DataFrame(rows, schema=TABLES["authenticity"].columns)
