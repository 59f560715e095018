"""What people of a counterfactual would do, written down as rows: the slow and obvious way."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from features.lake.contracts import TABLES
from features.lake.times import midnight
from serving.explain.requests import SPREAD, MoreReactors, ReactorKind

ELSEWHERE = "(elsewhere)"
"""The account that new people react to besides."""


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
