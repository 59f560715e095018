"""A hierarchy of topics as files say it, checked before the lake takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake.checking import check
from features.lake.contracts import RECORDS
from features.lake.schemas import schema_of

ROOT = "_ROOT_"
"""Stands above the topics at the top, and is none."""


@dataclass(frozen=True)
class Hierarchy:
    """What files say, with ``where`` (str) each row stands, for what is said of it.

    Attributes
    ----------
    topics
        ``topic``, ``id``, ``name``, ``wikidata``, ``where``.
    edges
        ``parent``, ``child``, ``where``: either end may be `ROOT`.
    names
        ``topic``, ``language``, ``name``, ``kind``, ``where``.
    mentioned
        Slugs of topics that edges alone name.
    """

    topics: pl.DataFrame
    edges: pl.DataFrame
    names: pl.DataFrame
    mentioned: Iterable[str] = ()

    def tables(self, catalogue: Catalogue) -> dict[str, pl.DataFrame]:
        """Give the lake's tables that it makes.

        Raises
        ------
        KloutError
            Naming where a topic is there twice, or a value is missing or not kept.
        """
        edges, _ = without_circles(self.edges)
        given = {
            "ontology": self.topics,
            "ontology_edges": edges.filter(pl.col("parent") != ROOT),
            "ontology_names": self.names,
        }
        for column in ("topic", "id"):
            again = self.topics.filter(~pl.col(column).is_first_distinct())
            if len(again):
                row = again.row(0, named=True)
                raise KloutError(
                    f"{row['where']}: a second topic with the {column} {row[column]!r}"
                )
        return checked(given, catalogue)


def checked(tables: Mapping[str, pl.DataFrame], catalogue: Catalogue) -> dict[str, pl.DataFrame]:
    """Take the rows of tables that commands keep, each once.

    Parameters
    ----------
    tables
        By name, the columns of each and ``where``.
    catalogue
        The lake's.

    Raises
    ------
    KloutError
        With ``where`` and the reason, if a row breaks its table's contract.
    """
    now, good = datetime.now(UTC), {}
    for name, frame in tables.items():
        rows = frame.drop("where").with_row_index("row").cast({"row": pl.UInt64})
        good[name], bad = check(RECORDS[name], schema_of(name, catalogue, now), rows, name)
        if len(bad):
            raise KloutError(f"{frame['where'][int(bad['row'][0])]}: {bad['reason'][0]}")
        good[name] = good[name].unique().sort(pl.all())
    return good


def without_circles(edges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the edges that are in no circle from those that are, whichever is read first."""
    ends = pl.concat([edges["parent"], edges["child"]]).rank("dense").cast(pl.Int64).to_numpy() - 1
    parent, child = np.split(ends, 2)
    size = int(ends.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(edges)), (parent, child)), shape=(size, size))
    part = connected_components(graph, connection="strong")[1] if size else ends
    is_round = pl.Series(part[parent] == part[child])
    return edges.filter(~is_round), edges.filter(is_round)
