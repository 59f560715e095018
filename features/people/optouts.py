"""People who do not want a score. Their data stay, so that others' scores do."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.remembering import remembered
from features.people.accounts import accounts_of, is_there
from features.people.additions import add
from features.people.periods import Periods

_PERIODS = Periods("optouts", "opted_out_at", "opted_in_at")


@remembered
def opted_out(lake: Lake, as_of: date) -> pl.DataFrame:
    """Name the people who have no score at `as_of`.

    Returns
    -------
    DataFrame
        ``person`` (str, ascending): those who opted out before 00:00 UTC of the day and were not
        back by then.
    """
    return _PERIODS.in_force(lake, as_of).select("person").unique().sort("person").collect()


def opt_out(lake: Path, person: str, at: datetime, catalogue: Catalogue) -> None:
    """Have no score from a time on.

    Raises
    ------
    KloutError
        If the lake knows no such person, or it has opted out.
    """
    source = Lake(lake)
    if not is_there(source, person, accounts_of(source, person)):
        raise KloutError(f"{lake}: no person {person!r}: nothing in the lake names it")
    for since, until in _periods(source, person).iter_rows():
        if until is None:
            raise KloutError(f"{person} has opted out already, since {since}")
        if at < until or at == since:
            raise KloutError(f"{person} is back since {until}; --at {at} must be later than that")
    row = {"person": person, "opted_out_at": at, "opted_in_at": None}
    add(lake, "optouts", [row], catalogue)


def opt_in(lake: Path, person: str, at: datetime, catalogue: Catalogue) -> None:
    """Have a score again.

    Raises
    ------
    KloutError
        If the person has not opted out at that time.
    """
    out = _periods(Lake(lake), person).filter(pl.col("opted_in_at").is_null())
    if out.is_empty():
        raise KloutError(f"{person} has not opted out")
    if len(later := out.filter(pl.col("opted_out_at") > at)):
        raise KloutError(f"{person} has opted out since {later['opted_out_at'][-1]}, not at {at}")
    rows = out.select(
        pl.lit(person).alias("person"), "opted_out_at", pl.lit(at).alias("opted_in_at")
    )
    add(lake, "optouts", rows.to_dicts(), catalogue)


def _periods(lake: Lake, person: str) -> pl.DataFrame:
    mine = _PERIODS.merged(lake).filter(person=person).sort("opted_out_at")
    return mine.select("opted_out_at", "opted_in_at").collect()
