"""Random rows of what contents are about, and hierarchies over the tags."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from hypothesis import strategies as st

from tests.support.worlds import CONTENTS, Row, World

TAGS = ("Jazz", "blues", "bikes", "x")
ABOVE: dict[str, tuple[str, ...]] = {
    "jazz": ("music", "art"),
    "blues": ("music", "art"),
    "bikes": ("sport",),
}
"""The topics above a topic; of `x` there is none."""


@dataclass(frozen=True)
class Hierarchy:
    """Stands in for an ontology that was imported."""

    above: dict[str, tuple[str, ...]]

    def topics_of_tag(self, tag: str) -> list[str]:
        own = tag.lower()
        return [own, *self.above.get(own, ())]

    def topics_of(self, tags: pl.Series) -> pl.DataFrame:
        rows = [(tag, topic) for tag in sorted(set(tags)) for topic in self.topics_of_tag(tag)]
        return pl.DataFrame(rows, {"tag": pl.String, "topic": pl.String}, orient="row")


NONE, MUSIC = Hierarchy({}), Hierarchy(ABOVE)


def topic_rows() -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(
        {
            "network": st.sampled_from(("twitter", "googleplus", "wiki")),
            "content": st.sampled_from(CONTENTS),
            "topic": st.sampled_from(TAGS),
            "author": st.none(),
        }
    )


@st.composite
def topical(draw: st.DrawFn, worlds: st.SearchStrategy[World], most: int = 10) -> World:
    """Give a world topics; a row may be there twice."""
    return draw(worlds) | {"topics": draw(st.lists(topic_rows(), max_size=most))}
