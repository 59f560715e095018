"""The hierarchy of topics that a lake has, and which of its topics a tag is.

A tag is, in this order: what the mapping says (`klout topics map`); the topic of that slug; of that
name; of that name in another language; of that synonym; and then of the same without hyphens, as
hashtags have to be written. A name that stands for several topics stands for none of them. What is
none of these is a topic of its own, so that all works without any hierarchy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from features.lake import Lake
from features.lake.contracts import RECORDS
from features.topics.slugs import own_id, slug, squeezed, topic_slug

__all__ = ["Ontology", "topic_slug"]

HIERARCHY = ("ontology", "ontology_edges", "ontology_names")
"""Tables of the lake that an import replaces."""
MAPPING = "topic_map"
"""The one that `klout topics map` replaces."""

NAME, SYNONYM = "name", "synonym"
"""Kinds of names."""


@dataclass(frozen=True, eq=False)
class Ontology:
    """Topics, what is above them, and what they are called: see `of`.

    Attributes
    ----------
    topics
        ``topic`` (its slug), ``id``, ``name``, ``wikidata`` (null where it has none).
    edges
        ``parent``, ``child``: slugs, without a circle and without a root.
    labels
        ``topic``, ``language``, ``name``, ``kind`` (`NAME` or `SYNONYM`).
    mapping
        ``tag``, ``topic``: slugs.
    """

    topics: pl.DataFrame
    edges: pl.DataFrame
    labels: pl.DataFrame
    mapping: pl.DataFrame

    @staticmethod
    def of(lake: Lake) -> Ontology:
        """Read what was imported into a lake; all is empty if nothing was."""
        tables = (lake.scan(name).collect() for name in (*HIERARCHY, MAPPING))
        return Ontology(*(table.sort(pl.all()) for table in tables))

    @staticmethod
    def empty() -> Ontology:
        """Make one without any topic."""
        tables = (RECORDS[name] for name in (*HIERARCHY, MAPPING))
        return Ontology(*(pl.DataFrame(schema=dict(table.columns)) for table in tables))

    @cached_property
    def digest(self) -> str:
        """64 hexadecimal digits that change when any of it does."""
        total = hashlib.sha256()
        for table in (self.topics, self.edges, self.labels, self.mapping):
            total.update(table.sort(pl.all()).write_csv().encode() + b"\0")
        return total.hexdigest()

    @property
    def languages(self) -> list[str]:
        """The languages in which topics have names, ascending."""
        return self.labels.filter(kind=NAME)["language"].unique().sort().to_list()

    @property
    def parents(self) -> pl.DataFrame:
        """``topic``, ``parent``: those right above each; a topic at the top has no row."""
        return self.edges.select(topic="child", parent="parent")

    @cached_property
    def ancestors(self) -> pl.DataFrame:
        """``topic``, ``ancestor``: all above each, each once, itself not among them."""
        found = new = step = self.parents.select("topic", ancestor="parent").unique()
        above = step.rename({"topic": "ancestor", "ancestor": "above"})
        while len(new):
            reached = new.join(above, on="ancestor").select("topic", ancestor="above").unique()
            new = reached.join(found, on=["topic", "ancestor"], how="anti")
            found = pl.concat([found, new])
        return found.sort(pl.all())

    def children(self, topic: str) -> list[str]:
        """List the topics right below one, ascending."""
        return self.edges.filter(parent=topic)["child"].sort().to_list()

    def names(self, language: str) -> pl.DataFrame:
        """Name all topics of the hierarchy.

        Parameters
        ----------
        language
            As ``de`` or ``pt-br``; without a name in it a topic has that in the language without
            its country, else its own, which may be its slug.

        Returns
        -------
        DataFrame
            ``topic`` (ascending), ``name``.
        """
        said = language.lower()
        called = self.labels.filter(kind=NAME)
        ranked = [
            called.filter(language=one).unique("topic").select("topic", name)
            for one, name in (
                (said, "name"),
                (said.partition("-")[0], pl.col("name").alias("base")),
            )
        ]
        named = self.topics.select("topic", own="name")
        for frame in ranked:
            named = named.join(frame, on="topic", how="left", maintain_order="left")
        return named.select("topic", pl.coalesce("name", "base", "own").alias("name"))

    def id_of(self, topic: str) -> str:
        """Give a topic's id as it was imported; of another, 64 bits of its slug's hash."""
        found = self.topics.filter(topic=topic)["id"]
        if len(found):
            return str(found[0])
        return own_id(topic)

    def own(self, tags: pl.Series) -> pl.DataFrame:
        """Say which topic each tag is.

        Parameters
        ----------
        tags
            Str, as contents have them; each may come more than once.

        Returns
        -------
        DataFrame
            ``tag`` (ascending, each once), ``topic``. Tags of which no slug is left are not in it.
        """
        each = (
            pl.DataFrame({"tag": tags}, {"tag": pl.String})
            .unique()
            .with_columns(slug(pl.col("tag")).alias("slug"))
        )
        each = each.drop_nulls("slug").with_columns(squeezed(pl.col("slug")).alias("short"))
        mapped = self.mapping.select(slug="tag", mapped="topic")
        each = each.join(mapped, on="slug", how="left")
        each = each.join(
            self._keys.rename({"key": "slug", "topic": "known"}), on="slug", how="left"
        )
        each = each.join(
            self._keys.rename({"key": "short", "topic": "like"}), on="short", how="left"
        )
        topic = pl.coalesce("mapped", "known", "like", "slug").alias("topic")
        return each.select("tag", topic).sort("tag")

    def topics_of(self, tags: pl.Series) -> pl.DataFrame:
        """Say what tags are about: their own topics and all that are above these.

        Returns
        -------
        DataFrame
            ``tag``, ``topic``, ascending: each topic of a tag once, so that whoever sums over a
            content's topics counts nothing twice after a ``unique`` by content and topic.
        """
        own = self.own(tags)
        above = own.join(self.ancestors, on="topic").select("tag", topic="ancestor")
        return pl.concat([own, above]).unique().sort(pl.all())

    def sensitive(self, listed: Iterable[str]) -> set[str]:
        """Give the topics that are listed, by slug or name, and all below them."""
        tags = pl.Series(listed, dtype=pl.String)
        roots = {*self.own(tags)["topic"], *pl.select(slug(pl.lit(tags))).to_series().drop_nulls()}
        below = self.ancestors.filter(pl.col("ancestor").is_in(list(roots)))
        return roots | set(below["topic"])

    @cached_property
    def _keys(self) -> pl.DataFrame:
        """``key``, ``topic``: what a slug stands for, where that is one topic."""
        own, named = self.topics.select("topic", name="topic"), self.topics.select("topic", "name")
        others = [self.labels.filter(kind=kind).select("topic", "name") for kind in (NAME, SYNONYM)]
        ranked = [
            frame.select("topic", key=slug(pl.col("name")), rank=pl.lit(rank))
            for rank, frame in enumerate((own, named, *others))
        ]
        short = [
            frame.with_columns(squeezed(pl.col("key")), pl.col("rank") + len(ranked))
            for frame in ranked
        ]
        every = pl.concat([*ranked, *short]).filter(pl.col("key") != "")
        best = every.filter(pl.col("rank") == pl.col("rank").min().over("key")).unique()
        one = best.filter(pl.len().over("key") == 1)
        return one.select("key", "topic")
