"""Ranks in the graph of who reacted to whom."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from features.catalogue import HORIZON, Catalogue
from features.graph import pagerank
from features.identity import Owners, claims
from features.lake import Lake


def interaction_pagerank(
    lake: Lake, as_of: date, catalogue: Catalogue, persons: pl.Series
) -> pl.Series:
    """PageRank (Brin and Page, 1998) of the graph from who reacted to whom, over all networks.

    Parameters
    ----------
    lake, as_of
        Interactions of the 90 days before `as_of` are links, each pair of persons once.
    catalogue
        The networks to look at.
    persons
        Whose ranks are wanted.

    Returns
    -------
    Series of float64
        In the order of ``persons``; 0 for who is not in the graph.
    """
    edges = _edges(lake, as_of, catalogue)
    people = pl.concat([edges["actor"], edges["receiver"]]).unique().sort()
    number = pl.DataFrame({"person": people}).with_row_index("number")
    ends = [
        edges.join(number, left_on=side, right_on="person", maintain_order="left")["number"]
        for side in ("actor", "receiver")
    ]
    rank = pagerank(ends[0].to_numpy(), ends[1].to_numpy(), len(people))
    ranked = pl.DataFrame({"person": people, "rank": rank})
    wanted = persons.alias("person").to_frame()
    return wanted.join(ranked, on="person", how="left", maintain_order="left")["rank"].fill_null(0)


def _edges(lake: Lake, as_of: date, catalogue: Catalogue) -> pl.DataFrame:
    claimed = claims(lake, as_of)
    since = as_of - timedelta(HORIZON)
    parts = []
    for network in catalogue.networks:
        owners = Owners.of(network, claimed)
        pairs = lake.scan("interactions", [network.name], since, as_of)
        pairs = pairs.select("actor", "target").unique()
        received = owners.with_person(pairs, "target").rename({"person": "receiver"})
        given = owners.with_person(received, "actor").select("receiver", actor="person")
        parts.append(given.select("actor", "receiver"))
    edges = pl.concat(parts).unique().filter(pl.col("actor") != pl.col("receiver"))
    return edges.sort("actor", "receiver").collect(engine="streaming")
