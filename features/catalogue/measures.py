"""What is measured of the interactions that a person receives: each measure, in this one place.

Whoever folds days, reads windows, moves them on by a day, learns from signals or tells of them asks
these objects. To add a measure, declare it here, of a figure of `features.catalogue.figures`, and
write it into the naive twin of the tests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from features.catalogue.figures import (
    MICRO,
    Days,
    Distinct,
    Figure,
    Peak,
    Sum,
    TileTable,
)


def attention(k: pl.Expr, made: pl.Expr, _standing: pl.Expr | None) -> pl.Expr:
    """Share an actor's one unit of a day: ⌊10⁶ · k/n⌋ millionths.

    One more of its n interactions makes it (k + 1)/(n + 1) ≥ k/n, and the floor keeps the order.
    """
    return (k.cast(pl.Int64) * MICRO // made.cast(pl.Int64)).fill_null(0)  # 0 of 0


def worth(k: pl.Expr, made: pl.Expr, standing: pl.Expr | None) -> pl.Expr:
    """Weigh attention by the actor's standing of that day; as `attention`, it never falls."""
    share = attention(k, made, None)
    return share if standing is None else share * standing // MICRO


def divided(top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
    """Divide, rounding once.

    The divisor is made a column: Polars divides by a number as it multiplies by its inverse, which
    rounds twice, and differently for columns of one value repeated.
    """
    return top / (top * 0 + bottom)


COUNT = Sum("count")
ATTENTION = Sum("attention", per_unit=MICRO, of=attention)
STANDING = Sum("standing", per_unit=MICRO, of=worth)
DAYS = Days("days")
REACTORS = Distinct("reactors")
DRAWN = Distinct("drawn", weighed=False, of="contents")
PEAK = Peak("peak")


@dataclass(frozen=True)
class Measure:
    """What signals say of a figure.

    Attributes
    ----------
    name
        Part of the signals' names.
    unit, meaning
        As documented; what was received follows the meaning.
    sentence
        As a person is told: `did` is what people did, `much` the value as it is written, and
        `value` the value itself.
    figure
        That it is made of.
    per_content
        Whether it is divided by the contents published in the window (at least 1), and so lowered
        by those that draw nothing.
    at_most
        Its bound; None: there is none.
    is_engagement
        Whether it grows in proportion to the people who react, all else being the same.
    """

    name: str
    unit: str
    meaning: str
    sentence: str
    figure: Figure
    per_content: bool = False
    at_most: float | None = None
    is_engagement: bool = True

    def expression(self, network: str, reaction: str, window: int) -> pl.Expr:
        """Compute the signal from a network's table of people.

        It grows, or stays, as its figure does, since the contents published don't change with what
        is received. The divisor is never below 1.
        """
        value = pl.col(self.figure.column(f"{network}.{reaction}", window))
        if self.per_content:
            published = pl.col(f"{network}.published.{window}d")
            value = value / published.fill_null(0).clip(lower_bound=1)
        bounded = value if self.at_most is None else value.clip(upper_bound=self.at_most)
        return bounded.alias(f"{network}.{reaction}.{self.name}.{window}d")

    def told(self, did: str, much: str, value: float) -> str:
        """Tell a person of a value."""
        return self.sentence.format(did=did, much=much, value=value)


MEASURES = (
    Measure("count", "interactions", "how many", "people {did} {much} times", COUNT),
    Measure(
        "reactors", "accounts", "how many distinct accounts gave", "{much} people {did}", REACTORS
    ),
    Measure(
        "attention",
        "units of attention",
        "the share of the givers' daily attention in",
        "people who {did} spent {much} days of their attention on you",
        ATTENTION,
    ),
    Measure(
        "standing",
        "weighted attention",
        "attention, weighed by the givers' standing, in",
        "people who {did} gave attention worth {much} by their standing",
        STANDING,
    ),
    Measure(
        "days",
        "days",
        "on how many days the person received",
        "people {did} on {much} days",
        DAYS,
        is_engagement=False,  # bounded
    ),
    Measure(
        "hit_rate",
        "share",
        "the share of published contents that drew",
        "people {did} on {value:.0%} of what you published",
        DRAWN,
        per_content=True,
        at_most=1,
        is_engagement=False,  # bounded
    ),
    Measure(
        "peak",
        "interactions",
        "the most that one content drew in a day of",
        "people {did} up to {much} times a day for one thing you published",
        PEAK,
    ),
    Measure(
        "per_content",
        "interactions per content",
        "how many per published content of",
        "people {did} {much} times per thing you published",
        COUNT,
        per_content=True,
    ),
    Measure(
        "reactors_per_content",
        "accounts per content",
        "distinct givers per content of",
        "{much} people {did} per thing you published",
        REACTORS,
        per_content=True,
    ),
)
"""All are `up`: one more received interaction never lowers any of them."""

TALLIED = Figure("tallied", weighed=False)
TALLIED_PEAK = Figure("tallied_peak", weighed=False)

TALLY_MEASURES = (
    Measure(
        "tallied",
        "reactions",
        "how many, named or only counted, of what has a tally, in",
        "people {did} {much} times, named or only counted,",
        TALLIED,
    ),
    Measure(
        "tallied_per_content",
        "reactions per content",
        "how many, named or only counted, per published content of",
        "people {did} {much} times per thing you published, named or only counted,",
        TALLIED,
        per_content=True,
    ),
    Measure(
        "tallied_peak",
        "reactions",
        "the most, named or only counted, that one content drew of",
        "people {did} up to {much} times for one thing you published, named or only counted,",
        TALLIED_PEAK,
    ),
)
"""Of reactions that a network tallies, and of no other: see `features.signals.tallies`. All are
`up`; they come of no tiles, and are none of `MEASURES`."""

REACH = Measure(
    "reach",
    "accounts",
    "how many distinct accounts gave, with a part of those only counted,",
    "{much} people {did}, a reaction without a name counting for a quarter,",
    Figure("reach", weighed=False),
)
"""Of `any`, on a network with tallies: `features.signals.tallies.reached`."""

F = TypeVar("F", bound=Figure)


def figures() -> tuple[Figure, ...]:
    """List the figures that measures are made of."""
    return tuple(dict.fromkeys(measure.figure for measure in MEASURES))


def figures_of(kind: type[F], table: TileTable | None = None) -> list[F]:
    """List the figures of a kind, or those of it that are read from one tile."""
    of_kind = [figure for figure in figures() if isinstance(figure, kind)]
    return [figure for figure in of_kind if table in (None, figure.table)]


def digest() -> str:
    """Digest what figures there are: what was kept of others can't be moved on."""
    told = [
        (type(each).__name__, *(getattr(v, "__qualname__", v) for v in vars(each).values()))
        for each in figures()
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]
