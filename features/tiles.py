"""A day of interactions, folded into tiles from which every window is read.

Three kinds of rows come of the interactions of a network's day, each about a *receiver* (a
person, by the key of one of its accounts) and a *reaction* (its place in the declaration; one
past the last stands for `any`):

========  ============================================  =========================================
tile      one row per                                   holds
========  ============================================  =========================================
days      reaction (and `any`), receiver, day           count, attention, standing
pairs     reaction, receiver, actor, day                nothing more: who reacted when
contents  reaction, receiver, content, day              count
========  ============================================  =========================================

What is summed over days is an integer, so days may be added in any order, or subtracted, to the
same bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.identity import Owners, account_key
from features.standing import MICRO

_ACTOR_DAY = ["day", "reaction", "actor"]
_PAIR_DAY = ["day", "reaction", "receiver", "actor"]
_CONTENT_DAY = ["day", "reaction", "receiver", "content"]


@dataclass(frozen=True)
class Tiles:
    """Tiles of one network, of one or more days; the columns are in the module's docstring.

    ``receiver``, ``actor`` and ``content`` are u64 keys, ``day`` is i32 (days since 1970),
    ``reaction`` u8, ``count`` u32; ``attention`` and ``standing`` are i64 millionths.
    """

    days: pl.DataFrame
    pairs: pl.DataFrame
    contents: pl.DataFrame

    @staticmethod
    def concat(parts: list[Tiles]) -> Tiles:
        """Put tiles of different days together."""
        return Tiles(
            pl.concat([part.days for part in parts]),
            pl.concat([part.pairs for part in parts]),
            pl.concat([part.contents for part in parts]),
        )


def fold(interactions: pl.LazyFrame, owners: Owners, standing: pl.DataFrame | None) -> Tiles:
    """Fold whole days of a network's interactions into tiles.

    Parameters
    ----------
    interactions
        Rows of the lake's table, all of one network, the days whole.
    owners
        Who owns the network's accounts.
    standing
        From `standing_by_account`; None: everybody has standing 1.
    """
    rows = _keyed(interactions, owners).collect(engine="streaming").lazy()
    made = rows.group_by(_ACTOR_DAY).agg(made=pl.len())
    received = rows if owners.ignored.is_empty() else rows.filter(~pl.col("ignored"))
    kinds = len(owners.network.reactions)
    each = received.group_by(_PAIR_DAY).agg(count=pl.len())
    both = pl.concat(
        [
            _weighed(each, made, standing),
            _weighed(_over_kinds(each, kinds), _over_kinds(made, kinds), standing),
        ]
    )
    days = both.group_by("day", "reaction", "receiver").agg(
        pl.col("count").sum(), pl.col("attention").sum(), pl.col("standing").sum()
    )
    contents = (
        received.filter(pl.col("content").is_not_null()).group_by(_CONTENT_DAY).agg(count=pl.len())
    )
    return Tiles(*pl.collect_all([days, each.select(_PAIR_DAY), contents], engine="streaming"))


def _keyed(interactions: pl.LazyFrame, owners: Owners) -> pl.LazyFrame:
    """Stand for ids by keys, bring together the accounts of a person, drop self-reactions."""
    kinds = pl.Enum([reaction.name for reaction in owners.network.reactions])
    rows = interactions.select(
        pl.col("at").dt.epoch("d").cast(pl.Int32).alias("day"),
        pl.col("reaction").cast(kinds).to_physical().cast(pl.UInt8),
        account_key("actor").alias("actor"),
        account_key("target").alias("target"),
        # The content's key is mixed with its author's: two accounts of a person may both have
        # a content of that id.
        content=pl.when(pl.col("content").is_not_null()).then(
            account_key("content") ^ account_key("target")
        ),
    )
    if not owners.ignored.is_empty():
        ignored = owners.ignored.select("key", ignored=pl.lit(value=True)).lazy()
        rows = rows.join(ignored, left_on="target", right_on="key", how="left").with_columns(
            pl.col("ignored").fill_null(value=False)
        )
    rows = rows.filter(pl.col("actor") != pl.col("target"))
    if owners.merged.is_empty():
        return rows.rename({"target": "receiver"})
    one = owners.merged.lazy()
    return (
        rows.join(one.rename({"one": "receiver"}), left_on="target", right_on="key", how="left")
        .join(one.rename({"one": "owner"}), left_on="actor", right_on="key", how="left")
        .with_columns(pl.coalesce("receiver", "target").alias("receiver"))
        .filter(pl.coalesce("owner", "actor") != pl.col("receiver"))
        .drop("target", "owner")
    )


def _over_kinds(rows: pl.LazyFrame, kinds: int) -> pl.LazyFrame:
    """Add up all reactions to `any`, whose place is one past the last."""
    names = rows.collect_schema().names()
    keys = [name for name in names if name not in ("reaction", "count", "made")]
    number = "count" if "count" in names else "made"
    return (
        rows.group_by(keys)
        .agg(pl.col(number).sum())
        .with_columns(reaction=pl.lit(kinds, pl.UInt8))
        .select(names)
    )


def _weighed(
    pairs: pl.LazyFrame, made: pl.LazyFrame, standing: pl.DataFrame | None
) -> pl.LazyFrame:
    """Add the attention given, ⌊10⁶ · k/n⌋ millionths, and the same times the actor's standing.

    k of the actor's n interactions of the kind that day are to this receiver. One more of them
    makes it (k + 1)/(n + 1) ≥ k/n, and the floor keeps the order: attention never falls.
    """
    attention = pl.col("count").cast(pl.Int64) * MICRO // pl.col("made").cast(pl.Int64)
    rows = (
        pairs.join(made, on=_ACTOR_DAY, how="left").with_columns(attention=attention).drop("made")
    )
    if standing is None:
        return rows.with_columns(standing=pl.col("attention"))
    worth = pl.col("standing").fill_null(MICRO)
    return _with_standing(rows, standing).with_columns(
        standing=pl.col("attention") * worth // MICRO
    )


def _with_standing(rows: pl.LazyFrame, standing: pl.DataFrame) -> pl.LazyFrame:
    """Look up each actor's standing, of a history the latest up to the row's day."""
    if "day" not in standing.columns:
        return rows.join(standing.lazy(), on="actor", how="left")
    history = standing.sort("day").lazy()
    return rows.sort("day").join_asof(history, on="day", by="actor", check_sortedness=False)
