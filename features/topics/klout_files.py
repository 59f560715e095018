"""Klout's own ontology, as it was published (klout/opendata): CSV of topics, edges and names.

A file is known by its columns: ``topicSlug`` and ``topicDisplayName`` (topics), ``language`` (names
in languages), or ``parrentTopicSlug`` (edges; so misspelt). Ids exceed 64 signed bits and are read
as texts. What edges alone name is a topic too: its children would have no parent otherwise. Items
of Wikidata are ``null``, as a text, where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake.contracts import RECORDS
from features.sources.scans import read_csv
from features.topics.hierarchy import ROOT, Hierarchy
from features.topics.ontology import NAME
from features.topics.slugs import slug

TOPICS = {
    "topicId": "id",
    "topicSlug": "topic",
    "topicDisplayName": "name",
    "wikiItemId": "wikidata",
}
EDGES = {"parentTopicId": "parent_id", "parrentTopicSlug": "parent",
         "childTopicId": "child_id", "childTopicSlug": "child"}  # fmt: skip
NAMES = {"topicId": "id", "language": "language", "topicDisplayName": "name"}
MISSPELT = {"parrentTopicSlug": "parentTopicSlug"}
"""What others may have made of the header."""


def read_klout(files: list[Path]) -> Hierarchy:
    """Read a hierarchy from Klout's files.

    Raises
    ------
    KloutError
        If one is none of them, is damaged, or there is none of topics.
    """
    parts = {"topics": [_empty(TOPICS)], "edges": [_empty(EDGES)], "names": [_empty(NAMES)]}
    for file in files:
        kind, rows = _part(file)
        parts[kind].append(rows)
    told, edges, names = (pl.concat(frames) for frames in parts.values())
    if told.is_empty():
        raise KloutError(f"{files[0]}: no topics; expected a file with the columns {[*TOPICS]}")
    topics = told.with_columns(slug(pl.col("topic")), _item(pl.col("wikidata")))
    edges = edges.with_columns(_end("parent"), _end("child"))
    mentioned = _mentioned(edges, topics)
    topics = pl.concat([topics, mentioned], how="diagonal")
    return Hierarchy(
        topics, edges.select("parent", "child", "where"), _named(names, topics), mentioned["topic"]
    )


def read_table(file: Path) -> pl.DataFrame:
    """Read a CSV file, packed or not, as texts, with ``where`` each row stands.

    Raises
    ------
    KloutError
        If it is damaged, with the line.
    """
    frames = []
    for chunk in read_csv(file, RECORDS["ontology"]):
        row = chunk.rows.cast(pl.String)
        where = pl.concat_str(pl.lit(f"{file}, row "), row).alias("where")
        frames.append(chunk.frame.with_columns(where))
        if chunk.damaged is not None:
            for place, why in zip(frames[-1]["where"], chunk.damaged, strict=True):
                if why is not None:
                    raise KloutError(f"{place}: {why}")
    return pl.concat(frames)


def _empty(columns: Mapping[str, str]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys((*columns.values(), "where"), pl.String))


def _part(file: Path) -> tuple[str, pl.DataFrame]:
    """Read a file, and tell what it holds by its columns."""
    rows = read_table(file)
    rows = rows.rename({right: given for given, right in MISSPELT.items()}, strict=False)
    for kind, columns in (("topics", TOPICS), ("edges", EDGES), ("names", NAMES)):
        if columns.keys() <= set(rows.columns):
            return kind, rows.select(
                **{to: pl.col(of) for of, to in columns.items()}, where="where"
            )
    has = [name for name in rows.columns if name != "where"]
    raise KloutError(f"{file}: no file of Klout's ontology; its columns are {has}")


def _item(wikidata: pl.Expr) -> pl.Expr:
    return pl.when(wikidata.str.contains(r"^Q\d+$")).then(wikidata)


def _end(column: str) -> pl.Expr:
    """Write an end of an edge as a topic; the root stays what it is, and is no topic."""
    return (
        pl.when(pl.col(column) == ROOT).then(column).otherwise(slug(pl.col(column))).alias(column)
    )


def _mentioned(edges: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """Make topics of what edges alone name; they are called by their slugs."""
    ends = pl.concat(
        edges.select("where", topic=end, id=f"{end}_id", name=end) for end in ("parent", "child")
    )
    new = ends.drop_nulls("topic").filter(pl.col("topic") != ROOT)
    new = new.join(topics, on="topic", how="anti", maintain_order="left")
    return new.unique("topic", keep="first", maintain_order=True)


def _named(names: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """Say by slugs what topics are called."""
    by_id = topics.select("id", "topic")
    named = names.join(by_id, on="id", how="left", maintain_order="left")
    for row in named.filter(pl.col("topic").is_null()).head(1).iter_rows(named=True):
        raise KloutError(f"{row['where']}: a name of {row['id']!r}; no topic has that id")
    language = pl.col("language").str.to_lowercase()
    return named.select("topic", language, "name", pl.lit(NAME).alias("kind"), "where")
