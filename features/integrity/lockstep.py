"""Accounts that act together: on the same things within minutes, again and again.

Two accounts share a moment if both react to one thing (a content, or a person where there is no
content) within `SPAN_MINUTES`, on one day. Only interactions that follow one another closely are
compared, each with the next `NEXT` on the thing, so that n interactions take a sort and at most
``NEXT * n`` comparisons, however many people react to one thing. In a crowd larger than that, two
accounts are compared by chance; those that always act together are, again and again.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SPAN_MINUTES = 5
"""Within which two reactions to one thing are a moment shared."""

NEXT = 4
"""Interactions with a thing that each is compared with: groups of 5 are compared in full."""

FEWEST_SHARED = 5
"""Moments that two accounts share to be held together: once or twice is chance."""

SMALLEST_SHARE = 0.2
"""Of what the less active of two accounts gives, the least that is shared with the other: two
people who follow the same celebrities meet now and then, but rarely."""

BUCKET_ROWS = 5_000_000
"""Moments counted together: the table of pairs stays within a few hundred megabytes."""

_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE
_PAIR = ["one", "other"]


def together(ordered: pl.DataFrame) -> pl.DataFrame:
    """Find who meets whom.

    Parameters
    ----------
    ordered
        Interactions: ``actor`` and ``thing`` (u64), ``at`` (i64, microseconds), in order of thing,
        at and actor.

    Returns
    -------
    DataFrame
        ``one`` < ``other`` (u64), the ``thing`` (u64) and the ``day``. A row may come twice: two
        accounts may meet twice over one thing, which is one moment.
    """
    return pl.concat(pl.collect_all([_met(ordered.lazy(), step) for step in range(1, NEXT + 1)]))


def _met(ordered: pl.LazyFrame, step: int) -> pl.LazyFrame:
    """Pair each interaction with the one so many steps later, if that is soon enough."""
    actor, thing, at = pl.col("actor"), pl.col("thing"), pl.col("at")
    later, day = actor.shift(-step), at // _DAY
    soon = at.shift(-step) - at <= SPAN_MINUTES * _MINUTE
    same = (thing == thing.shift(-step)) & (day == at.shift(-step) // _DAY) & (actor != later)
    rows = ordered.select("actor", "thing", later=later, day=day.cast(pl.Int32), met=same & soon)
    return rows.filter("met").select(
        pl.min_horizontal("actor", "later").alias("one"),
        pl.max_horizontal("actor", "later").alias("other"),
        "thing",
        "day",
    )


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
    held, shared = _held(moments, given)
    ends = [held.select("shared", account=pl.col(end)) for end in _PAIR]
    most = pl.concat(ends).group_by("account").agg(lockstep_shared=pl.col("shared").max())
    return (
        most.join(_groups(held), on="account")
        .join(_moments(shared.join(held, on=_PAIR, how="semi")), on="account")
        .join(given, on="account")
        .select(
            "account",
            "lockstep_group",
            pl.col("lockstep_shared").cast(pl.Float64),
            lockstep_share=pl.col("moments") / pl.col("given"),
        )
    )


def _held(moments: pl.DataFrame, given: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the pairs that share enough (``one``, ``other``, ``shared``), and their moments."""
    buckets = 1 + len(moments) // BUCKET_ROWS
    shared = pl.concat([_often(moments, buckets, bucket) for bucket in range(buckets)])
    fewer = pl.min_horizontal("given", "given_other")
    held = (
        shared.group_by(_PAIR)
        .agg(shared=pl.len().cast(pl.Int64))
        .join(given, left_on="one", right_on="account")
        .join(given, left_on="other", right_on="account", suffix="_other")
        .filter(pl.col("shared") >= pl.max_horizontal(FEWEST_SHARED, SMALLEST_SHARE * fewer))
        .select(*_PAIR, "shared")
    )
    return held, shared


def _often(moments: pl.DataFrame, buckets: int, bucket: int) -> pl.DataFrame:
    """Drop the pairs that meet too rarely, which are most, before telling moments apart."""
    mine = moments.filter(pl.col("one") % buckets == bucket) if buckets > 1 else moments
    meetings = mine.lazy().group_by(_PAIR).agg(times=pl.len())
    often = meetings.filter(pl.col("times") >= FEWEST_SHARED)
    return mine.lazy().join(often, on=_PAIR, how="semi").unique().collect()


def _moments(shared: pl.DataFrame) -> pl.DataFrame:
    """Count each account's moments, each once however many it is shared with."""
    ends = [shared.select("thing", "day", account=pl.col(end)) for end in _PAIR]
    return pl.concat(ends).unique().group_by("account").agg(moments=pl.len())


def _groups(held: pl.DataFrame) -> pl.DataFrame:
    """Count the accounts of each connected component: ``account``, ``lockstep_group``."""
    accounts = pl.concat([held["one"], held["other"]]).unique().sort()
    one, other = (accounts.search_sorted(held[end]).to_numpy() for end in ("one", "other"))
    edges = coo_array((np.ones(len(held), np.bool_), (one, other)), shape=(len(accounts),) * 2)
    _, label = connected_components(edges, directed=False)
    sizes = np.bincount(label)[label] if len(label) else np.zeros(0)
    return pl.DataFrame({"account": accounts, "lockstep_group": sizes.astype(np.float64)})
