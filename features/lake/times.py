"""Reading times: the texts that databases and languages write, and what a plausible time is.

ISO 8601 as PostgreSQL, DuckDB, BigQuery, Spark, SQLite, JavaScript and Python write it: a calendar
date, extended or basic; after ``T`` or a blank a time of day, to the hour at least, with a fraction
of a second of any length (what is below a microsecond is dropped) after a point or a comma; and
``Z``, ``UTC`` or an offset, a blank before it or not. Without one it is UTC. ``24:00`` is the end
of the day and second 60, a leap second, the next minute's first, as in PostgreSQL. Week and ordinal
dates are not read, nor what only resembles ISO 8601: names of zones, months in words, BC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from features.lake.contracts import TIME

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""No network is as old; what comes before it is damage, and below year 1 no Python date."""
LAST_DAY = date(2999, 12, 31)
"""Later days can't be asked for: every period around one must still be in the calendar."""

_FORM = (
    r"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})"
    r"(?:[Tt ](?<clock>[0-9]{2}(?::[0-9]{2}){0,2}|[0-9]{4}|[0-9]{6})(?:[.,](?<fraction>[0-9]+))?"
    r"(?: *(?:[Zz]|UTC|(?<sign>[+-])(?<offset>[0-9]{2}(?::[0-9]{2}){0,2}|[0-9]{4}|[0-9]{6})))?)?$"
)
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_DAYS = 2_932_897
"""From 1970 to the end of the year 9999."""
_MOST = (1 << 63) - 1

_PER_SECOND = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def end_of_times(now: datetime) -> datetime:
    """Give what a time must be before: the end of the day after the run.

    >>> end_of_times(datetime(2024, 5, 1, 10, tzinfo=UTC)).isoformat()
    '2024-05-03T00:00:00+00:00'
    """
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC) + timedelta(days=2)


def read_times(text: pl.Series) -> pl.Series:
    """Read texts as times; null where a text is no ISO 8601.

    A year outside 1970 to 9999 is read as well, for the contract to refuse, but may be more than
    Python can hold.

    Returns
    -------
    Series
        `TIME`, shape and name of the texts.

    Examples
    --------
    >>> read_times(pl.Series(["2024-05-01 12:00:00.25-08", "20240501T100000Z"])).dt.to_string(
    ...     "iso:strict"
    ... ).to_list()
    ['2024-05-01T20:00:00.250000+00:00', '2024-05-01T10:00:00.000000+00:00']
    """
    # Step by step, since Polars would work out a shared part again wherever it is used.
    parts = text.str.strip_chars().str.extract_groups(_FORM).struct.unnest()
    whole_fraction = pl.col("clock").str.len_bytes().is_in([6, 8]) | pl.col("fraction").is_null()
    numbers = parts.select(
        pl.col("date").str.replace_all("-", "", literal=True).str.to_date("%Y%m%d", strict=False),
        clock=_number("clock"),
        away=_number("offset"),
        sign=pl.when(pl.col("sign") == "-").then(-1).otherwise(1),
        micros=pl.col("fraction").str.head(6).str.pad_end(6, "0").cast(pl.Int64).fill_null(0),
        is_whole=whole_fraction,
    )
    is_time = _is_clock("clock", seconds=60) | (
        (pl.col("clock") == 240_000) & (pl.col("micros") == 0)
    )
    seconds = _seconds("clock") - pl.col("sign") * _seconds("away")
    days = pl.col("date").to_physical().cast(pl.Int64)
    moment = (days * _DAY + seconds * _SECOND + pl.col("micros")).cast(TIME)
    is_good = is_time & _is_clock("away", seconds=59) & pl.col("is_whole")
    return numbers.select(pl.when(is_good).then(moment).alias(text.name)).to_series()


def _number(name: str) -> pl.Expr:
    """Read ``10:15``, ``1015`` and the like as the number 101500; null is 0."""
    digits = pl.col(name).str.replace_all(":", "", literal=True).str.pad_end(6, "0")
    return digits.cast(pl.Int64).fill_null(0)


def _is_clock(name: str, *, seconds: int) -> pl.Expr:
    number = pl.col(name)
    return (number < 240_000) & (number // 100 % 100 < 60) & (number % 100 <= seconds)


def _seconds(name: str) -> pl.Expr:
    number = pl.col(name)
    return number // 10_000 * 3600 + number // 100 % 100 * 60 + number % 100


def typed_times(column: pl.Series) -> pl.Series:
    """Turn dates, or times of any unit and zone, into `TIME`; without a zone they are UTC.

    What lies outside 1970 to 9999 becomes a time just outside, for the contract to refuse: brought
    to microseconds as it is, it might overflow into a time that looks good.
    """
    count = column.to_physical().cast(pl.Int64)
    given = column.dtype
    per_day = 86_400 * _PER_SECOND[given.time_unit] if isinstance(given, pl.Datetime) else 1
    count = count.clip(-1, min(_DAYS * per_day, _MOST))
    micros = count * (_DAY // per_day) if per_day <= _DAY else count // (per_day // _DAY)
    return micros.cast(TIME)


def shown(column: pl.Series) -> pl.Series:
    """Write dates or times as texts; one outside 1970 to 9999 as the number that it is kept as."""
    inside = pl.when(_is_in_years(typed_times(column))).then(typed_times(column))
    text = pl.coalesce(inside.dt.to_string("iso:strict"), column.to_physical().cast(pl.String))
    return pl.select(text.alias(column.name)).to_series()


def moment(text: str) -> datetime | None:
    """Read one text; None if it is no ISO 8601, or outside the years 1970 to 9999."""
    found = read_times(pl.Series([text], dtype=pl.String))
    return found[0] if _is_in_years(found)[0] else None


def _is_in_years(times: pl.Series) -> pl.Series:
    return times.to_physical().is_between(0, _DAYS * _DAY, closed="left")


def midnight(day: date) -> datetime:
    """00:00 UTC of a day.

    >>> midnight(date(2014, 10, 1)).isoformat()
    '2014-10-01T00:00:00+00:00'
    """
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970.

    >>> day_number(date(2014, 3, 1))
    16130
    """
    return (day - EPOCH).days
