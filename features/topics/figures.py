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
from features.topics.tag_sets import TagSets

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

TOPIC = ["receiver", "topic"]
WEIGHED = pl.col("count").cast(pl.Int64) * pl.col("quarters")


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
    sets
        What contents are about, by tag.
    topics
        ``tag`` and ``topic``, of any type: `features.topics.ontology.Ontology.topics_of`.
    tallies
        From `features.signals.tallies.of_receivers`; None: the network has none.
    end
        The end of every window, exclusive, in days since 1970.
    """

    owners: Owners
    authenticity: pl.DataFrame | None
    sets: TagSets
    topics: pl.DataFrame
    tallies: pl.DataFrame | None
    end: int

    def of_sets(self, sets: pl.DataFrame | None = None) -> pl.DataFrame:
        """Spread the ``set``s of a frame, or all, over topics: ``set`` and ``topic``."""
        return self.sets.topics(self.topics, sets)


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
        ``receiver``, ``topic``, by window (`people`) what tallies say of contents, and how many
        ``contents`` drew somebody by these alone. None: nothing is tallied.
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
    rows, several = received(reactions, about), 1 + count // BUCKET_ROWS
    topics = about.of_sets()
    parts = (_bucket(_some(rows, number, several), about, topics) for number in range(several))
    return TopicFigures(pl.concat(parts), tallied(reactions, about))


def _some(rows: pl.LazyFrame, number: int, of: int) -> pl.LazyFrame:
    mine = rows if of == 1 else rows.filter(pl.col("receiver") % of == number)
    return mine.collect(engine="streaming").lazy()


def received(reactions: pl.LazyFrame, about: About) -> pl.LazyFrame:
    """Keep what counts, of contents with a tag ``set``, by ``receiver``, with ``quarters``.

    As of tiles (`features.signals.tiles`): accounts of a person are one, nobody reacts to itself.
    """
    owners = about.owners
    rows = reactions.join(about.sets.contents.lazy(), on="content").filter(
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


def by_topic(by_set: pl.LazyFrame, topics: pl.DataFrame) -> pl.LazyFrame:
    """Spread what was counted by tag set over topics, and add it up."""
    spread = by_set.join(topics.lazy(), on="set").drop("set")
    return spread.group_by(TOPIC).agg(pl.all().sum())


def _bucket(rows: pl.LazyFrame, about: About, topics: pl.DataFrame) -> pl.DataFrame:
    """Count people, contents and kinds of some receivers."""
    names = [reaction.name for reaction in about.owners.network.reactions]
    of_content = rows.group_by("receiver", "content", "set").agg(
        *(
            _within(about.end, WEIGHED, window, pl.col("reaction") == place).alias(
                kind(name, window)
            )
            for place, name in enumerate(names)
            for window in WINDOWS
        ),
        contents=(pl.col("quarters") >= BELIEVED).any().cast(pl.Int64),
    )
    by_set = of_content.drop("content").group_by("receiver", "set").agg(pl.all().sum())
    spread = by_set.join(topics.lazy(), on="set").collect(engine="streaming")
    counted = spread.lazy().drop("set").group_by(TOPIC).agg(pl.all().sum())
    found = distinct_people(_met(rows, about.end), spread.select("receiver", "set", "topic"))
    both = found.lazy().join(counted, on=TOPIC, how="left")
    return both.collect(engine="streaming")


def _within(end: int, values: pl.Expr, window: int, which: pl.Expr) -> pl.Expr:
    """Sum some of what lies in a window."""
    return values.filter(which & (pl.col("day") >= end - window)).sum().cast(pl.Int64)


def _met(rows: pl.LazyFrame, end: int) -> pl.LazyFrame:
    """Say of each actor how lately it reacted to contents of a set: band 0 is in all windows."""
    met = rows.group_by("receiver", "actor", "set").agg(
        pl.col("day").max(), pl.col("quarters").first()
    )
    return met.with_columns(band=band(pl.col("day"), end))


def band(day: pl.Expr, end: int) -> pl.Expr:
    """Say in how many of the windows that end at a day another does not lie (u8); null: in all."""
    outside = [(day < end - window).fill_null(value=True) for window in sorted(WINDOWS)]
    return pl.sum_horizontal(each.cast(pl.UInt8) for each in outside)


def tallied(reactions: pl.LazyFrame, about: About) -> pl.DataFrame | None:
    """Say what tallies of contents add up to, as of `TopicFigures`."""
    tallies = about.tallies
    if tallies is None or (of_contents := tallies.drop_nulls("content")).is_empty():
        return None
    mine = of_contents.select(target="account", content=_raw()).unique()
    rows = received(reactions.join(mine.lazy(), on=["target", "content"], how="semi"), about)
    named = rows.filter(pl.col("quarters") >= BELIEVED).collect(engine="streaming")
    drawn = _drawn(named, about, tallies).collect()
    by_name = named.select("receiver", "content", "set").unique()
    more = drawn.filter(pl.col(people(max(WINDOWS))) > 0).join(
        by_name, on=["receiver", "content", "set"], how="anti"
    )
    counted = drawn.group_by("receiver", "set").agg(
        *(pl.col(people(window)).sum() for window in WINDOWS)
    )
    contents = more.group_by("receiver", "set").agg(contents=pl.len().cast(pl.Int64))
    by_set = counted.join(contents, on=["receiver", "set"], how="left").fill_null(0)
    return by_topic(by_set.lazy(), about.of_sets(by_set)).collect()


def _raw() -> pl.Expr:
    """Undo what makes a content that of its account."""
    return pl.col("content") ^ pl.col("account")


def _drawn(named: pl.DataFrame, about: About, tallies: pl.DataFrame) -> pl.LazyFrame:
    """Say what tallies add up to of each content: ``receiver``, ``content``, ``set``, by window."""
    network = about.owners.network
    places = {reaction.name: place for place, reaction in enumerate(network.reactions)}
    by_day = (
        named.lazy()
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
    whose = of_contents.select("receiver", "content", raw=_raw())
    sets = whose.unique().join(about.sets.contents.lazy(), left_on="raw", right_on="content")
    every = cells(tallies, by_day, about.end, network)
    found = sets.drop("raw").join(every, on=["receiver", "content"])
    grown = [pl.col(f"{ANY}.{window}").cast(pl.Int64).alias(people(window)) for window in WINDOWS]
    return found.select("receiver", "content", "set", *grown)
