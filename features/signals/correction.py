"""Tiles put right when what is believed of some actors changes, without folding the rest again.

A tile is a sum over actors. So what the changed actors brought while they were believed as before
is subtracted, and what they bring as they are believed now is added. All of it is integers: the
result equals a new fold to the last bit, but for the order of the rows.
"""

from __future__ import annotations

import polars as pl

from features.catalogue.catalogue import ANY
from features.catalogue.measures import COUNT
from features.signals.authenticity import weight
from features.signals.owners import Owners, account_key
from features.signals.tiles import Tiles, fold


def corrected(
    tiles: Tiles,
    interactions: pl.LazyFrame,
    owners: Owners,
    standing: pl.DataFrame | None,
    before: pl.DataFrame | None,
    after: pl.DataFrame | None,
) -> Tiles:
    """Replace what is believed of actors in tiles.

    Parameters
    ----------
    tiles
        Folded with `before`; of any days.
    interactions
        Of the same days, at least all those of the actors that changed; of others nothing is read
        but the actor.
    owners, standing
        As the tiles were folded with.
    before, after
        From `authenticity_by_account`; None: everybody has authenticity 1.

    Returns
    -------
    Tiles
        What `fold` makes of all the days' interactions with `after`, in another order. ``pairs``
        are the same: they hold no weights.
    """
    moved = changed(before, after)
    if not len(moved):
        return tiles
    theirs = interactions.filter(account_key("actor").is_in(moved.implode()))
    old, new = (fold(theirs, owners, standing, believed) for believed in (before, after))
    by_day, by_content = ["receiver", "day"], ["receiver", "content", "day"]
    return Tiles(
        replaced(tiles.days, old.days, new.days, by_day),
        replaced(tiles.doubted, old.doubted, new.doubted, by_day),
        replaced(tiles.contents, old.contents, new.contents, by_content),
        tiles.pairs,
    )


def changed(before: pl.DataFrame | None, after: pl.DataFrame | None) -> pl.Series:
    """Name the actors (keys) whose authenticity differs; who is in neither has kept it at 1."""
    schema = {"actor": pl.UInt64, "quarters": pl.UInt8}
    old, new = (pl.DataFrame(schema=schema) if f is None else f for f in (before, after))
    both = old.join(new, on="actor", how="full", coalesce=True)
    return both.filter(weight(pl.col("quarters")) != weight(pl.col("quarters_right")))["actor"]


def replaced(
    rows: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame, key: list[str]
) -> pl.DataFrame:
    """Subtract `old` from rows and add `new`, row by row of the same key.

    A row without a reaction left goes, as it would never have come.
    """
    touched = pl.concat([old, new]).select(key).unique()
    theirs = rows.join(touched, on=key, how="semi")
    signed = [_times(frame, key, sign) for frame, sign in ((theirs, 1), (old, -1), (new, 1))]
    sums = pl.concat(signed).group_by(key).agg(pl.all().sum()).filter(pl.col(COUNT.column(ANY)) > 0)
    return pl.concat([rows.join(touched, on=key, how="anti"), sums.cast(rows.schema)])


def _times(frame: pl.DataFrame, key: list[str], sign: int) -> pl.DataFrame:
    """Multiply what is summed, with room for what is below 0 on the way."""
    return frame.with_columns(pl.exclude(key).cast(pl.Int64) * sign)
