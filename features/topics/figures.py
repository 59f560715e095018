"""What people received for contents of a topic: whole numbers, read from reactions of 90 days.

By receiver, topic and window: the distinct actors, each by its authenticity; the reactions of each
kind, by the authenticity of their actors; and of networks that tally reactions, what the tallies of
the contents say. These are the figures that evidence is made of
(`training.influence.evidence`), of the interactions with contents of the topic alone.

**Monotone.** One more reaction on a topic adds a row: a sum of what is never negative, or the last
day of a pair that never goes back. Of other topics it changes nothing, or the same for a topic
above. **Nothing twice.** A content is of a topic once, however many ways lead there, so a reaction
counts once in each of its topics; an actor counts once, however many contents of the topic it
reacted to.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.catalogue.catalogue import ANY, WINDOWS
from features.catalogue.figures import BELIEVED, QUARTERS
from features.catalogue.network import Network
from features.signals.authenticity import weight
from features.signals.owners import Owners, account_key
from features.signals.tallies import cells
from features.topics.distinct import distinct_people

REACTIONS = {
    "target": pl.UInt64(),
    "actor": pl.UInt64(),
    "content": pl.UInt64(),
    "reaction": pl.UInt8(),
    "day": pl.Int32(),
    "count": pl.UInt32(),
}
"""Reactions to contents, alike ones counted; the accounts as they are, whoever owns them."""

BUCKET_ROWS = 20_000_000
"""Reactions looked at together, so that memory does not grow with a network."""

_TOPIC = ["receiver", "topic"]


def reactions_of(interactions: pl.LazyFrame, network: Network) -> pl.DataFrame:
    """Count rows of the lake that name a content, as `REACTIONS`."""
    declared = pl.Enum([reaction.name for reaction in network.reactions])
    rows = interactions.filter(pl.col("content").is_not_null()).select(
        account_key("target").alias("target"),
        account_key("actor").alias("actor"),
        account_key("content").alias("content"),
        pl.col("reaction").cast(declared).to_physical().cast(pl.UInt8),
        pl.col("at").dt.epoch("d").cast(pl.Int32).alias("day"),
    )
    alike = [name for name in REACTIONS if name != "count"]
    counted = rows.group_by(alike).agg(pl.len().cast(pl.UInt32).alias("count"))
    return counted.select(*REACTIONS).collect(engine="streaming")


@dataclass(frozen=True)
class About:
    """What is needed to read a network's reactions as of a date.

    Attributes
    ----------
    owners, authenticity
        As of `features.signals.materialize`.
    contents
        ``content`` and its ``set``: `features.topics.tag_sets.TagSets`.
    topics
        ``set`` and ``topic``: of the same, as an `Enum`.
    tallies
        From `features.signals.tallies.of_receivers`; None: the network has none.
    end
        The end of every window, exclusive, in days since 1970.
    """

    owners: Owners
    authenticity: pl.DataFrame | None
    contents: pl.DataFrame
    topics: pl.DataFrame
    tallies: pl.DataFrame | None
    end: int


@dataclass(frozen=True)
class TopicFigures:
    """What the receivers of a network got by topic, one row each.

    Attributes
    ----------
    received
        ``receiver``, ``topic``; by window, `people`, the distinct actors in quarters, and, `kind`,
        the reactions of each kind in quarters; in 90 days the ``reactors`` (believed by half) and
        the ``contents`` that drew one. All i64.
    tallied
        ``receiver``, ``topic``, by window (`people`) what tallies say of contents; None: the
        network has none.
    """

    received: pl.DataFrame
    tallied: pl.DataFrame | None


def people(window: int) -> str:
    """Name the column of a window's people."""
    return f"{window}d"


def kind(reaction: str, window: int) -> str:
    """Name the column of a window's reactions of a kind."""
    return f"{reaction}.{window}d"


def topic_figures(reactions: pl.LazyFrame, count: int, about: About) -> TopicFigures:
    """Read all windows.

    Parameters
    ----------
    reactions
        `REACTIONS` of the days ``[end - 90, end)``; a pair may have several rows of a day.
    count
        How many rows they are, about.
    about
        What they are read by.
    """
    rows, several = _received(reactions, about), 1 + count // BUCKET_ROWS
    parts = (_bucket(_some(rows, number, several), about) for number in range(several))
    received = pl.concat(parts)
    if about.tallies is None:
        return TopicFigures(received, None)
    drawn = _tallied(rows, about, about.tallies)
    tallied = _by_topic(
        drawn.group_by("receiver", "set").agg(pl.col([people(w) for w in WINDOWS]).sum()), about
    )
    contents = _by_topic(_contents(rows, drawn), about).collect(engine="streaming")
    both = pl.concat([received.drop("contents"), contents], how="diagonal")
    added = both.group_by(_TOPIC).agg(pl.all().sum())
    return TopicFigures(added, tallied.collect(engine="streaming"))


def _some(rows: pl.LazyFrame, number: int, of: int) -> pl.LazyFrame:
    mine = rows if of == 1 else rows.filter(pl.col("receiver") % of == number)
    return mine.collect(engine="streaming").lazy()


