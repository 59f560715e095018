"""Topics that a person does not want to be shown with, or says are not its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.published import published
from features.people.accounts import accounts_of, is_there
from features.people.additions import add
from features.people.periods import Periods
from features.people.scrubbing import PUBLISHED_TOPICS

HIDDEN, DISPUTED = "hidden", "disputed"
"""The person wants it not to be seen; the person says that it is wrong. Neither is shown."""
_PERIODS = Periods("hidden_topics", "hidden_at", "shown_at")
_PAIR = ["person", "topic"]
_NAMED = 20
"""Topics that an error names."""


def hidden_topics(lake: Lake, as_of: date) -> pl.DataFrame:
    """Name the topics that are not shown of people at `as_of`.

    Returns
    -------
    DataFrame
        ``person``, ``topic`` (str, ascending): hidden or disputed before 00:00 UTC of the day, and
        not shown again by then.
    """
    return _PERIODS.in_force(lake, as_of).select(_PAIR).unique().sort(_PAIR).collect()


def hidden_now(lake: Lake) -> pl.DataFrame:
    """Name the topics that are not shown from now on, as the run of tomorrow will."""
    return hidden_topics(lake, datetime.now(UTC).date() + timedelta(days=1))


def hide(
    lake: Path, person: str, topic: str, at: datetime, catalogue: Catalogue, kind: str = HIDDEN
) -> None:
    """Have a topic not shown of a person from a time on, nor the person among its experts.

    Parameters
    ----------
    kind
        `HIDDEN` or `DISPUTED`.

    Raises
    ------
    KloutError
        If the lake knows no such person, the topic is not shown already, or it is none of those
        that were published of the person last.
    """
    source = Lake(lake)
    if not is_there(source, person, accounts_of(source, person)):
        raise KloutError(f"{lake}: no person {person!r}: nothing in the lake names it")
    for row in _periods(source, person, topic).iter_rows(named=True):
        since, until = row["hidden_at"], row["shown_at"]
        if until is None:
            raise KloutError(f"{topic} is {row['kind']} of {person} already, since {since}")
        if at < until or at == since:
            raise KloutError(f"{topic} is shown since {until}; --at {at} must be later than that")
    theirs = _published(source, person)
    if topic not in theirs:
        there = f"there is {theirs[:_NAMED]}" if theirs else "none is published of it"
        raise KloutError(f"no topic {topic!r} of {person}; {there}")
    row = {"person": person, "topic": topic, "kind": kind, "hidden_at": at, "shown_at": None}
    add(lake, "hidden_topics", [row], catalogue)


def unhide(lake: Path, person: str, topic: str, at: datetime, catalogue: Catalogue) -> None:
    """Have a topic shown again that was hidden or disputed.

    Raises
    ------
    KloutError
        If it was not.
    """
    rows = _periods(Lake(lake), person, topic).filter(pl.col("shown_at").is_null())
    if rows.is_empty():
        raise KloutError(f"{topic} is neither hidden nor disputed of {person}")
    if len(later := rows.filter(pl.col("hidden_at") > at)):
        raise KloutError(f"{topic} is hidden since {later['hidden_at'][-1]}, not at {at}")
    add(lake, "hidden_topics", rows.with_columns(shown_at=pl.lit(at)).to_dicts(), catalogue)


def _periods(lake: Lake, person: str, topic: str) -> pl.DataFrame:
    mine = _PERIODS.merged(lake).filter(person=person, topic=topic)
    return mine.sort("hidden_at").collect()


def published_topics(lake: Lake, as_of: date) -> pl.LazyFrame | None:
    """Read the topics of a published day; None: it had none."""
    file = lake.root / PUBLISHED_TOPICS / f"{as_of}.parquet"
    return pl.scan_parquet(str(file), glob=False) if file.exists() else None


def _published(lake: Lake, person: str) -> list[str]:
    """Name the topics of a person on the last published day, the strongest first."""
    last = max(published(lake), default=None)
    rows = None if last is None else published_topics(lake, last)
    if rows is None:
        return []
    mine = rows.filter(person=person).sort("influence", "topic", descending=[True, False])
    return mine.select("topic").collect()["topic"].to_list()
