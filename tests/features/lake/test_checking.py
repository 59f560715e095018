"""Good rows are kept, bad ones are quarantined with their reason."""

import json
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import TABLES, Lake, Piece, Source, write
from features.lake.checking import check
from features.lake.contracts import EVERY_TABLE, TIME
from features.lake.schemas import schema_of

CATALOGUE = Catalogue(load_networks())
NOW = datetime(2024, 6, 1, tzinfo=UTC)
GOOD = {
    "interactions": {
        "network": "twitter",
        "reaction": "reply",
        "actor": "a",
        "target": "b",
        "content": None,
        "at": "2024-05-31T23:59:59",
        "id": None,
    },
    "contents": {
        "network": "twitter",
        "author": "a",
        "content": "c",
        "kind": "tweet",
        "at": "2024-01-01",
    },
    "counters": {
        "network": "twitter",
        "account": "a",
        "counter": "followers",
        "value": "5",
        "at": "2024-01-01",
    },
    "links": {"network": "wikipedia", "source": "a", "target": "b"},
    "identities": {
        "person": "p",
        "network": "twitter",
        "account": "a",
        "kind": "personal",
        "connected_at": "2024-01-01",
        "disconnected_at": None,
    },
    "judgements": {
        "a": "x",
        "b": "y",
        "preference": "0.5",
        "judged_at": "2024-01-01",
        "judge": "j",
    },
    "scores": {"person": "p", "score": "40", "as_of": "2024-01-01"},
}


def checked(table, **changes):
    row = GOOD[table] | changes
    frame = pl.DataFrame([row], schema=dict.fromkeys(row, pl.String())).with_columns(
        row=pl.lit(7, pl.UInt64)
    )
    return check(TABLES[table], schema_of(table, CATALOGUE, NOW), frame, "file.csv")


@pytest.mark.parametrize("table", GOOD)
def test_a_good_row_is_kept_with_the_tables_own_columns(table):
    good, bad = checked(table)
    assert dict(good.schema) == dict(TABLES[table].columns)
    assert (len(good), len(bad)) == (1, 0)


@pytest.mark.parametrize(
    ("table", "changes", "reason"),
    [
        ("interactions", {"reaction": "poke"}, "not declared reaction"),
        ("interactions", {"reaction": None}, "reaction: missing"),
        (
            "interactions",
            {"network": "myspace"},
            "not declared reaction; network: not a declared value",
        ),
        ("interactions", {"actor": None}, "actor: missing"),
        ("interactions", {"target": ""}, "target: empty"),
        ("interactions", {"id": "x" * 10_000_000}, "id: longer than 512 characters"),
        ("interactions", {"at": "2024-06-01"}, "in the future"),
        ("interactions", {"at": "2024-06-01T01:59:59+02:00"}, None),
        ("interactions", {"at": "2024-13-01"}, "at: not a time in ISO 8601"),
        ("interactions", {"at": "1717200000"}, "at: not a time in ISO 8601"),
        ("interactions", {"at": None}, "at: missing"),
        ("interactions", {"actor": "b"}, None),  # a self-reaction is kept
        ("contents", {"kind": "photo"}, "not declared kind"),
        ("counters", {"value": "-1"}, "value: below its minimum"),
        ("counters", {"value": "many"}, "value: not a number"),
        ("counters", {"value": "nan"}, "value: not a number"),
        ("counters", {"value": "inf"}, "value: not finite"),
        ("counters", {"value": None}, "value: missing"),
        ("counters", {"counter": "reputation"}, "not declared counter"),
        ("links", {"network": "twitter"}, "network: not a declared value"),
        ("identities", {"kind": "robot"}, "kind: not a declared value"),
        ("identities", {"disconnected_at": "2023-12-31"}, "not disconnected after connected"),
        ("judgements", {"preference": "1.1"}, "preference: above its maximum"),
        ("judgements", {"b": "x"}, "not two persons"),
        ("scores", {"score": "0.5"}, "score: below its minimum"),
    ],
)
def test_a_row_that_breaks_its_contract_is_quarantined_with_the_reason(table, changes, reason):
    good, bad = checked(table, **changes)
    if reason is None:
        assert (len(good), len(bad)) == (1, 0)
        return
    assert bad.select("file", "row", "reason").rows() == [("file.csv", 7, reason)]
    assert len(bad["data"][0]) <= 10_000
    assert "x" * 600 in bad["data"][0] or json.loads(bad["data"][0]) == GOOD[table] | changes


