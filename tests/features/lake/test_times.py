"""Times are read as databases write them, and never become another time."""

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.lake.times import moment, read_times, shown, typed_times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TWIN = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)"
    r"(?:[Tt ](\d\d)(?:(:?)(\d\d)(?:\6(\d\d)(?:[.,](\d+))?)?)?"
    r"(?: *(?:[Zz]|UTC|([+-])(\d\d)(?:(:?)(\d\d)(?:\12(\d\d))?)?))?)?",
    re.ASCII,
)


def slowly(text):
    """The same as `read_times`, in plain Python: microseconds since 1970."""
    found = TWIN.fullmatch(text.strip())
    if not found:
        return None
    year, _, month, day, hour, _, minute, second, fraction, sign, h, _, m, s = found.groups()
    hour, minute, second, h, m, s = (int(part or 0) for part in (hour, minute, second, h, m, s))
    micros = int(f"{fraction or 0:0<6}"[:6])
    if minute > 59 or second > 60 or h > 23 or m > 59 or s > 59:
        return None
    if hour > 23 and (hour, minute, second, micros) != (24, 0, 0, 0):
        return None
    try:
        midnight = datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None
    away = timedelta(hours=h, minutes=m, seconds=s) * (-1 if sign == "-" else 1)
    since = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)
    return (midnight - EPOCH + since - away) // timedelta(microseconds=1)


def read(*texts):
    return read_times(pl.Series(texts, dtype=pl.String)).to_physical().to_list()


FIELD = st.integers(0, 61).map("{:02}".format)
SEPARATOR = st.sampled_from(["", ":"])
CLOCK = st.tuples(SEPARATOR, st.integers(0, 25), FIELD, FIELD, st.integers(1, 3)).map(
    lambda given: given[0].join([f"{given[1]:02}", given[2], given[3]][: given[4]])
)
DATE = st.tuples(
    st.sampled_from(["", "-"]),
    st.one_of(st.integers(1969, 2031), st.integers(1, 9999)).map("{:04}".format),
    st.integers(0, 13).map("{:02}".format),
    st.integers(0, 32).map("{:02}".format),
).map(lambda given: given[0].join(given[1:]))
FRACTION = st.one_of(st.just(""), st.from_regex(r"[.,][0-9]{1,10}", fullmatch=True))
ZONE = st.one_of(
    st.sampled_from(["", "Z", "z", "UTC", " CET", "[Europe/Berlin]"]),
    st.tuples(st.sampled_from("+-"), CLOCK).map("".join),
)
BLANK = st.sampled_from(["", "", " ", "  "])
TEXTS = st.one_of(
    DATE,
    st.tuples(DATE, st.sampled_from(["T", "t", " ", "_"]), CLOCK, FRACTION, BLANK, ZONE, BLANK).map(
        "".join
    ),
    st.text("0123456789-:TZ+. ", max_size=30),
)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=30))
def test_every_form_is_read_as_the_slow_twin_reads_it(texts):
    assert read(*texts) == [slowly(text) for text in texts]


@settings(deadline=None)
@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)), st.integers(-1439, 1439))
def test_what_python_writes_is_read_as_python_reads_it(at, offset):
    zone = "{}{:02}:{:02}".format("-" if offset < 0 else "+", *divmod(abs(offset), 60))
    for text in (at.isoformat() + zone, str(at) + zone, f"{at:%Y%m%dT%H%M%S}{zone}"):
        expected = datetime.fromisoformat(text) - EPOCH
        assert read(text) == [expected // timedelta(microseconds=1)]


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01 10:00:00+00",  # PostgreSQL, DuckDB
        "2024-05-01 15:30:00+0530",
        "2024-05-01 02:00:00-08",
        "2024-05-01 10:53:28+00:53:28",  # local mean time, of PostgreSQL
        "2024-05-01 10:00:00 UTC",  # BigQuery
        "2024-05-01T10:00:00.000Z",  # JavaScript, Spark
        "2024-05-01 10:00:00",  # SQLite
        "2024-05-01 10:00:00.000000000",  # pandas
        "20240501T100000Z",
        "2024-05-01T10:00:00,0Z",
        "2024-05-01t10:00:00z",
        "2024-05-01T12:00:00 +02:00",
        "2024-05-02T00:00:00+14:00",
        "2024-05-01T10:00",
        "2024-05-01T10Z",
        "2024-05-01T09:59:60Z",
        " 2024-05-01T10:00:00Z ",
    ],
)
def test_as_others_write_ten_in_the_morning(text):
    assert moment(text) == datetime(2024, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("infinity", "-infinity", "0044-03-15 10:00:00 BC", "-0043-03-15", "+012024-05-01"),
        *("2024-W18-3", "2024-122", "2024122", "2024-05", "10:00:00", "2024-0501", "1714557600"),
        *("2024-05-01T24:00:01Z", "2024-05-01T10:00:00+24", "2024-05-01T10.5", "2023-02-29"),
        *("2024-05-01T10:00:00 Europe/Berlin", "1 May 2024", "٢٠٢٤-05-01", "", "null", "NaT"),
    ],
)
def test_what_is_no_iso_8601_is_no_time(text):
    assert read(text) == [None]
    assert moment(text) is None


def test_the_end_of_the_day_and_a_leap_second_are_the_next_day():
    texts = ["2016-12-31T24:00:00Z", "2016-12-31T23:59:60Z", "2017-01-01"]
    assert len(set(read(*texts))) == 1


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin", "Etc/GMT-14"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_times_of_any_unit_and_zone_are_the_same_instant(unit, zone):
    micros = [0, 1_714_557_600_000_000]
    per_unit = {"ms": 1_000, "us": 1, "ns": 1 / 1_000}[unit]
    counts = pl.Series([int(count / per_unit) for count in micros])
    assert typed_times(counts.cast(pl.Datetime(unit, zone))).to_physical().to_list() == micros


@pytest.mark.parametrize(
    "dtype", [pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns"), pl.Date]
)
def test_extreme_times_never_become_plausible_ones(dtype):
    most = pl.Int32 if dtype == pl.Date else pl.Int64
    bits = 31 if dtype == pl.Date else 63
    # All over the range: a product that overflows may land anywhere.
    counts = [
        sign * (1 << power) - (power == bits) * (sign > 0)
        for sign in (1, -1)
        for power in range(bits + 1)
    ]
    given = pl.Series(counts, dtype=most).cast(dtype)
    per_day = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
    unit = per_day.get(getattr(dtype, "time_unit", ""), 1)
    for count, time, text in zip(
        counts, typed_times(given).to_physical(), shown(given), strict=True
    ):
        if count < 0:
            assert time < 0
        elif count // unit > 2_932_896:
            assert time >= 2_932_897 * 86_400_000_000
            assert text == str(count)
        else:
            assert time == count * 86_400_000_000 // unit
