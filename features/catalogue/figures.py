"""What measures are made of: whole numbers of a receiver, by reaction and window; their algebra.

=========  =========================================  ==========================================
kind       over a window                              when a day leaves
=========  =========================================  ==========================================
Sum        sum of what each actor brought each day    its part is subtracted
Days       days with at least one believed actor      subtracted, as 0 or 1
Distinct   actors or contents whose last day is in    those whose last day it was leave
Peak       the most that a content drew in a day      read again where it was last reached then
=========  =========================================  ==========================================

None may fall when one more interaction is received, or an actor is believed more: sums are of what
is never negative, sets grow, last days and the maximum never go back. Figures are whole until
`Figure.finalize`, so days are added and taken away exactly, in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

MICRO = 1_000_000
"""Attention and standing are counted in millionths."""

QUARTERS = 4
"""Authenticity is counted in quarters."""

BELIEVED = 2
"""Quarters from which on an actor counts where it is not weighed."""

TileTable = Literal["days", "pairs", "contents", "peaks"]
Quarters = TypeVar("Quarters", pl.Expr, NDArray[Any])


@dataclass(frozen=True)
class Figure:
    """One whole number of a receiver, by reaction and window.

    Attributes
    ----------
    name
        Its columns are ``REACTION.NAME`` by day and ``REACTION.NAME.WINDOWd`` by window.
    weighed
        Whether each actor counts by its authenticity, in quarters. If not, actors believed by half
        count in full and the others not at all.
    per_unit
        What stands for 1, before quarters.
    dtype
        In which it is kept from day to day; a value that is too large for it widens the column.
    """

    name: str
    weighed: bool = True
    per_unit: int = 1
    dtype: type[pl.DataType] = pl.UInt32

    @property
    def table(self) -> TileTable:
        """The tile from which it is read."""
        return "days"

    @property
    def scale(self) -> int:
        """What stands for 1."""
        return self.per_unit * (QUARTERS if self.weighed else 1)

    def column(self, reaction: str, window: int | None = None) -> str:
        """Name its column of a day, or of a window of so many days."""
        return f"{reaction}.{self.name}" + ("" if window is None else f".{window}d")

    def believed(self, quarters: Quarters) -> Quarters:
        """Weigh an actor by its quarters, or say whether it counts at all."""
        return quarters if self.weighed else quarters >= BELIEVED

    def of_day(self, reaction: str) -> pl.Expr:
        """Take a day's from a row of its tile."""
        return pl.col(self.column(reaction))

    def merge(self, values: pl.Expr) -> pl.Expr:
        """Aggregate days, or parts that have no thing in common."""
        return values.sum()

    def finalize(self, value: pl.Expr) -> pl.Expr:
        """Take a value out of its fixed point: Float64, rounded once."""
        exact = value.cast(pl.Float64) / QUARTERS if self.weighed else value.cast(pl.Float64)
        return exact if self.per_unit == 1 else divided(exact, pl.lit(self.per_unit))


def interactions(k: pl.Expr, _made: pl.Expr, _standing: pl.Expr | None) -> pl.Expr:
    """Count each interaction."""
    return k


@dataclass(frozen=True)
class Sum(Figure):
    """What each actor brings to a receiver in a day, summed over actors and days.

    Attributes
    ----------
    of
        From how many of the actor's interactions of the kind went to the receiver that day (k, at
        least 0), how many it made (n ≥ k) and its standing (millionths; None: 1), a whole number
        of at least 0, and not less for k + 1 and n + 1.
    """

    of: Callable[[pl.Expr, pl.Expr, pl.Expr | None], pl.Expr] = interactions

    def prepare(self, reaction: str, standing: pl.Expr | None) -> pl.Expr:
        """Compute what each pair of receiver and actor brings, from its row of a day."""
        brought = self.of(pl.col(f"{reaction}.count"), pl.col(f"{reaction}.made"), standing)
        return brought.alias(self.column(reaction))


