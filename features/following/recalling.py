"""What a lake itself remembers of a stream, for a memory that was lost."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from features.lake import Lake
from features.lake.retractions import Undone
from features.lake.times import LAST_DAY
from features.sources.bluesky.folding import NETWORK, Known
from features.sources.bluesky.operations import tid_of

_END: date = LAST_DAY - timedelta(days=1)


def recalled(lake: Lake) -> dict[str, Known]:
    """Read what was changed and deleted, and which accounts are away.

    When a deletion was is known by its time alone, so a revision is made of that. Profiles that
    ask not to be shown are not recalled: they say so again when they change.
    """
    back = lake.scan("retractions", [NETWORK])
    by_id = back.filter(pl.col("id").is_not_null()).select(
        address=pl.col("id").str.split("#").list.first(), at="at"
    )
    last = by_id.group_by("address").agg(pl.col("at").max().to_physical()).collect()
    found = {address: Known(tid_of(at), 0, False) for address, at in last.iter_rows()}
    undone = Undone.of(lake, NETWORK, _END)
    for table, column in (("interactions", "id"), ("contents", "content")):
        rows = undone.left_of(table, lake.scan(table, [NETWORK])).select(name=column)
        changed = rows.filter(pl.col("name").str.contains("#", literal=True)).unique().collect()
        for (name,) in changed.iter_rows():
            address, _, said = name.partition("#")
            rev, _, turn = said.partition(".")
            found[address] = Known(rev, int(turn or 0), True)
    accounts = back.filter(pl.col("id").is_null()).sort("at", maintain_order=True)
    for actor, at, restored in (
        accounts.select("actor", pl.col("at").to_physical(), "restored").collect().iter_rows()
    ):
        found[f"at://{actor}"] = Known(f"{at:020d}", 0, bool(restored))
    return found