def _received(reactions: pl.LazyFrame, about: About) -> pl.LazyFrame:
    """Keep what counts, of contents with a tag ``set``, by ``receiver``, with ``quarters``.

    As of tiles (`features.signals.tiles`): accounts of a person are one, nobody reacts to itself.
    """
    owners = about.owners
    rows = reactions.join(about.contents.lazy(), on="content").filter(
        pl.col("actor") != pl.col("target")
    )
    if not owners.ignored.is_empty():
        ignored = owners.ignored.lazy()
        rows = rows.join(ignored, left_on="target", right_on="key", how="anti")
    receiver = pl.col("target")
    if not owners.merged.is_empty():
        one = owners.merged.lazy()
        rows = rows.join(
            one.rename({"one": "of_target"}), left_on="target", right_on="key", how="left"
        )
        rows = rows.join(
            one.rename({"one": "of_actor"}), left_on="actor", right_on="key", how="left"
        )
        receiver = pl.coalesce("of_target", "target")
        rows = rows.filter(pl.coalesce("of_actor", "actor") != receiver)
    quarters = pl.lit(QUARTERS, pl.UInt8)
    if about.authenticity is not None:
        known = about.authenticity.lazy().select("actor", "quarters")
        rows = rows.join(known, on="actor", how="left")
        quarters = weight(pl.col("quarters"))
    return rows.select(
        "actor", "set", "reaction", "day", "count", receiver=receiver, quarters=quarters,
        # As in tiles: two accounts of a person may both have a content of that id.
        content=pl.col("content") ^ pl.col("target"),
    ).filter(pl.col("quarters") > 0)  # fmt: skip


def _by_topic(by_set: pl.LazyFrame, about: About) -> pl.LazyFrame:
    """Spread what was counted by tag set over topics, and add it up."""
    spread = by_set.join(about.topics.lazy(), on="set").drop("set")
    return spread.group_by(_TOPIC).agg(pl.all().sum())


def _bucket(rows: pl.LazyFrame, about: About) -> pl.DataFrame:
    """Count people, contents and kinds of some receivers."""
    names = [reaction.name for reaction in about.owners.network.reactions]
    weighed = pl.col("count").cast(pl.Int64) * pl.col("quarters")
    of_content = rows.group_by("receiver", "content", "set").agg(
        *(
            _within(about.end, weighed, window, pl.col("reaction") == place).alias(
                kind(name, window)
            )
            for place, name in enumerate(names)
            for window in WINDOWS
        ),
        contents=(pl.col("quarters") >= BELIEVED).any().cast(pl.Int64),
    )
    by_set = of_content.drop("content").group_by("receiver", "set").agg(pl.all().sum())
    spread = by_set.join(about.topics.lazy(), on="set").collect(engine="streaming")
    counted = spread.lazy().drop("set").group_by(_TOPIC).agg(pl.all().sum())
    found = distinct_people(_met(rows, about.end), spread.select("receiver", "set", "topic"))
    both = found.lazy().join(counted, on=_TOPIC, how="left")
    return both.collect(engine="streaming")


def _within(end: int, values: pl.Expr, window: int, which: pl.Expr) -> pl.Expr:
    """Sum some of what lies in a window."""
    return values.filter(which & (pl.col("day") >= end - window)).sum().cast(pl.Int64)


def _met(rows: pl.LazyFrame, end: int) -> pl.LazyFrame:
    """Say of each actor how lately it reacted to contents of a set: band 0 is in all windows."""
    met = rows.group_by("receiver", "actor", "set").agg(
        pl.col("day").max(), pl.col("quarters").first()
    )
    later = [(pl.col("day") < end - window).cast(pl.UInt8) for window in sorted(WINDOWS)[:-1]]
    return met.with_columns(band=pl.sum_horizontal(later))


def _contents(rows: pl.LazyFrame, drawn: pl.LazyFrame) -> pl.LazyFrame:
    """Count contents that drew somebody believed, by name or tally, by ``receiver`` and ``set``."""
    each = ["receiver", "content", "set"]
    named = rows.filter(pl.col("quarters") >= BELIEVED).select(each)
    counted = drawn.filter(pl.col(people(max(WINDOWS))) > 0).select(each)
    contents = pl.concat([named, counted]).unique().group_by("receiver", "set")
    return contents.agg(contents=pl.len().cast(pl.Int64))


def _tallied(rows: pl.LazyFrame, about: About, tallies: pl.DataFrame) -> pl.LazyFrame:
    """Say what tallies add up to of each content: ``receiver``, ``content``, ``set``, by window."""
    network = about.owners.network
    places = {reaction.name: place for place, reaction in enumerate(network.reactions)}
    named = (
        rows.filter(pl.col("quarters") >= BELIEVED)
        .group_by("receiver", "content", "day")
        .agg(
            pl.col("count")
            .filter(pl.col("reaction") == places[each.name])
            .sum()
            .alias(f"{each.name}.count")
            for each in network.tallies
        )
    )
    of_contents = tallies.lazy().filter(pl.col("content").is_not_null())
    whose = of_contents.select("receiver", "content", raw=pl.col("content") ^ pl.col("account"))
    sets = whose.unique().join(about.contents.lazy(), left_on="raw", right_on="content")
    every = cells(tallies, named, about.end, network)
    found = sets.drop("raw").join(every, on=["receiver", "content"])
    grown = [pl.col(f"{ANY}.{window}").cast(pl.Int64).alias(people(window)) for window in WINDOWS]
    return found.select("receiver", "content", "set", *grown)