@dataclass(frozen=True)
class Days(Figure):
    """Days on which there was at least one interaction of an actor believed by half."""

    weighed: bool = False
    dtype: type[pl.DataType] = pl.UInt8  # of at most 90

    def of_day(self, reaction: str) -> pl.Expr:
        """Take a day's from the tile ``days``; a day of doubted actors is no day."""
        return (pl.col(f"{reaction}.count") > 0).alias(self.column(reaction))


@dataclass(frozen=True)
class Distinct(Figure):
    """Actors (tile ``pairs``) that reacted, or contents (tile ``contents``) that drew, in a window.

    Attributes
    ----------
    of
        What is counted. Contents know of no actor, so they are never weighed.
    at_least
        Interactions in a day by which a thing counts.
    """

    of: Literal["pairs", "contents"] = "pairs"
    at_least: int = 1

    @property
    def table(self) -> TileTable:
        """The tile from which it is read."""
        return self.of

    def prepare(self, names: list[str]) -> pl.Expr:
        """Pack a day of a pair into a number, a bit for each reaction that counts."""
        bits = (
            (pl.col(f"{name}.count") >= self.at_least).cast(pl.UInt64) * 2**place
            for place, name in enumerate(names)
        )
        return pl.sum_horizontal(bits).alias(self.name)

    def last(self, reaction: str, place: int) -> pl.Expr:
        """Give the day of a tile's row on which a reaction (a place among all) counts, or null."""
        bit = pl.col(self.name) & 2**place != 0
        counts = bit if self.of == "pairs" else pl.col(f"{reaction}.count") >= self.at_least
        return pl.when(counts).then(pl.col("day")).alias(self.column(reaction))

    @staticmethod
    def changes(
        before: NDArray[np.uint16], now: NDArray[np.uint16], start: int
    ) -> Iterator[tuple[NDArray[np.intp], int]]:
        """Find the things (numbers) that a correction brings into a window (sign 1), or out of it.

        Of each is given the last day `before` the correction and `now`; the window's start stays.
        """
        was, is_in = before >= start, now >= start
        yield np.flatnonzero(is_in & ~was), 1
        yield np.flatnonzero(was & ~is_in), -1

    def moves(
        self, before: NDArray[np.uint16], counts: NDArray[np.bool_], start: int
    ) -> Iterator[tuple[NDArray[np.intp], int]]:
        """Find the things (numbers) that enter a window with a day (sign 1), or leave it (-1).

        A thing is new if it was last in `before` the window's start, and leaves if it was last in
        on the day that leaves; unless it counts on the new day.
        """
        yield np.flatnonzero(counts & (before < start)), 1
        yield np.flatnonzero(~counts & (before == start)), -1


@dataclass(frozen=True)
class Peak(Figure):
    """The most that one content drew in one day, of actors believed by half.

    It is ``count * LATER + day``: the largest of them is the largest count, and of its days the
    last, by which is known when it leaves a window.
    """

    weighed: bool = False
    LATER: ClassVar[int] = 2**16
    """There are 2¹⁶ days from 1970 to 2149."""

    @property
    def table(self) -> TileTable:
        """The tile from which it is read."""
        return "peaks"

    def prepare(self, reaction: str) -> pl.Expr:
        """Aggregate the contents of some days; 0 if there was none."""
        count = pl.col(f"{reaction}.count").cast(pl.Int64)
        code = pl.when(count > 0).then(count * self.LATER + pl.col("day")).otherwise(0)
        return code.max().alias(self.column(reaction))

    def merge(self, values: pl.Expr) -> pl.Expr:
        """Take the larger."""
        return values.max()

    def leaves(self, values: NDArray[np.integer], day: int) -> NDArray[np.bool_]:
        """Say of which receivers it was last reached on a day."""
        reached: NDArray[np.bool_] = values % self.LATER == day
        return reached

    def finalize(self, value: pl.Expr) -> pl.Expr:
        """Leave the day out."""
        return super().finalize(value.cast(pl.Int64) // self.LATER)


def divided(top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
    """Divide, rounding once.

    The divisor is made a column: Polars divides by a number as it multiplies by its inverse, which
    rounds twice, and differently for columns of one value repeated.
    """
    return top / (top * 0 + bottom)
