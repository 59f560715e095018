"""From tags to topics: every tag is a topic of its own."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.lake import Lake


def topic_slug(tag: str) -> str:
    """Name a tag's own topic."""
    return tag.strip().lower().replace(" ", "-")


@dataclass(frozen=True)
class Ontology:
    """No hierarchy at all."""

    digest: str = ""

    @staticmethod
    def of(lake: Lake) -> Ontology:
        """Read what was imported."""
        del lake
        return Ontology()

    @property
    def ancestors(self) -> pl.DataFrame:
        """Give ``topic`` and ``ancestor``."""
        return pl.DataFrame(schema={"topic": pl.String, "ancestor": pl.String})

    def topics_of(self, tags: pl.Series) -> pl.DataFrame:
        """Give ``tag`` and ``topic``."""
        own = pl.col("tag").map_elements(topic_slug, return_dtype=pl.String)
        return tags.unique().to_frame("tag").with_columns(topic=own)
