"""Which topic a tag is, as somebody decided: a CSV file that is printed, filled in and read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Lake
from features.topics.hierarchy import checked
from features.topics.klout_files import read_table
from features.topics.ontology import MAPPING, Ontology
from features.topics.replacing import replace
from features.topics.slugs import slug

COLUMNS = ("tag", "topic")
COUNT = "contents"
"""What the printed mapping says beside them: how many contents have the tag."""


@dataclass(frozen=True)
class Mapped:
    """What came of a mapping.

    Attributes
    ----------
    tags
        How many it maps.
    empty
        Rows without a topic, which map nothing.
    new
        Topics that the lake's hierarchy does not have, ascending.
    """

    tags: int
    empty: int
    new: list[str]


def tags_of(lake: Lake) -> pl.DataFrame:
    """Count contents by tag.

    Returns
    -------
    DataFrame
        ``tag`` (a slug), ``contents`` (u32); the most frequent first.
    """
    counted = lake.scan("topics").group_by("topic").len()
    by_slug = counted.group_by(tag=slug(pl.col("topic"))).agg(pl.col("len").sum().alias(COUNT))
    return by_slug.drop_nulls("tag").sort(COUNT, "tag", descending=[True, False]).collect()


def unmapped(ontology: Ontology, tags: pl.DataFrame) -> pl.DataFrame:
    """Give the rows of `tags_of` that are topics of their own, and nobody decided that."""
    own = ontology.own(tags["tag"]).join(ontology.topics, on="topic", how="anti")
    own = own.join(ontology.mapping, on="tag", how="anti")
    return tags.join(own, on="tag", how="semi", maintain_order="left")


def map_tags(root: Path, file: Path) -> Mapped:
    """Let the mapping that a file says take the place of the lake's.

    Raises
    ------
    KloutError
        If there is no lake, or the file is damaged, or says two topics of a tag.
    """
    lake = Lake(root)
    rows = _read(file)
    given = rows.drop_nulls("topic")
    tables = checked({MAPPING: given}, lake.catalogue)
    again = given.unique(COLUMNS, maintain_order=True).filter(~pl.col("tag").is_first_distinct())
    for row in again.head(1).iter_rows(named=True):
        raise KloutError(f"{row['where']}: a second topic of the tag {row['tag']!r}")
    replace(root, tables, str(file))
    new = tables[MAPPING].join(Ontology.of(lake).topics, on="topic", how="anti")["topic"]
    return Mapped(len(tables[MAPPING]), len(rows) - len(given), new.unique().sort().to_list())


def _read(file: Path) -> pl.DataFrame:
    """``tag``, ``topic`` (slugs) and ``where`` of each row; further columns are not read."""
    rows = read_table(file)
    if missing := set(COLUMNS) - set(rows.columns):
        raise KloutError(f"{file}: needs the column {min(missing)!r}; expected tag,topic")
    return rows.select(*(slug(pl.col(name)) for name in COLUMNS), "where")


def editable(lake: Lake) -> str:
    """Write the lake's mapping as CSV, and after it the tags that are none of its topics.

    Returns
    -------
    str
        ``tag,topic,contents``; the topic is empty where there is none. Read again as it is it
        changes nothing.
    """
    ontology, tags = Ontology.of(lake), tags_of(lake)
    mapped = ontology.mapping.join(tags, on="tag", how="left", maintain_order="left")
    mapped = mapped.with_columns(pl.col(COUNT).fill_null(0))
    left = unmapped(ontology, tags).with_columns(topic=pl.lit(None, pl.String))
    return pl.concat([mapped, left.select(mapped.columns)]).write_csv()
