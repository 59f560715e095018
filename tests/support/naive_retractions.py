"""What is undone, in plain Python: the part of the naive twin that knows retractions."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.support.naive_people import World, midnight

Row = dict[str, Any]


def counting(world: World, as_of: date) -> World:
    """The world without what is undone at ``as_of``."""
    before = [row for row in world.get("retractions", []) if row["at"] < midnight(as_of)]
    if not before:
        return world
    interactions = [
        row for row in world["interactions"] if not is_undone(row, row["id"], row["actor"], before)
    ]
    contents = [
        row
        for row in world["contents"]
        if not is_undone(row, row["content"], row["author"], before)
    ]
    return {**world, "interactions": interactions, "contents": contents}


def is_undone(row: Row, number: str | None, who: str, retractions: list[Row]) -> bool:
    """By its id, by its id and who did it, or with all that this account did."""
    for target in {(number, None), (number, who), (None, who)}:
        named = [r for r in retractions if r["network"] == row["network"] and named_by(r) == target]
        last = max((r["at"] for r in named), default=None)
        if any(r["at"] == last and not r["restored"] for r in named):
            return True
    return False


def named_by(retraction: Row) -> tuple[str | None, str | None]:
    return (retraction["id"] or None, retraction["actor"])
