"""What columns of the lake's tables may hold, as columns of dataframely; and rules in words."""

# ruff: noqa: N805 (dataframely's rules are class methods, without the decorator)

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.lake.contracts import STEPS

MAX_ID_LENGTH = 512
"""Characters. No id comes near it; a field of megabytes is damage. Reasons are kept as short."""
MAX_PROSE_LENGTH = 10_000
"""Characters of what an account says of itself."""

REASONS = {
    "nullability": "missing",
    "min_length": "empty",
    "max_length": f"longer than {MAX_ID_LENGTH} characters",
    "min": "below its minimum",
    "max": "above its maximum",
    "nan": "not a number",
    "inf": "not finite",
    "check__is_in": "not a declared value",
    "check__plausible": "before 1970 or later than tomorrow",
    "check__prose": f"longer than {MAX_PROSE_LENGTH:,} characters",
    "check__step": f"not one of {', '.join(f'{step:g}' for step in STEPS)}",
}
"""Dataframely's names of column rules, in words."""


Times = tuple[pl.Expr, pl.Expr]
"""The first time that is plausible, and the first after it that is not."""


@dataclass(frozen=True)
class Allowed:
    """What is allowed.

    Attributes
    ----------
    catalogue
        What is declared.
    past
        Nothing may have happened at or after it.
    times
        Between which every time is.
    """

    catalogue: Catalogue
    past: pl.Expr
    times: Times

    @property
    def networks(self) -> list[str]:
        """Names of all networks."""
        return [network.name for network in self.catalogue.networks]

    def declared(self, kind: str) -> list[str]:
        """Name the reactions, contents, counters or tallies, each as ``twitter.like``."""
        every = self.catalogue.networks
        return [f"{n.name}.{each.name}" for n in every for each in getattr(n, kind)]

    def happened(self, column: str = "at") -> pl.Expr:
        """Say that it was in the past."""
        return pl.col(column) < self.past


class AnyRow(dy.Schema):
    """What every row has beside its table's columns."""

    row = dy.UInt64(nullable=False)
    damaged = dy.String(nullable=True)

    @dy.rule()
    def readable(cls) -> pl.Expr:
        """Refuse a row of which a value could not be read."""
        return pl.col("damaged").is_null()


def in_words(rule: str) -> str:
    """Say a rule's name as the reason a row was refused.

    >>> in_words("value|min"), in_words("declared_reaction")
    ('value: below its minimum', 'not declared reaction')
    """
    column, _, name = rule.partition("|")
    if name:
        return f"{column}: {REASONS.get(name, name)}"
    words = column.replace("_", " ")
    return words.removeprefix("not ") if words.startswith("not ") else f"not {words}"


def pair(first: str, second: str) -> pl.Expr:
    """Join two columns, as ``twitter.like``."""
    return pl.format("{}.{}", pl.col(first), pl.col(second))


def text(*, nullable: bool = False, shortest: int = 1) -> Any:
    """Allow ids, and reasons as short as ids."""
    return dy.String(nullable=nullable, min_length=shortest, max_length=MAX_ID_LENGTH)


def prose() -> Any:
    """Allow what an account says of itself, or nothing."""
    short = {"prose": lambda column: column.str.len_chars() <= MAX_PROSE_LENGTH}
    return dy.String(nullable=True, check=short)


def among(allowed: list[str]) -> Any:
    """Allow some names."""
    return dy.String(nullable=False, check={"is_in": lambda column: column.is_in(allowed)})


def time(times: Times, *, nullable: bool = False) -> Any:
    """Allow what happened, and what was decided to be from tomorrow on."""
    plausible = {"plausible": lambda column: column.is_between(*times, closed="left")}
    return dy.Datetime(nullable=nullable, time_unit="us", time_zone="UTC", check=plausible)


def number(*, min: float, max: float | None = None) -> Any:
    """Allow finite numbers between bounds."""
    return dy.Float64(nullable=False, allow_nan=False, allow_inf=False, min=min, max=max)


def step() -> Any:
    """Allow the steps of authenticity."""
    steps = {"step": lambda column: column.is_in(STEPS)}
    return dy.Float64(nullable=False, allow_nan=False, allow_inf=False, check=steps)
