import json

import polars as pl
import pytest

from features.errors import KloutError
from features.sources import scans
from features.sources.reader import Options
from features.sources.table_files import TABLE_FILES

ROWS = [
    {
        "network": "twitter",
        "account": "007",
        "counter": "followers",
        "value": 5,
        "at": "2024-03-01",
    },
    {"network": "twitter", "account": "b", "counter": "lists", "value": 2.5, "at": "2024-03-02"},
]


def as_csv(rows, end="\n"):
    lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
    return (end.join(lines) + end).encode()


def as_json(rows, end="\n"):
    return "".join(json.dumps(row) + end for row in rows).encode()


def as_parquet(rows, folder):
    pl.DataFrame(rows, strict=False).write_parquet(folder / "plain")
    return (folder / "plain").read_bytes()


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize("form", ["csv", "jsonl", "ndjson", "parquet"])
def test_every_format_and_compression_gives_the_same_rows(form, packed, put, take, rows, tmp_path):
    data = {
        "csv": as_csv(ROWS),
        "jsonl": as_json(ROWS),
        "ndjson": as_json(ROWS),
        "parquet": as_parquet(ROWS, tmp_path),
    }[form]
    receipt = take("tables", put(f"counters.{form}{packed}", data))
    assert receipt.entry.rows == {"counters": 2}
    assert rows("counters").sort("value").select("account", "value").rows() == [
        ("b", 2.5),
        ("007", 5.0),
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_line_ends_may_be_mixed(form, put, take):
    write = as_csv if form == "csv" else as_json
    data = write(ROWS[:1]) + write(ROWS[1:], "\r\n").removeprefix(
        (",".join(ROWS[0]) + "\r\n").encode()
    )
    assert take("tables", put(f"counters.{form}", data)).entry.rows == {"counters": 2}


def test_an_empty_csv_field_is_nothing_however_it_is_quoted(put, take, rows):
    data = b"network,reaction,actor,target,content,at\ntwitter,reply,a,b,,2024-01-01\n"
    data += b'twitter,reply,a,b,"",2024-01-02\n'
    take("tables", put("interactions.csv", data))
    assert rows("interactions")["content"].to_list() == [None, None]


def test_a_quoted_csv_field_may_hold_commas_and_its_line_ends_end_no_row(
    put, take, rows, quarantine
):
    data = b'network,source,target\nwikipedia,"Foo, Bar",b\nwikipedia,"two\nlines",b\n'
    take("tables", put("links.csv", data))
    assert rows("links").rows() == [("wikipedia", "Foo, Bar", "b")]
    assert quarantine()["reason"].to_list() == ["source: holds the control character U+000A"]


def test_json_numbers_as_ids_keep_all_their_digits(put, take, rows):
    data = b'{"network":"wikipedia","source":123456789012345678901,"target":"007"}\n'
    take("tables", put("links.jsonl", data))
    assert rows("links").row(0) == ("wikipedia", "123456789012345678901", "007")


def test_an_optional_json_key_may_come_late(put, take, rows):
    row = {"network": "twitter", "reaction": "reply", "actor": "a", "target": "b"}
    lines = [row | {"at": "2024-01-01"}] * 1500 + [row | {"at": "2024-01-01", "content": "c"}]
    take("tables", put("interactions.jsonl", as_json(lines)))
    assert rows("interactions")["content"].drop_nulls().to_list() == ["c"]


def test_a_file_comes_in_pieces_with_rows_numbered_on(put, monkeypatch):
    monkeypatch.setattr("features.sources.json_lines.PIECE_ROWS", 3)
    monkeypatch.setattr(scans, "PIECE_ROWS", 3)
    for form, data in (("csv", as_csv(ROWS * 4)), ("jsonl", as_json(ROWS * 4))):
        pieces = list(TABLE_FILES.read(put(f"counters.{form}", data), Options()))
        assert max(len(piece.frame) for piece in pieces) <= 3
        assert [row for piece in pieces for row in piece.frame["row"]] == [*range(1, 9)]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("people.csv", b"a\n1\n", "names no table; the file's stem is one of ['interactions'"),
        ("links.xlsx", b"a", "unknown suffix; expected one of ['.parquet', '.csv'"),
        ("links.csv.bz2", b"a", "unknown suffix"),
        ("links", b"a", "unknown suffix"),
        ("links.csv", b"", "the file is empty"),
        ("links.jsonl.gz", b"", "the file is empty"),
        ("links.csv", b"network,source\nx,y\n", "links needs the column 'target'"),
        ("links.csv", b"network,source\n", "links needs the column 'target'"),
        ("links.csv", b"network,source,target,x\n", "links has no column 'x'"),
        ("links.csv", b"network,source,target,row\n1,2,3,4\n", "links has no column 'row'"),
        ("links.jsonl", b'{"network":"x","source":"y"}\n', "links needs the column 'target'"),
        ("links.jsonl", b'{"network":1,"source":1,"target":1,"row":1}\n', "no column 'row'"),
        ("links.csv", b"network,source,target\n1,2,3\n1,2,3,4\n", "line 3: 4 fields; expected 3"),
        (
            "links.csv",
            b'network,source,target\n1,2,3\n"1,2,3\n',
            "line 3: a quote is opened here and never",
        ),
        ("links.csv", b"network,source,target\n1,\xff,3\n", "line 2: not UTF-8"),
        (
            "links.csv",
            b"network,source,target\n" + 999 * b"1,2,3\n" + b"1,\xff,3",
            "line 1001: not",
        ),
        ("links.jsonl", b'{"network":"x"}\n{"network":\n', "line 2: malformed JSON"),
        ("links.jsonl", b"[1]\n", "line 1: expected a JSON object"),
        ("links.jsonl", b'{"network":"\xff"}\n', "line 1: not UTF-8"),
        ("links.jsonl", b'{"network":' + b"[" * 100_000, "line 1: malformed JSON"),
        ("links.parquet", b"PAR1 not really", "damaged Parquet"),
    ],
)
def test_damage_is_one_line_that_names_the_file_and_the_place(name, data, message, put, take, root):
    path = put(name, data)
    with pytest.raises(KloutError) as caught:
        take("tables", path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not [*root.rglob("*.parquet")]


def test_json_damaged_after_the_first_thousand_lines_is_found(put, take):
    good = b'{"network":"wikipedia","source":"a","target":"b"}\n'
    path = put("links.jsonl", good * 3000 + b"{oops}\n" + good)
    with pytest.raises(KloutError, match="line 3001: malformed JSON"):
        take("tables", path)


@pytest.mark.parametrize("name", ["counters.csv.gz", "counters.csv.zst", "counters.jsonl.gz"])
def test_a_truncated_file_is_refused_whole(name, put, take, root):
    rows = [row | {"account": str(n * 7919 % 10007)} for n, row in enumerate(ROWS * 2000)]
    path = put(name, as_csv(rows) if ".csv" in name else as_json(rows))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(KloutError, match=r"truncated or corrupt (gzip|zst)"):
        take("tables", path)
    assert not [*root.rglob("*.parquet")]


def test_texts_that_parquet_calls_bytes_are_read(put, take, tmp_path, rows):
    frame = pl.DataFrame({"network": ["wikipedia"], "source": [b"a"], "target": [b"b"]})
    frame.write_parquet(tmp_path / "links.parquet")
    take("tables", tmp_path / "links.parquet")
    assert rows("links").row(0) == ("wikipedia", "a", "b")


def test_a_path_is_no_pattern(put, take):
    path = put("a[1]*/links.csv", b"network,source,target\nwikipedia,a,b\n")
    assert take("tables", path).entry.rows == {"links": 1}
