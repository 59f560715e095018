"""Accounts that act together: on the same things within minutes, again and again.

Two accounts share a moment if both react to one thing (a content, or a person where there is no
content) in the same slot of `SLOT_MINUTES`. Of those in a slot, in order of account, each is
compared with the `NEXT`. So n interactions take a sort and at most ``NEXT * n`` comparisons,
however many people react to one thing; up to five in a slot are compared in full; and of a large
farm the same neighbours are compared every time, which holds all of it together.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SLOT_MINUTES = 8
"""Two reactions to one thing a minute apart are parted by the clock one time in eight: whoever acts
together again and again is found all the same, and a second clock would cost another sort."""

NEXT = 4
"""Accounts that each is compared with, of all in a slot."""

FEWEST_SHARED = 5
"""Moments that two accounts share to be held together: once or twice is chance."""

SMALLEST_SHARE = 0.2
"""Of what the less active of two accounts gives, the least that is shared with the other: two
people who follow the same celebrities meet now and then, but rarely."""

BUCKET_ROWS = 5_000_000
"""Moments counted together: the table of pairs stays within a few hundred megabytes."""

_SLOT = SLOT_MINUTES * 60_000_000
_DAY = 24 * 60 * 60_000_000
_MIX = 0x9E3779B97F4A7C15  # odd, so that number * _MIX (modulo 2 to the 64th) is another for each

PAIR = ["one", "other"]


def together(by_actor: pl.DataFrame) -> pl.DataFrame:
    """Find who meets whom.

    Parameters
    ----------
    by_actor
        Interactions: ``actor`` and ``thing`` (u64), ``at`` (i64, microseconds), in order of actor.

    Returns
    -------
    DataFrame
        ``one`` < ``other`` (u64) and the ``moment`` (u64), which stands for a thing and a day. A
        row may come twice.
    """
    rows = by_actor.lazy().select("actor", moment=_stretch(_DAY), slot=_stretch(_SLOT))
    clock = rows.sort("slot", maintain_order=True).collect().lazy()
    return pl.concat(pl.collect_all([_met(clock, step) for step in range(1, NEXT + 1)]))


def _stretch(length: int) -> pl.Expr:
    """Stand for a thing and a stretch of time by 64 bits; a day is whole stretches."""
    return pl.col("thing") + (pl.col("at") // length).cast(pl.UInt64) * pl.lit(_MIX, pl.UInt64)


def _met(clock: pl.LazyFrame, step: int) -> pl.LazyFrame:
    """Pair each account with the one so many steps on, if it is in the same slot."""
    slot, one, other = pl.col("slot"), pl.col("actor"), pl.col("actor").shift(-step)
    rows = clock.select("moment", one=one, other=other, met=slot == slot.shift(-step))
    return rows.filter(pl.col("met") & (pl.col("one") != pl.col("other"))).select(*PAIR, "moment")


def lockstep(moments: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """Find the groups that act together.

    Parameters
    ----------
    moments
        From `together`, of all days of the window.
    given
        ``account`` (u64) and ``given`` (i64): interactions given, a row for every actor.

    Returns
    -------
    DataFrame
        One row per account held together with another: ``account`` (u64); ``lockstep_group``,
        accounts that are, one by one, held together with it; ``lockstep_shared``, the most moments
        shared with one other; ``lockstep_share``, moments shared with those it is held together
        with by interactions given. All but the key are Float64.
    """
    held, shared = held_together(moments, given)
    ends = [held.select("shared", account=pl.col(end)) for end in PAIR]
    most = pl.concat(ends).group_by("account").agg(lockstep_shared=pl.col("shared").max())
    return (
        most.join(_groups(held), on="account")
        .join(_moments(shared.join(held, on=PAIR, how="semi")), on="account")
        .join(given, on="account")
        .select(
            "account",
            "lockstep_group",
            pl.col("lockstep_shared").cast(pl.Float64),
            lockstep_share=pl.col("moments") / pl.col("given"),
        )
    )


def held_together(moments: pl.DataFrame, given: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the pairs that share enough (``one``, ``other``, ``shared``), and their moments."""
    buckets = 1 + len(moments) // BUCKET_ROWS
    shared = pl.concat([_often(moments, buckets, bucket) for bucket in range(buckets)])
    fewer = pl.min_horizontal("given", "given_other")
    held = (
        shared.group_by(PAIR)
        .agg(shared=pl.len().cast(pl.Int64))
        .join(given, left_on="one", right_on="account")
        .join(given, left_on="other", right_on="account", suffix="_other")
        .filter(pl.col("shared") >= pl.max_horizontal(FEWEST_SHARED, SMALLEST_SHARE * fewer))
        .select(*PAIR, "shared")
    )
    return held, shared


def _often(moments: pl.DataFrame, buckets: int, bucket: int) -> pl.DataFrame:
    """Drop the pairs that meet too rarely, which are most, before telling moments apart."""
    mine = moments.filter(pl.col("one") % buckets == bucket) if buckets > 1 else moments
    meetings = mine.lazy().group_by(PAIR).agg(times=pl.len())
    often = meetings.filter(pl.col("times") >= FEWEST_SHARED)
    return mine.lazy().join(often, on=PAIR, how="semi").unique().collect()


def _moments(shared: pl.DataFrame) -> pl.DataFrame:
    """Count each account's moments, each once however many it is shared with."""
    ends = [shared.select("moment", account=pl.col(end)) for end in PAIR]
    return pl.concat(ends).unique().group_by("account").agg(moments=pl.len())


def _groups(held: pl.DataFrame) -> pl.DataFrame:
    """Count the accounts of each connected component: ``account``, ``lockstep_group``."""
    accounts = pl.concat([held["one"], held["other"]]).unique().sort()
    one, other = (accounts.search_sorted(held[end]).to_numpy() for end in ("one", "other"))
    edges = coo_array((np.ones(len(held), np.bool_), (one, other)), shape=(len(accounts),) * 2)
    _, label = connected_components(edges, directed=False)
    sizes = np.bincount(label)[label] if len(label) else np.zeros(0)
    return pl.DataFrame({"account": accounts, "lockstep_group": sizes.astype(np.float64)})
