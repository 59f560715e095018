"""What stands in the columns of a file, through the command line: kept, or refused by name."""

import json
import uuid

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from features.lake import Lake
from serving.cli.app import app

REPLY = {"network": "twitter", "reaction": "reply", "actor": "a", "target": "b"}
AT = "2024-05-01T10:00:00Z"


@pytest.fixture
def ingest(root):
    """Run `klout ingest tables`; give the exit code and the one line, or the summary."""

    def ingest(path):
        ran = CliRunner().invoke(app, ["ingest", "tables", str(path), "--lake", str(root)])
        refused = ran.exception if not isinstance(ran.exception, SystemExit) else None
        said = str(refused) if refused else ran.output
        assert "\n" not in said.strip()
        return (1 if refused else ran.exit_code), said

    return ingest


@pytest.fixture
def parquet(tmp_path):
    """Write interactions as Parquet, with some columns of one's own."""

    def parquet(**columns):
        count = len(next(iter(columns.values())))
        rows = {name: [value] * count for name, value in (REPLY | {"at": AT}).items()}
        path = tmp_path / "interactions.parquet"
        pq.write_table(pa.table(rows | columns), path)
        return path

    return parquet


def in_lake(root, column):
    return Lake(root).scan("interactions").collect()[column].sort().to_list()


def as_lines(*rows):
    return "".join(json.dumps(REPLY | {"at": AT} | row) + "\n" for row in rows).encode()


def test_uuids_are_read_as_texts_in_their_canonical_form(ingest, parquet, root):
    ids = [uuid.uuid4() for _ in range(3)]
    column = pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([each.bytes for each in ids], pa.binary(16))
    )
    assert ingest(parquet(actor=column, content=column))[0] == 0
    assert in_lake(root, "actor") == in_lake(root, "content") == sorted(map(str, ids))


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(2)])
def test_bytes_are_texts_and_one_that_is_none_refuses_its_row(
    kind, ingest, parquet, root, quarantine
):
    code, said = ingest(parquet(actor=pa.array([b"ab", b"c\xff", b"de"], kind)))
    assert code == 1
    assert "interactions.parquet, row 2: actor: not UTF-8 text" in said
    assert in_lake(root, "actor") == ["ab", "de"]
    assert json.loads(quarantine()["data"][0])["actor"] == "c\\xff"


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["x"]).dictionary_encode(),
        pa.array([b"x"]).dictionary_encode(),
        pa.array(["x"], pa.large_string()),
        pa.array(["x"], pa.string_view()),
    ],
)
def test_a_text_is_read_however_it_is_kept(column, ingest, parquet, root):
    assert ingest(parquet(actor=column))[0] == 0
    assert in_lake(root, "actor") == ["x"]


@pytest.mark.parametrize(
    ("column", "named"),
    [
        (pa.array([9.007e17]), "Float64"),
        (pa.array([1.0], pa.float16()), "Float16"),
        (pa.array([True]), "Boolean"),
        (pa.array([[1]]), "List(Int64)"),
        (pa.array([{"a": 1}]), "Struct({'a': Int64})"),
        (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), "Map(String, Int64)"),
        (pa.array([1], pa.duration("us")), "Duration(time_unit='us')"),
        (pa.array([1], pa.time64("us")), "Time"),
    ],
)
def test_an_id_of_another_type_is_one_line_that_names_column_and_type(
    column, named, ingest, parquet, root
):
    code, said = ingest(parquet(actor=column))
    assert code == 1
    assert said.endswith(
        f"interactions.parquet: actor: a column of {named}; ids are texts or whole numbers"
    )
    assert not [*root.rglob("*.parquet")]


def test_one_account_is_not_two_for_being_written_as_a_fraction(ingest, parquet, root):
    assert ingest(parquet(actor=pa.array([1, 2], pa.int64())))[0] == 0
    assert ingest(parquet(actor=pa.array([1.0, 2.0])))[0] == 1
    assert in_lake(root, "actor") == ["1", "2"]


@pytest.mark.parametrize("zone", ["UTC", "+14:00", "-08:00", "America/New_York", None])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_an_extreme_time_refuses_its_row_and_no_other(
    unit, zone, ingest, parquet, root, quarantine
):
    times = pa.array([1_714_557_600, (1 << 63) - 1, -(1 << 63)], pa.int64())
    good = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[unit] * 1_714_557_600
    times = pa.array([good, (1 << 63) - 1, -(1 << 63)], pa.int64()).cast(pa.timestamp(unit, zone))
    code, said = ingest(parquet(at=times))
    assert code == 1
    assert "row 2: in the future; at: before 1970 or later than tomorrow" in said
    assert len(quarantine()) == 2
    assert [f"{at:%FT%TZ}" for at in in_lake(root, "at")] == [AT]


