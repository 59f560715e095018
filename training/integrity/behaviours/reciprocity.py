"""To whom accounts react and who reacts to them: favourites, haste, mutual reactions, cliques."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.integrity.behaviours.day_tiles import MILLI

QUICK = 4 * MILLI
"""log2(1 + 15 minutes), in thousandths: few are online within a quarter of an hour."""

USUAL_DELAY = 6.5
"""log2(1 + 90 minutes): what `haste` is measured from, so that 0 is what is not known."""

CIRCLE = 32
"""Partners of whom it is asked whether they react to one another: those most reacted to."""

BLOCK = 4096
"""Accounts whose cliques are counted together: at most BLOCK * CIRCLE² numbers."""


def repeats(count: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Chance that two of a whole fall into one part: Σ k(k - 1) / (n(n - 1)); 0 if n < 2.

    Unlike entropy it is not biased where n is small (Simpson, Measurement of diversity, 1949).

    Parameters
    ----------
    count
        Sum over the parts of k(k - 1), i64.
    whole
        n, i64.
    """
    return pl.when(whole > 1).then(count / (whole * (whole - 1))).otherwise(0.0)


def edges(deeds: pl.LazyFrame) -> pl.LazyFrame:
    """Put together what each actor gave each target.

    Returns
    -------
    LazyFrame
        ``actor``, ``target`` (u64); i64: ``given``, ``timed``, ``delay`` (sum, in thousandths),
        ``quick``, ``plain`` (to no content); ``first`` (i32, a day).
    """
    delay = pl.col("delay").cast(pl.Int64)
    return deeds.group_by("actor", "target").agg(
        given=pl.len().cast(pl.Int64),
        timed=delay.count().cast(pl.Int64),
        delay=delay.sum(),
        quick=(delay < QUICK).sum().cast(pl.Int64),
        plain=(pl.col("thing") == pl.col("target")).sum().cast(pl.Int64),
        first=pl.col("day").min(),
    )


def outward(edges: pl.LazyFrame) -> pl.LazyFrame:
    """Describe what accounts give: ``account`` and Float64 columns; ``targets`` is i64."""
    return edges.group_by(account="actor").agg(
        targets=pl.len().cast(pl.Int64),
        to_persons=pl.col("plain").sum() / pl.col("given").sum(),
        quick_share=pl.col("quick").sum() / pl.max_horizontal(pl.col("timed").sum(), 1),
        **_shares("same_target", "top_target", "haste"),
    )


def inward(edges: pl.LazyFrame) -> pl.LazyFrame:
    """Describe what accounts receive: ``account``, ``received``, ``reactors`` (i64), Float64."""
    return edges.group_by(account="target").agg(
        received=pl.col("given").sum(),
        reactors=pl.len().cast(pl.Int64),
        **_shares("same_reactor", "top_reactor", "received_haste"),
    )


def _shares(same: str, top: str, haste: str) -> dict[str, pl.Expr]:
    given, timed = pl.col("given"), pl.col("timed").sum()
    sooner = USUAL_DELAY - pl.col("delay").sum() / (MILLI * timed)
    return {
        same: repeats((given * (given - 1)).sum(), given.sum()),
        top: given.max() / given.sum(),
        haste: pl.when(timed > 0).then(sooner).otherwise(0.0),
    }


def mutual(edges: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the edges that go both ways: ``actor``, ``target``, ``given`` and ``back`` (i64)."""
    back = edges.select(actor="target", target="actor", back="given")
    return edges.select("actor", "target", "given").join(back, on=["actor", "target"])


def reciprocity(both: pl.LazyFrame) -> pl.LazyFrame:
    """Sum up each account's mutual partners: ``account``, ``partners``, i64 sums."""
    return both.group_by(account="actor").agg(
        partners=pl.len().cast(pl.Int64),
        to_partners=pl.col("given").sum(),
        from_partners=pl.col("back").sum(),
    )


def closest(both: pl.DataFrame) -> pl.DataFrame:
    """Keep of each actor's mutual partners the `CIRCLE` that it reacts to most."""
    order = ["given", "target"]
    return both.sort(order, descending=[True, False]).group_by("actor").head(CIRCLE)


def cliques(both: pl.DataFrame) -> pl.DataFrame:
    """Say how far an account's mutual partners are also one another's.

    Only the `CIRCLE` partners that an account reacts to most count, so that n accounts take
    ``n * CIRCLE²`` steps, however many partners they have.

    Returns
    -------
    DataFrame
        ``account`` and ``clique`` (Float64): of the ordered pairs of its partners, the share in
        which the second is also among the first's partners; 0 if it has fewer than two.
    """
    circles = closest(both)
    accounts = circles["actor"].unique().sort()
    row, column = (accounts.search_sorted(circles[end]).to_numpy() for end in ("actor", "target"))
    shape = (len(accounts), len(accounts))
    near = csr_array((np.ones(len(circles), np.int32), (row, column)), shape=shape)
    links: list[NDArray[np.int32]] = [
        (near[first : first + BLOCK] @ near).multiply(near[first : first + BLOCK]).sum(axis=1)
        for first in range(0, len(accounts), BLOCK)
    ]
    size = np.diff(near.indptr).astype(np.int64)
    share = np.concatenate([np.zeros(0), *links]) / np.maximum(size * (size - 1), 1)
    return pl.DataFrame({"account": accounts, "clique": share})
