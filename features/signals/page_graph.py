"""Figures of a page graph: links to a page, links from it, and PageRank."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.network import PAGE_FIGURES
from features.signals.owners import Owners

DAMPING = 0.85
"""Brin and Page (1998)."""

TOLERANCE = 1e-13
"""Largest sum of absolute changes in a round at which the ranks (of sum 1) are taken as final."""

MAX_ROUNDS = 1000


def pagerank(source: NDArray[Any], target: NDArray[Any], pages: int) -> NDArray[np.float64]:
    """PageRank by power iteration, in units of the mean page.

    Parameters
    ----------
    source, target
        Shape (links,), page numbers below ``pages``; each link once.
    pages
        How many pages there are.

    Returns
    -------
    ndarray of float64, shape (pages,)
        ``pages`` times the stationary probability of the surfer who follows a random link with
        probability 0.85 and else (and from a page without links) goes to any page. The unit keeps
        a page's rank from falling only because more pages are known.
    """
    if not pages:
        return np.zeros(0)
    from scipy.sparse import csr_array  # of networks of pages alone

    out = np.bincount(source, minlength=pages).astype(np.float64)
    flow = csr_array((1.0 / out[source], (target, source)), shape=(pages, pages))
    dangling = out == 0
    rank = np.full(pages, 1.0 / pages)
    for _ in range(MAX_ROUNDS):
        anywhere = (1 - DAMPING) + DAMPING * rank[dangling].sum()
        new = DAMPING * (flow @ rank) + anywhere / pages
        change = np.abs(new - rank).sum()
        rank = new
        if change < TOLERANCE:
            break
    return rank * pages


def page_figures(links: pl.LazyFrame, owners: Owners) -> pl.LazyFrame:
    """Sum the graph figures of each person's pages.

    Parameters
    ----------
    links
        As `page_table` takes them.
    owners
        Who owns the pages.

    Returns
    -------
    LazyFrame
        ``person`` and the columns of `PAGE_FIGURES`. One more inlink raises ``pagerank`` as well:
        the surfer then comes by more often, whoever links (Chien et al., Link evolution, 2003).
    """
    return figures_by_person(page_table(links), owners)


def figures_by_person(table: pl.DataFrame, owners: Owners) -> pl.LazyFrame:
    """Sum the figures of each person's pages, from `page_table`."""
    if table.is_empty():
        return pl.LazyFrame(schema={"person": pl.String, **dict.fromkeys(PAGE_FIGURES, pl.Float64)})
    mine = owners.with_person(table.lazy(), "page").sort("page")
    return mine.group_by("person", maintain_order=True).agg(pl.col(PAGE_FIGURES).sum())


def page_table(links: pl.LazyFrame) -> pl.DataFrame:
    """Compute the figures of each page of a graph.

    Parameters
    ----------
    links
        ``source`` and ``target`` of one network; repeated links and links of a page to itself
        count for nothing.

    Returns
    -------
    DataFrame
        ``page`` and the columns of `PAGE_FIGURES`.
    """
    # Sorted, so that the sums run in the same order whatever order the links came in.
    edges = links.select("source", "target").unique().filter(pl.col("source") != pl.col("target"))
    edge_table = edges.sort("source", "target").collect()
    pages = pl.concat([edge_table["source"], edge_table["target"]]).unique().sort()
    number = pl.DataFrame({"page": pages}).with_row_index("number")
    source = edge_table.join(number, left_on="source", right_on="page", maintain_order="left")
    target = edge_table.join(number, left_on="target", right_on="page", maintain_order="left")
    sources, targets = source["number"].to_numpy(), target["number"].to_numpy()
    return pl.DataFrame(
        {
            "page": pages,
            "inlinks": np.bincount(targets, minlength=len(pages)),
            "outlinks": np.bincount(sources, minlength=len(pages)),
            "pagerank": pagerank(sources, targets, len(pages)),
        }
    )
