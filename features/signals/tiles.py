"""A day of interactions, folded into tiles from which every window is read.

Four kinds of rows come of a network's day, each about a *receiver* (a person, by the key of one of
its accounts), with a column for each *reaction* and one for `any`:

========  ================================  ======================================================
tile      one row per                       holds, for each reaction
========  ================================  ======================================================
days      receiver, day                     each `Sum`, of actors believed at least by half
doubted   receiver, day                     the same, of actors believed less, but not nothing
contents  receiver, content, day            ``count``, of actors believed at least by half
pairs     receiver, actor, day              whether there was one, as a bit, for each `Distinct`
========  ================================  ======================================================

The reactions stand side by side, not below one another, so that whoever reacted is looked up once.
What is summed over days is an integer, so days may be added in any order, or subtracted, to the
same bits; so may actors, which is how `features.signals.correction` works. In ``days`` and
``doubted`` each interaction weighs its actor's authenticity, in quarters: without any doubt,
``count`` is four times the interactions. ``pairs`` are of all actors: a distinct actor is weighed
when the window is read. What there is of each kind says `features.catalogue.measures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from features.catalogue.catalogue import ANY
from features.catalogue.declaration import Network
from features.catalogue.figures import BELIEVED, MICRO, QUARTERS, Distinct, Sum
from features.catalogue.measures import figures_of
from features.signals.authenticity import weight
from features.signals.owners import Owners, account_key


@dataclass(frozen=True)
class Tiles:
    """Tiles of one network, of one or more days.

    ``receiver``, ``actor`` and ``content`` are u64 keys, ``day`` is i32 (days since 1970), the bits
    of ``reactors`` u64. Columns of a reaction are named as ``retweet.count`` (u32; quarters, but in
    ``contents`` whole interactions), ``any.attention`` and ``any.standing`` (i64, quarters of
    millionths).
    """

    days: pl.DataFrame
    doubted: pl.DataFrame
    contents: pl.DataFrame
    pairs: pl.DataFrame

    def filter(self, which: pl.Expr) -> Tiles:
        """Keep some rows of each."""
        frames = (self.days, self.doubted, self.contents, self.pairs)
        return Tiles(*(frame.filter(which) for frame in frames))

    def by_day(self) -> Iterator[tuple[int, Tiles]]:
        """Take tiles apart, a day at a time."""
        for day in self.pairs["day"].unique().sort():
            yield day, self.filter(pl.col("day") == day)

    @staticmethod
    def concat(parts: list[Tiles]) -> Tiles:
        """Put tiles of different days together."""
        return Tiles(
            pl.concat([part.days for part in parts]),
            pl.concat([part.doubted for part in parts]),
            pl.concat([part.contents for part in parts]),
            pl.concat([part.pairs for part in parts]),
        )


def kinds(network: Network) -> list[str]:
    """Name the columns' reactions: the network's own, and `any` last."""
    return [*(reaction.name for reaction in network.reactions), ANY]


def fold(
    interactions: pl.LazyFrame,
    owners: Owners,
    standing: pl.DataFrame | None,
    authenticity: pl.DataFrame | None = None,
) -> Tiles:
    """Fold whole days of a network's interactions into tiles.

    Parameters
    ----------
    interactions
        Rows of the lake's table, all of one network, the days whole: of each actor in them all
        that it did that day.
    owners
        Who owns the network's accounts.
    standing
        From `standing_by_account`; None: everybody has standing 1.
    authenticity
        From `authenticity_by_account`; None: everybody has authenticity 1.
    """
    return fold_keyed(keyed(interactions, owners.network), owners, standing, authenticity)


def fold_keyed(
    interactions: pl.LazyFrame,
    owners: Owners,
    standing: pl.DataFrame | None,
    authenticity: pl.DataFrame | None = None,
) -> Tiles:
    """Fold as `fold` does, of what `keyed` gives."""
    names = kinds(owners.network)
    rows = _owned(interactions, owners).collect(engine="streaming").lazy()
    # What an actor made is all that it did, whatever is believed of it.
    made = rows.group_by("actor", "day").agg(_counts(names, "made"))
    received = rows if owners.ignored.is_empty() else rows.filter(~pl.col("ignored"))
    pairs = received.group_by("receiver", "actor", "day").agg(_counts(names, "count"))
    brought = _brought(pairs.join(made, on=["actor", "day"], how="left"), names, standing)
    days, doubted = _by_belief(brought, names, authenticity)
    bits = [distinct.prepare(names) for distinct in figures_of(Distinct, "pairs")]
    who = pairs.select("receiver", "actor", "day", *bits)
    drawing = _believed(received.filter(pl.col("content").is_not_null()), authenticity)
    contents = drawing.group_by("receiver", "content", "day").agg(_counts(names, "count"))
    return Tiles(*pl.collect_all([days, doubted, contents, who], engine="streaming"))


def _by_belief(
    brought: pl.LazyFrame, names: list[str], authenticity: pl.DataFrame | None
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Sum by receiver and day in quarters, apart for the actors that are doubted.

    More authenticity is a larger weight of what is never negative, so no sum falls; and days on
    which there was somebody believed are never fewer.
    """
    sums = [(figure, name) for name in names for figure in figures_of(Sum)]
    full = pl.lit(QUARTERS, pl.UInt32)
    if authenticity is None:
        each = [
            figure.of_day(name).sum() * figure.believed(full).cast(pl.UInt32)
            for figure, name in sums
        ]
        days = brought.group_by("receiver", "day").agg(each)
        return days, days.clear()
    quarters = weight(pl.col("quarters"))
    weighed = brought.join(authenticity.lazy(), on="actor", how="left").with_columns(
        figure.of_day(name) * figure.believed(quarters).cast(pl.UInt32) for figure, name in sums
    )
    each = [figure.of_day(name).sum() for figure, name in sums]
    days, doubted = (
        weighed.filter(which).group_by("receiver", "day").agg(each)
        for which in (quarters >= BELIEVED, (quarters < BELIEVED) & (pl.col("quarters") > 0))
    )
    return days, doubted