@pytest.mark.parametrize("zone", ["Mars/Phobos", "Z"])
def test_a_zone_that_nobody_knows_is_one_line(zone, ingest, parquet):
    code, said = ingest(parquet(at=pa.array([0], pa.timestamp("us", zone))))
    assert code == 1
    assert said.endswith(f"interactions.parquet: at: {zone!r} is no known time zone")


@pytest.mark.parametrize(
    "time",
    ["0000-01-01T00:00:00.000Z", "infinity", "0044-03-15 BC", "9999-12-31T23:59:59Z", "1969"],
)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_time_that_nobody_can_hold_refuses_its_row_and_no_other(form, time, ingest, put, root):
    rows = [REPLY | {"at": AT}, REPLY | {"at": time}, REPLY | {"at": AT}]
    table = pl.DataFrame(rows)
    path = put(f"interactions.{form}", b"")
    table.write_csv(path) if form == "csv" else table.write_ndjson(path)
    code, said = ingest(path)
    assert code == 1
    assert f"interactions.{form}, row 2: " in said
    assert " at: " in said
    assert len(in_lake(root, "at")) == 2


def test_an_identity_of_the_year_0_or_of_the_last_day_is_refused(ingest, put, root):
    data = b"person,network,account,kind,connected_at,disconnected_at\n"
    data += b"ann,twitter,a,personal,0000-01-01,\n"
    data += b"ann,twitter,b,personal,2024-01-01,9999-12-31T23:59:59.999999Z\n"
    code, said = ingest(put("identities.csv", data))
    assert code == 1
    assert "2 rows; first:" in said
    assert "row 1: connected_at: before 1970 or later than tomorrow" in said


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("12.0", "not a text or a whole number: 12.0"),
        ("9.007e+17", "not a text or a whole number: 9.007e+17"),
        ("1E3", "not a text or a whole number: 1E3"),
        ("true", "not a text or a whole number: true"),
        ('{"a":[1]}', "not a text or a whole number: {"),
        ("[]", "not a text or a whole number: []"),
        (r'"x\ud800y"', "holds U+D800, which is no character"),
        (r'"\udc00"', "holds U+DC00, which is no character"),
        (r'"\u0000"', "holds the control character U+0000"),
        ('"\x7f"', "holds the control character U+007F"),
    ],
)
def test_a_json_id_that_is_neither_text_nor_whole_number_refuses_its_row(
    value, reason, ingest, put, root
):
    good = as_lines({"actor": "x"}, {"actor": 12}, {"actor": 10**60}, {"actor": "\U0001f600"})
    odd = as_lines({}).replace(b'"a"', value.encode())
    hidden = odd.replace(b'"actor"', rb'"\u0061ctor"')
    code, said = ingest(put("interactions.jsonl", good + odd + hidden))
    assert code == 1
    assert "2 rows; first:" in said
    assert f"interactions.jsonl, row 5: actor: {reason}" in said
    assert in_lake(root, "actor") == ["1" + "0" * 60, "12", "x", "\U0001f600"]


def test_a_json_text_that_looks_like_a_number_is_a_text(ingest, put, root):
    rows = as_lines({"actor": "12.0"}, {"actor": "true"}, {"actor": '{"actor": 1.5}'}, {"id": None})
    assert ingest(put("interactions.jsonl", rows))[0] == 0
    assert in_lake(root, "actor") == ["12.0", "a", "true", '{"actor": 1.5}']


def test_json_that_only_python_takes_is_named_by_its_line(ingest, put):
    row = {"network": "twitter", "account": "a", "counter": "followers", "at": AT}
    lines = [json.dumps(row | {"value": value}) for value in [1.5] * 2000 + [float("nan"), 2]]
    code, said = ingest(put("counters.jsonl", "\n".join(lines).encode()))
    assert code == 1
    assert "counters.jsonl, line 2001: malformed JSON: NaN is no number of JSON" in said


@pytest.mark.parametrize("own", ["row", "damaged"])
def test_a_column_that_has_one_of_our_own_names_is_unknown(own, ingest, put):
    rows = as_lines({own: "1"})
    code, said = ingest(put("interactions.jsonl", rows))
    assert code == 1
    assert f"interactions has no column {own!r}" in said
