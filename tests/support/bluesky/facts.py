"""What of Bluesky stands in a lake, in the form of the truth."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.lake import Lake
from features.lake.retractions import Undone
from tests.support.bluesky.life import Fact

_TOLD_BY = {"like": "content", "repost": "content", "follow": None}
"""The column that a fact is told by; of the others, the id."""


def standing(lake: Path) -> Counter[Fact]:
    """Count what stands as of the day after tomorrow; what one does to oneself is none of it."""
    as_of = datetime.now(UTC).date() + timedelta(days=2)
    source = Lake(lake)
    rows = Undone.of(source, "bluesky", as_of).left_of(
        "interactions", source.scan("interactions", ["bluesky"])
    )
    return Counter(
        (row["reaction"], row["actor"], row["target"], _told_by(row))
        for row in rows.collect().iter_rows(named=True)
        if row["actor"] != row["target"]
    )


def _told_by(row: dict[str, str]) -> str:
    column = _TOLD_BY.get(row["reaction"], "id")
    return "" if column is None else row[column]
