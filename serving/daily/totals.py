"""A network's main signals, added up over all its people: what drift is looked for in."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.catalogue.catalogue import ANY
from features.catalogue.figures import Figure
from features.catalogue.measures import ATTENTION, COUNT, REACTORS

DAYS = 7
"""The shortest window: the others move too slowly to show what went wrong this week."""


@dataclass(frozen=True)
class Totals:
    """Over `DAYS` days, interactions and actors each weighed by the actors' authenticity.

    Attributes
    ----------
    receivers
        People (or accounts of nobody) that received anything.
    interactions
        Sum of ``any.count.7d``.
    reactors
        Sum of ``any.reactors.7d``: an actor counts once for each receiver.
    attention
        Sum of ``any.attention.7d``, in units.
    contents
        Contents published.
    """

    receivers: float
    interactions: float
    reactors: float
    attention: float
    contents: float

    def __add__(self, other: Totals) -> Totals:
        """Add up two that have no receiver in common."""
        mine, theirs = (each.__dict__.values() for each in (self, other))
        return Totals(*(a + b for a, b in zip(mine, theirs, strict=True)))


def totals_of(figures: pl.DataFrame, published: pl.DataFrame) -> Totals:
    """Add a shard of a network up.

    Parameters
    ----------
    figures
        As `features.signals.windows.figures`: whole numbers by receiver.
    published
        As `features.incremental.counters`: whole numbers (i64) by account.
    """

    def total(figure: Figure) -> float:
        return int(figures[figure.column(ANY, DAYS)].cast(pl.Int64).sum()) / figure.scale

    return Totals(
        receivers=float((figures[COUNT.column(ANY, DAYS)] > 0).sum()),
        interactions=total(COUNT),
        reactors=total(REACTORS),
        attention=total(ATTENTION),
        contents=float(published[f"published.{DAYS}d"].sum()),
    )