def _believed(rows: pl.LazyFrame, authenticity: pl.DataFrame | None) -> pl.LazyFrame:
    """Drop what actors did who are believed by less than half."""
    if authenticity is None:
        return rows
    doubtful = authenticity.filter(pl.col("quarters") < BELIEVED)
    return rows.join(doubtful.lazy(), on="actor", how="anti")


IDS = ("actor", "target", "content", "id")
"""What interactions name."""
FOLDED = IDS[:3]
"""What tiles are folded from: that of the interaction itself may be left out."""


def keyed(
    interactions: pl.LazyFrame, network: Network, ids: Iterable[str] = FOLDED
) -> pl.LazyFrame:
    """Stand for ids by keys.

    Returns
    -------
    LazyFrame
        ``day`` (i32, since 1970), ``reaction`` (`reactions_of`), and the ids (u64).
    """
    return interactions.select(
        pl.col("at").dt.epoch("d").cast(pl.Int32).alias("day"),
        pl.col("reaction").cast(reactions_of(network)),
        *(account_key(name).alias(name) for name in ids),
    )


def reactions_of(network: Network) -> pl.Enum:
    """Number a network's reactions."""
    return pl.Enum([reaction.name for reaction in network.reactions])


def _owned(interactions: pl.LazyFrame, owners: Owners) -> pl.LazyFrame:
    """Bring together the accounts of a person, drop self-reactions."""
    rows = interactions.select(
        "day",
        pl.col("reaction").to_physical().cast(pl.UInt8),
        "actor",
        "target",
        # The content's key is mixed with its author's: two accounts of a person may both have
        # a content of that id.
        content=pl.col("content") ^ pl.col("target"),
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


def _counts(names: list[str], what: str) -> list[pl.Expr]:
    """Count each reaction, and all of them as `any`."""
    each = [
        (pl.col("reaction") == place).sum().alias(f"{name}.{what}")
        for place, name in enumerate(names[:-1])
    ]
    return [*each, pl.len().alias(f"{ANY}.{what}")]


def _brought(pairs: pl.LazyFrame, names: list[str], standing: pl.DataFrame | None) -> pl.LazyFrame:
    """Compute what each pair of receiver and actor brings to every `Sum` of a day."""
    worth = None if standing is None else pl.col("standing").fill_null(MICRO)
    rows = pairs if standing is None else _with_standing(pairs, standing)
    sums = [figure.prepare(name, worth) for name in names for figure in figures_of(Sum)]
    return rows.select("receiver", "actor", "day", *sums)


def _with_standing(rows: pl.LazyFrame, standing: pl.DataFrame) -> pl.LazyFrame:
    """Look up each actor's standing, of a history the latest up to the row's day."""
    if "day" not in standing.columns:
        return rows.join(standing.lazy(), on="actor", how="left")
    history = standing.sort("day").lazy()
    return rows.sort("day").join_asof(history, on="day", by="actor", check_sortedness=False)