def test_all_that_is_wrong_with_a_row_is_said():
    _, bad = checked("counters", value="-1", account=None, at="never")
    assert set(bad["reason"][0].split("; ")) == {
        "value: below its minimum",
        "account: missing",
        "at: not a time in ISO 8601",
    }


def columns(table, **series):
    """Check a good row of which some columns are given typed."""
    frame = pl.DataFrame([GOOD[table]], schema=dict.fromkeys(GOOD[table], pl.String()))
    frame = frame.with_columns(pl.Series(name, given) for name, given in series.items())
    return check(TABLES[table], schema_of(table, CATALOGUE, NOW), numbered(frame), "file.parquet")


def numbered(frame):
    return frame.with_columns(row=pl.int_range(1, len(frame) + 1, dtype=pl.UInt64))


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        (pl.Float64, 9.007e17),
        (pl.Float32, 12.0),
        (pl.Boolean, True),
        (pl.Decimal(20, 2), 12),
        (pl.List(pl.Int64), [1, 2]),
        (pl.Struct({"a": pl.Int64}), {"a": 1}),
        (pl.Array(pl.UInt8, 2), [1, 2]),
        (pl.Object, object()),
        (pl.Duration("us"), NOW - NOW),
        (pl.Time, NOW.time()),
        (pl.Datetime("us"), datetime(2024, 1, 1)),
        (pl.Date, NOW.date()),
    ],
)
def test_an_id_of_another_type_is_refused_by_name(dtype, value):
    given = pl.Series([value], dtype=dtype)
    reason = rf"^file\.parquet: actor: a column of {re.escape(str(given.dtype))}; ids are texts or"
    with pytest.raises(KloutError, match=reason):
        columns("interactions", actor=given)


@pytest.mark.parametrize("name", ["value", "at"])
@pytest.mark.parametrize("value", [True, [1, 2], {"a": 1}, NOW.time(), NOW - NOW, object()])
def test_a_number_or_a_time_of_another_type_is_refused_by_name(name, value):
    kind = {"value": "expected numbers", "at": "expected timestamps, dates, or texts in ISO 8601"}
    with pytest.raises(KloutError, match=rf"{name}: a column of .*; {kind[name]}"):
        columns("counters", **{name: [value]})


@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt64, pl.Int128, pl.Float64, pl.Decimal(38, 0)])
def test_a_time_is_no_number(dtype):
    with pytest.raises(KloutError, match="at: a column of"):
        columns("counters", at=pl.Series([1_714_557_600], dtype=dtype))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (pl.Series([900_719_925_474_099_301]), "900719925474099301"),
        (pl.Series([(1 << 64) - 1], dtype=pl.UInt64), "18446744073709551615"),
        (pl.Series([10**38 - 1], dtype=pl.Int128), "9" * 38),
        (pl.Series([-12], dtype=pl.Decimal(38, 0)), "-12"),
        (pl.Series(["12.0"]), "12.0"),
        (pl.Series(["x"], dtype=pl.Categorical), "x"),
        (pl.Series(["x"], dtype=pl.Enum(["x"])), "x"),
        (pl.Series(["ä".encode()]), "ä"),
        (pl.Series([" Bo "]), " Bo "),
    ],
)
def test_an_id_is_a_text_or_a_whole_number_with_all_its_digits(given, text):
    good, bad = columns("interactions", actor=given, id=given)
    assert good.select("actor", "id").rows() == [(text, text)]
    assert bad.is_empty()


def test_one_bad_byte_refuses_its_row_and_shows_it():
    frame = pl.concat([pl.DataFrame([GOOD["links"]])] * 3).with_columns(
        source=pl.Series([b"a", b"b\xff", None])
    )
    good, bad = check(TABLES["links"], schema_of("links", CATALOGUE, NOW), numbered(frame), "f")
    assert good["source"].to_list() == ["a"]
    assert bad["reason"].to_list() == ["source: not UTF-8 text", "source: missing"]
    assert json.loads(bad["data"][0])["source"] == "b\\xff"


TEXTS = [
    (table, name)
    for table, row in GOOD.items()
    for name in row
    if TABLES[table].columns[name] == pl.String
]


