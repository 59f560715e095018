"""Contents by what they are about: each has one *tag set*, and contents alike in it share that.

So interactions are looked at once, however many topics their contents have: they are counted by tag
set, and only what was counted is spread over topics. A tag set is named by the hash of its tags.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.signals.owners import account_key
from features.storage.hashing import hashed

_CONTENTS = {"content": pl.UInt64(), "set": pl.UInt64()}
_TAGS = {"set": pl.UInt64(), "tag": pl.String()}


@dataclass(frozen=True)
class TagSets:
    """What the contents of one network are about.

    Attributes
    ----------
    contents
        ``content`` (u64, the key of its id) and its ``set`` (u64), each content once.
    tags
        ``set`` and ``tag`` (str): the tags of each.
    """

    contents: pl.DataFrame
    tags: pl.DataFrame

    @staticmethod
    def nothing() -> TagSets:
        """Nothing is known."""
        return TagSets(pl.DataFrame(schema=_CONTENTS), pl.DataFrame(schema=_TAGS))

    def told(self, rows: pl.LazyFrame) -> TagSets:
        """Add rows of the lake's table ``topics``: the order in which they come says nothing."""
        new = rows.select(account_key("content").alias("content"), tag="topic").unique()
        here = new.collect(engine="streaming")
        if here.is_empty():
            return self
        known = self.contents.join(here, on="content", how="semi").join(self.tags, on="set")
        tags = pl.concat([here, known.select("content", "tag")]).unique().sort("content", "tag")
        each = tags.group_by("content", maintain_order=True).agg("tag")
        sets = each.with_columns(set=hashed(pl.col("tag").list.join("\0")))
        others = self.contents.join(here, on="content", how="anti")
        named = sets.unique("set").select("set", "tag").explode("tag", empty_as_null=False)
        return TagSets(
            pl.concat([others, sets.select(*_CONTENTS)]),
            pl.concat([self.tags, named.join(self.tags, on="set", how="anti")]),
        )

    def topics(self, topics: pl.DataFrame, sets: pl.DataFrame | None = None) -> pl.DataFrame:
        """Spread sets over topics: ``set`` and ``topic``, each pair once.

        A topic above two of a set's tags is there once: nothing counts for it twice.

        Parameters
        ----------
        topics
            ``tag`` and ``topic``: what each tag is about.
        sets
            Has a ``set``; which are spread. None: all.
        """
        tags = self.tags
        if sets is not None:
            tags = tags.join(sets.select("set").unique(), on="set", how="semi")
        return tags.join(topics, on="tag").select("set", "topic").unique()
