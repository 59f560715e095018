"""What is believed of accounts at a date, with the reasons, whoever decided it."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.errors import KloutError
from features.identity import midnight
from features.lake import Lake
from features.lake.contracts import STEPS, TABLES

COLUMNS = TABLES["authenticity"].columns
REQUIRED = ["network", "account", "authenticity"]
ACCOUNT = ["network", "account"]


def checked(given: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Take rows of a file as rows of the lake's table ``authenticity``.

    Parameters
    ----------
    given
        ``network``, ``account``, ``authenticity``, and what is known of ``as_of`` (none: all was
        said on the day) and ``reasons``.
    as_of
        The date of the run.

    Raises
    ------
    KloutError
        If a column is missing, or a value is none of the five.
    """
    for name in REQUIRED:
        if name not in given.columns:
            raise KloutError(f"authenticity: the column {name!r} is missing; expected {REQUIRED}")
    absent = {"as_of": pl.lit(midnight(as_of)), "reasons": pl.lit(None)}
    more = {name: value for name, value in absent.items() if name not in given.columns}
    rows = given.with_columns(**more).select(
        pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()
    )
    wrong = rows.filter(~pl.col("authenticity").is_in(STEPS).fill_null(value=False))
    if len(wrong):
        network, account, value, *_ = wrong.row(0)
        raise KloutError(
            f"authenticity of {account!r} on {network!r} is {value}, not one of {list(STEPS)}"
        )
    return rows


def steps_in_force(lake: Lake, as_of: date, given: pl.DataFrame | None = None) -> pl.DataFrame:
    """Say how far each account is believed, by the rules of `features.authenticity`.

    Parameters
    ----------
    lake
        Its overrides stand above what was computed.
    as_of
        What was computed by 00:00 UTC of this day counts, and what was decided before it.
    given
        From `checked`, instead of the lake's history.

    Returns
    -------
    DataFrame
        ``network``, ``account``, ``authenticity`` (f64), ``reasons`` (str, an override's ``why``;
        null where none is kept) and ``by_hand`` (bool), a row for each account of which anything
        was said, in order of network and account.
    """
    history = lake.scan("authenticity") if given is None else given.lazy()
    computed = history.filter(pl.col("as_of") <= midnight(as_of)).with_columns(by_hand=False)
    decided = overrides_in_force(lake, as_of).lazy().with_columns(reasons="why", by_hand=True)
    columns = [*REQUIRED, "reasons", "by_hand"]
    rows = [decided.select(columns), _latest(computed, "as_of").select(columns)]
    known = pl.concat(rows).unique(ACCOUNT, keep="first", maintain_order=True)
    return known.sort(ACCOUNT).collect()


def overrides_in_force(lake: Lake, as_of: date) -> pl.DataFrame:
    """Name the accounts decided by hand: the columns of the table, the latest of each account."""
    before = lake.scan("overrides").filter(pl.col("decided_at") < midnight(as_of))
    return _latest(before, "decided_at").sort(ACCOUNT).collect()


def _latest(rows: pl.LazyFrame, time: str) -> pl.LazyFrame:
    """Take each account's latest row; of the same time the one that believes it least."""
    text = "why" if time == "decided_at" else "reasons"
    order = rows.sort(time, "authenticity", text, descending=[True, False, False])
    return order.unique(ACCOUNT, keep="first", maintain_order=True)
