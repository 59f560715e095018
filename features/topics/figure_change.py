"""By how much figures by topic differ from those of an earlier day, where only days came and went.

What adds up is read from the reactions that enter a window or leave one. Distinct people and
contents are looked up, as they were and as they are, among all reactions of those pairs and
contents that such a reaction concerns. Everything is a whole number, so what was, and by how much
it differs, add up to what is, to the bit.
"""

from __future__ import annotations

import polars as pl

from features.catalogue.catalogue import HORIZON, WINDOWS
from features.catalogue.figures import BELIEVED
from features.topics.distinct import distinct_people
from features.topics.figures import TOPIC, WEIGHED, About, band, by_topic, kind, received

_PAIR = ["target", "actor"]
_DAY = pl.col("day")


def moving_days(since: int, end: int) -> set[int]:
    """Name the days that windows gain or lose when they end at `end` instead of `since`."""
    lost = (range(since - window, min(end - window, since)) for window in WINDOWS)
    return {*range(since, end)}.union(*lost)


def figure_change(
    moving: pl.LazyFrame, every: pl.LazyFrame, about: About, since: int, stale: pl.Series
) -> pl.DataFrame | None:
    """Compare what windows say that end as `about` says with those that ended at `since`.

    Parameters
    ----------
    moving, every
        `features.topics.figures.REACTIONS` of the `moving_days`, and of ``[since - 90, end)``.
    about
        What they are read by: it was the same at `since`, but for receivers that are stale.
    since
        In days since 1970.
    stale
        Receivers (u64) that are left out.

    Returns
    -------
    DataFrame or None
        As of `features.topics.figures.TopicFigures.received`, of everybody with a reaction among
        those that move; None: there is none.
    """
    gone = stale.to_frame("receiver").lazy()
    rows = received(moving, about).join(gone, on="receiver", how="anti")
    moved = rows.collect(engine="streaming")
    if moved.is_empty():
        return None
    of_pairs, of_contents = _concerned(moved, every, about, since)
    by_set = pl.concat(
        [_kinds(moved, about, since), _contents(of_contents, since, about.end)], how="diagonal"
    ).fill_null(0)
    topics = about.of_sets(of_pairs)
    here = of_pairs.select("receiver", "set").unique().join(topics, on="set")
    found = distinct_people(_met(of_pairs, since, about.end).lazy(), here)
    counted = by_topic(by_set.lazy(), topics).collect()
    return found.join(counted, on=TOPIC, how="left").fill_null(0)


def _concerned(
    moved: pl.DataFrame, every: pl.LazyFrame, about: About, since: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read all reactions of the pairs that move, and of the contents of theirs that do."""
    pairs = moved.select("actor", target="receiver").unique()
    several = about.owners.merged.filter(pl.col("key") != pl.col("one"))
    others = pairs.join(several, left_on="target", right_on="one").select("actor", target="key")
    wanted = pl.concat([pairs, others]).lazy()
    content = pl.col("content") ^ pl.col("target")
    ends = (since <= _DAY) | (about.end - HORIZON > _DAY)
    contents = moved.filter(ends).select("content").unique().lazy()
    read = pl.collect_all(
        [
            every.join(wanted, on=_PAIR, how="semi"),
            every.join(contents, left_on=content, right_on="content", how="semi"),
        ],
        engine="streaming",
    )
    of_pairs, of_contents = pl.collect_all([received(rows.lazy(), about) for rows in read])
    return of_pairs, of_contents


def _inside(end: int, window: int) -> pl.Expr:
    return (end - window <= _DAY) & (end > _DAY)


def _kinds(moved: pl.DataFrame, about: About, since: int) -> pl.DataFrame:
    """Say by how many reactions of each kind there are more, by ``receiver`` and ``set``."""
    more = {
        window: WEIGHED
        * (_inside(about.end, window).cast(pl.Int64) - _inside(since, window).cast(pl.Int64))
        for window in WINDOWS
    }
    return moved.group_by("receiver", "set").agg(
        value.filter(pl.col("reaction") == place).sum().alias(kind(reaction.name, window))
        for place, reaction in enumerate(about.owners.network.reactions)
        for window, value in more.items()
    )


def _contents(rows: pl.DataFrame, since: int, end: int) -> pl.DataFrame:
    """Say by how many contents more drew somebody who is believed, by ``receiver`` and ``set``."""
    drew = [_inside(day, HORIZON).any().cast(pl.Int64) for day in (end, since)]
    of_content = (
        rows.filter(pl.col("quarters") >= BELIEVED)
        .group_by("receiver", "content", "set")
        .agg(contents=drew[0] - drew[1])
        .filter(pl.col("contents") != 0)
    )
    return of_content.group_by("receiver", "set").agg(pl.col("contents").sum())


def _met(rows: pl.DataFrame, since: int, end: int) -> pl.DataFrame:
    """Say of each actor how lately it reacted to contents of a set, now and as of `since`."""
    met = rows.group_by("receiver", "actor", "set").agg(
        _DAY.max(), pl.col("quarters").first(), before=_DAY.filter(since > _DAY).max()
    )
    return met.with_columns(band=band(_DAY, end), was=band(pl.col("before"), since))
