"""One network of a lake, as statistics look at it: who reacted to whom and when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from features.lake import Lake


@dataclass(frozen=True)
class Activity:
    """Reactions on one network, those of accounts to themselves left out.

    Attributes
    ----------
    name
        What the log is called.
    reactions
        ``actor``, ``target``, ``content``, ``at``, ``day``.
    contents
        ``author``, ``at``.
    """

    name: str
    reactions: pl.DataFrame
    contents: pl.DataFrame

    @staticmethod
    def of(name: str, lake: Lake, network: str) -> Activity:
        """Read a network of a lake."""
        rows = lake.scan("interactions", [network]).filter(pl.col("actor") != pl.col("target"))
        # An id's place stands for it: numbers are counted ten times as fast as texts.
        reactions = rows.select(
            pl.col("actor", "target", "content").cast(pl.Categorical),
            "at",
            day=pl.col("at").dt.date(),
        )
        contents = lake.scan("contents", [network]).select(
            pl.col("author").cast(pl.Categorical), "at"
        )
        return Activity(name, *pl.collect_all([reactions, contents]))

    @cached_property
    def received(self) -> pl.DataFrame:
        """``target``, ``count`` and ``reactors`` of everybody who received anything."""
        return received(self.reactions)

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """``actor``, ``target``: each pair once."""
        return self.reactions.select("actor", "target").unique()

    @cached_property
    def halves(self) -> pl.DataFrame:
        """Give what receivers of the first half of reactions drew in it, and in the second.

        ``target``, ``count``, ``reactors``, ``attention``, ``last`` of the first; ``next``, the
        distinct reactors of the second. The two have as many reactions, not days.
        """
        middle = self.reactions["at"].sort()[len(self.reactions) // 2]
        first = self.reactions.filter(pl.col("at") < middle)
        second = received(self.reactions.filter(pl.col("at") >= middle))
        share = (1 / pl.len().over("actor", "day")).alias("share")
        known = (
            first.with_columns(share)
            .group_by("target")
            .agg(
                count=pl.len(),
                reactors=pl.col("actor").n_unique(),
                attention=pl.col("share").sum(),
                last=pl.col("at").max(),
            )
        )
        came = second.select("target", next="reactors")
        return known.join(came, on="target", how="left").fill_null(0).sort("target")


def received(reactions: pl.DataFrame) -> pl.DataFrame:
    """Count reactions and distinct reactors by ``target``."""
    return reactions.group_by("target").agg(count=pl.len(), reactors=pl.col("actor").n_unique())
