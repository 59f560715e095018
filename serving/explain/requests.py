"""What may be asked: what if more people reacted, or fewer posts drew nothing, or a network more.

More people are literal interactions: put into the lake, they give the score that is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from features.errors import KloutError
from features.lake.contracts import TABLES
from features.lake.times import midnight

SPREAD = 30
"""Days before the date over which the new reactions are spread."""

MOST = 1_000_000
"""People or posts that may be asked for."""

ELSEWHERE = "(elsewhere)"
"""The account that new people react to besides."""


@dataclass(frozen=True)
class ReactorKind:
    """What new people are like.

    Attributes
    ----------
    score
        Theirs, for their standing; None: never scored.
    busy
        Reactions of the kind that each makes in a day when it reacts: its attention is divided by
        them.
    """

    score: float | None = None
    busy: int = 1


@dataclass(frozen=True)
class MoreReactors:
    """More distinct people who react.

    Attributes
    ----------
    network, reaction
        Where and how. Of a network where the person has no account, one is connected.
    people
        How many.
    times
        On how many days each of them reacts, once a day.
    kind
        What they are like; None: like those who react in this way today.
    """

    network: str
    reaction: str
    people: int
    times: int = 1
    kind: ReactorKind | None = None


@dataclass(frozen=True)
class FewerPosts:
    """Fewer posts that draw nothing: the newest of them are left out."""

    network: str
    posts: int


@dataclass(frozen=True)
class WithSignals:
    """Other signals on a network, as ``{"twitter.lists": 3.0}``; those not named stay."""

    network: str
    signals: dict[str, float]


Ask = MoreReactors | FewerPosts | WithSignals


def checked(ask: Ask, reactions: list[str]) -> None:
    """Check what was asked against a network's reactions.

    Raises
    ------
    KloutError
        If there is no such reaction, or a number is not above 0 or too large.
    """
    if isinstance(ask, MoreReactors):
        if ask.reaction not in reactions:
            raise KloutError(f"{ask.network} has no reaction {ask.reaction!r}; has {reactions}")
        if not 1 <= ask.times <= SPREAD:
            raise KloutError(f"times is {ask.times}; expected 1 to {SPREAD}, on a day each")
        _within(ask.people, "people")
    if isinstance(ask, FewerPosts):
        _within(ask.posts, "posts")


def _within(value: int, what: str) -> None:
    if not 1 <= value <= MOST:
        raise KloutError(f"{what} is {value}; expected 1 to {MOST:,}")


def interactions_of(
    ask: MoreReactors,
    kind: ReactorKind,
    as_of: date,
    account: str,
    contents: list[str],
    prefix: str = "new",
) -> pl.DataFrame:
    """Write what new people do as rows of the lake's table.

    The i-th person does the same however many there are, so that more people are never less.

    Parameters
    ----------
    account
        Who receives it.
    contents
        To which they react in turn; none: to no content.
    prefix
        Begins the new people's names.
    """
    step = SPREAD // ask.times
    persons = pl.int_range(ask.people, eager=True).alias("person")
    each = pl.DataFrame({"person": persons}).join(
        pl.DataFrame({"time": range(ask.times)}, schema={"time": pl.Int64}), how="cross"
    )
    age = (pl.col("person") + pl.col("time") * step) % SPREAD
    rows = each.select(
        network=pl.lit(ask.network),
        reaction=pl.lit(ask.reaction),
        actor=name_of(prefix),
        target=pl.lit(account),
        content=_in_turn(contents),
        at=pl.lit(midnight(as_of) - timedelta(hours=12)) - pl.duration(days=age),
        id=pl.lit(None, pl.String),
    )
    besides = rows.with_columns(target=pl.lit(ELSEWHERE), content=pl.lit(None, pl.String))
    every = pl.concat([rows, *[besides] * (kind.busy - 1)])
    columns = TABLES["interactions"].columns
    return every.select(pl.col(name).cast(dtype) for name, dtype in columns.items())


def name_of(prefix: str) -> pl.Expr:
    """Name new people by their number, ``person``."""
    return pl.concat_str(pl.lit(f"{prefix}-"), pl.col("person").cast(pl.String))


def _in_turn(contents: list[str]) -> pl.Expr:
    if not contents:
        return pl.lit(None, pl.String)
    turn = (pl.col("person") % len(contents)).cast(pl.UInt32)
    return pl.lit(pl.Series(contents)).gather(turn)
