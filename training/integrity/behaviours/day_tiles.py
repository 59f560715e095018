"""A day of one network, folded once into what behaviours are read from.

========  ===================  ===================================================================
tile      one row per          holds
========  ===================  ===================================================================
acts      actor, day, hour     ``given``, ``gaps``, ``gap_sum``, ``gap_squares``
deeds     interaction          ``actor``, ``target``, ``thing``, ``day``, ``hour``, ``delay``
together  meeting              ``one``, ``other``, ``moment``: see
`training.integrity.behaviours.lockstep`
========  ===================  ===================================================================

All figures are integers and all rows are of one day, so days may be put together in any order, and
taken away again, to the same bits. Deeds are not counted by actor, target and hour: of a million,
960,000 would be left.

Nothing is grouped: rows are sorted, and what belongs together is then a run.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import polars as pl

from features.signals.owners import Owners, account_key
from training.integrity.behaviours.lockstep import together

MILLI = 1000
"""Delays are summed as thousandths of a doubling, which are integers."""

LATEST_DELAY_DAYS = 7
"""A reaction that comes later has no delay: a fold needs the contents of some days only."""

_SECOND = 1_000_000
_HOUR = 3_600 * _SECOND
_DAY = 24 * _HOUR


@dataclass(frozen=True)
class BehaviourTiles:
    """Tiles of one network, of one or more days.

    ``actor``, ``target``, ``thing``, ``one``, ``other`` and ``moment`` are u64 keys, ``day`` is i32
    (days since 1970), ``hour`` i8.

    Attributes
    ----------
    acts
        All i64: ``given``; ``gaps`` between interactions of one day, their sum and the sum of their
        squares in seconds. A gap belongs to the hour in which it ends.
    deeds
        ``thing``: the content reacted to, or the target; ``delay``: log2(1 + minutes since the
        content) in thousandths, i16, null where not known.
    together
        Rows may come twice.
    """

    acts: pl.DataFrame
    deeds: pl.DataFrame
    together: pl.DataFrame

    @staticmethod
    def concat(parts: list[BehaviourTiles]) -> BehaviourTiles:
        """Put tiles of different days together."""
        names = [each.name for each in fields(BehaviourTiles)]
        return BehaviourTiles(*(pl.concat([getattr(p, name) for p in parts]) for name in names))


def fold_behaviour(
    interactions: pl.LazyFrame, contents: pl.LazyFrame, owners: Owners
) -> BehaviourTiles:
    """Fold whole days of a network's interactions into tiles.

    Parameters
    ----------
    interactions
        Rows of the lake's table, all of one network, the days whole.
    contents
        Rows of the lake's table, of these days and the `LATEST_DELAY_DAYS` before.
    owners
        Who owns the network's accounts.
    """
    rows = without_own(keyed(interactions), owners.merged).collect(engine="streaming")
    by_actor = in_order(rows.select("actor", "thing", "at"))
    published = published_at(contents)
    hours, deeds = pl.collect_all([acts(by_actor.lazy()), _deeds(with_delay(rows, published))])
    return BehaviourTiles(hours, deeds, together(by_actor))


def content_key(author: str) -> pl.Expr:
    """Stand for a content by 64 bits: two authors may both have a content of one id."""
    return account_key("content") ^ account_key(author)


def keyed(interactions: pl.LazyFrame) -> pl.LazyFrame:
    """Stand for ids by keys: ``actor``, ``target``, ``thing`` and ``at`` (i64, microseconds).

    What an account does to itself is left out.
    """
    own = pl.when(pl.col("content").is_not_null()).then(content_key("target"))
    return interactions.select(
        account_key("actor").alias("actor"),
        account_key("target").alias("target"),
        thing=own.otherwise(account_key("target")),
        at=pl.col("at").dt.epoch("us"),
    ).filter(pl.col("actor") != pl.col("target"))


def without_own(rows: pl.LazyFrame, merged: pl.DataFrame) -> pl.LazyFrame:
    """Drop what passes between two accounts of a person, by `Owners.merged`."""
    if merged.is_empty():
        return rows
    one = merged.lazy()
    return (
        rows.join(one.rename({"one": "giver"}), left_on="actor", right_on="key", how="left")
        .join(one.rename({"one": "taker"}), left_on="target", right_on="key", how="left")
        .filter((pl.col("giver") != pl.col("taker")).fill_null(value=True))
        .drop("giver", "taker")
    )


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort by ``actor``, and of each by ``at``."""
    # Sorting by one column after another, stably, is twice as fast as by both at once.
    return rows.sort("at").sort("actor", maintain_order=True)


def day_of_time() -> pl.Expr:
    """Take the ``day`` of ``at``."""
    return (pl.col("at") // _DAY).cast(pl.Int32).alias("day")


def hour_of_time() -> pl.Expr:
    """Take the ``hour`` of ``at``, UTC."""
    return (pl.col("at") % _DAY // _HOUR).cast(pl.Int8).alias("hour")


def acts(by_actor: pl.LazyFrame) -> pl.LazyFrame:
    """Count the hours of actors `in_order`; as of `BehaviourTiles`.

    What is summed up to the end of a run, less the run before.
    """
    actor, day, at = pl.col("actor"), pl.col("day"), pl.col("at")
    again = (actor == actor.shift()) & (day == day.shift())
    gap = pl.when(again).then((at - at.shift()) // _SECOND)
    summed = {
        "given": pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        "gaps": gap.is_not_null().cast(pl.Int64).cum_sum(),
        "gap_sum": gap.fill_null(0).cum_sum(),
        "gap_squares": (gap**2).fill_null(0).cum_sum(),
    }
    keys = ["actor", "day", "hour"]
    sums = by_actor.with_columns(day_of_time(), hour_of_time()).select(*keys, **summed)
    last = ~pl.all_horizontal(pl.col(key) == pl.col(key).shift(-1) for key in keys)
    return sums.filter(last.fill_null(value=True)).with_columns(
        pl.col(name) - pl.col(name).shift(fill_value=0) for name in summed
    )


def published_at(contents: pl.LazyFrame) -> pl.DataFrame:
    """When each content was published: ``content`` in ascending order, ``published``."""
    rows = contents.select(content=content_key("author"), published=pl.col("at").dt.epoch("us"))
    return rows.collect(engine="streaming").sort("content")


def with_delay(rows: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Add ``delay``: how long after its content each interaction came.

    Parameters
    ----------
    rows
        ``thing`` and ``at``, and what else is to stay.
    published
        As of `published_at`.
    """
    place = published["content"].search_sorted(rows["thing"])
    beyond = published.clear(1)  # for what is greater than the greatest content
    timed = rows.hstack(pl.concat([published, beyond])[place])
    since = pl.col("at") - pl.col("published")
    known = (pl.col("content") == pl.col("thing")) & since.is_between(0, LATEST_DELAY_DAYS * _DAY)
    doublings = (1 + since // _SECOND / 60).log(2)
    delay = pl.when(known).then((doublings * MILLI).round().cast(pl.Int16, strict=False))
    return timed.select(*rows.columns, delay=delay)


def _deeds(rows: pl.DataFrame) -> pl.LazyFrame:
    return rows.lazy().select("actor", "target", "thing", day_of_time(), hour_of_time(), "delay")