@pytest.mark.parametrize(("table", "name"), TEXTS)
def test_no_text_of_any_table_holds_a_control_character(table, name):
    for character in ["\0", "\n", "\x1b", "\x7f", "\x9b"]:
        good, bad = checked(table, **{name: f"a{character}b"})
        assert good.is_empty()
        code = f"U+{ord(character):04X}"
        assert f"{name}: holds the control character {code}" in bad["reason"][0].split("; ")


TIMES = [
    (table.name, name)
    for table in EVERY_TABLE.values()
    for name, dtype in table.columns.items()
    if dtype == TIME
]
OUTSIDE = [
    *(pl.Series(["0000-01-01T00:00:00.000Z"]), pl.Series(["1969-12-31T23:59:59.999999Z"])),
    *(pl.Series(["9999-12-31T23:59:59.999999-14:00"]), pl.Series(["2024-06-03T00:00:00Z"])),
    *(
        pl.Series([count]).cast(pl.Datetime(unit, zone))
        for count in (-(1 << 63), -1, (1 << 63) - 1)
        for unit in ("ms", "us", "ns")
        for zone in (None, "UTC", "Europe/Berlin")
    ),
    *(pl.Series([days], dtype=pl.Int32).cast(pl.Date) for days in (-(1 << 31), -1, (1 << 31) - 1)),
]


@pytest.mark.parametrize(("table", "name"), TIMES)
def test_every_time_of_every_table_is_from_1970_to_the_end_of_tomorrow(table, name):
    contract, columns = EVERY_TABLE[table], EVERY_TABLE[table].columns
    row = {column: pl.Series([None], dtype=dtype) for column, dtype in columns.items()}
    for outside in OUTSIDE:
        frame = numbered(pl.DataFrame(row | {name: outside}))
        good, bad = check(contract, schema_of(table, CATALOGUE, NOW), frame, "f")
        assert good.is_empty()
        assert f"{name}: before 1970 or later than tomorrow" in bad["reason"][0].split("; ")
        assert json.loads(bad["data"][0])[name]
    last = "2024-06-02" if name == "as_of" else "2024-06-02T23:59:59.999999Z"
    for text in ("1970-01-01", last):
        frame = numbered(pl.DataFrame(row | {name: [text]}))
        _, bad = check(contract, schema_of(table, CATALOGUE, NOW), frame, "f")
        assert f"{name}: " not in "".join(bad["reason"])


def spoilt(field, values):
    return st.sampled_from(values).map(lambda value: {field: value})


ROWS = st.lists(
    st.one_of(
        st.just({}),
        st.integers(0, 4).map(lambda number: {"id": str(number)}),
        spoilt("reaction", ["poke", "", None]),
        spoilt("network", ["myspace", None, "facebook"]),
        spoilt("at", ["never", "2999-01-01", None, "2024-05-01", "2024-05-02T10:00:00Z"]),
        spoilt("actor", ["x" * 513, "", None, "ä" * 512]),
    ),
    max_size=20,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_every_row_is_kept_quarantined_or_repeated(files):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number, rows in enumerate(files):
            receipt = write(
                root,
                [Piece("interactions", part, "f") for part in framed(rows)],
                Source("f", "test", f"{number}" * 64),
                CATALOGUE,
                NOW,
            )
            kept = receipt.entry.rows.get("interactions", 0)
            assert kept + receipt.entry.repeated + receipt.entry.quarantined == len(rows)
        entries = Lake(root).entries
        found = Lake(root).scan("interactions").collect()
        assert len(found) == sum(entry.rows.get("interactions", 0) for entry in entries)
        ids = found.drop_nulls("id")
        assert len(ids) == ids.select("network", "id").n_unique()
        bad = [pl.read_parquet(path) for path in root.glob("quarantine/*.parquet")]
        assert sum(map(len, bad)) == sum(entry.quarantined for entry in entries)
        assert all(frame["reason"].str.len_chars().min() > 0 for frame in bad)


def framed(rows):
    """Make frames of at most seven rows, so that repeats also come in different pieces."""
    full = [GOOD["interactions"] | row for row in rows]
    schema = dict.fromkeys(GOOD["interactions"], pl.String())
    frame = pl.DataFrame(full, schema=schema, orient="row").with_columns(
        row=pl.int_range(1, len(full) + 1, dtype=pl.UInt64)
    )
    return frame.iter_slices(7)
