"""Which days may be asked for: those of which anything can be known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from features.errors import KloutError
from features.lake import Lake

_HAPPENED = ("interactions", "contents", "retractions", "counters", "tallies")
"""Tables whose rows happened: none may lie in the future, but in a simulated world."""


def tomorrow() -> date:
    """Return the day after this one, UTC: the latest midnight that a run may prepare for."""
    return datetime.now(UTC).date() + timedelta(1)


def check_come(day: date, *, allow_future: bool) -> None:
    """Refuse to publish a day later than tomorrow, after which no true day could be published.

    Raises
    ------
    KloutError
        Unless it is allowed by name.
    """
    if day > tomorrow() and not allow_future:
        raise KloutError(
            f"{day} has not come: the latest day to publish is {tomorrow()} (tomorrow, UTC), "
            "unless --allow-future is given"
        )


def known_until(lake: Lake) -> date:
    """Return the last date as of which anything can be known.

    That is tomorrow, or the day after the last that the lake holds: a simulated world may lie in
    the future.
    """
    days = (file.day for table in _HAPPENED for file in lake.files(table))
    last = max((date.fromisoformat(day) for day in days if day is not None), default=date.min)
    return max(tomorrow(), last + timedelta(1))


def check_known(lake: Lake, day: date, what: str = "--as-of") -> None:
    """Refuse a date as of which nothing can be known yet.

    Raises
    ------
    KloutError
        Naming what was asked for and the last date that can be.
    """
    until = known_until(lake)
    if day > until:
        raise KloutError(f"{what} {day} has not come: nothing is known after {until} yet")
