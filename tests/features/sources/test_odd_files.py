"""Files as strangers have them, through the command line: read, or refused in plain words."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.lake import Lake
from tests.support.command_scene import Ended, klout

HEAD = "network,reaction,actor,target,at"


def row(actor: str) -> str:
    return f"twitter,like,{actor},b,2024-05-01T10:00:00Z"


def ingested(path: Path | str) -> Ended:
    return klout("ingest", "tables", path, "--lake", "L", "--quiet")


def actors() -> list[str]:
    return Lake(Path("L")).scan("interactions").collect()["actor"].sort().to_list()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(name: str, *lines: str | bytes) -> Path:
    path = Path(name)
    path.write_bytes(b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines) + b"\n")
    return path


def test_a_column_that_is_there_twice_is_called_by_its_name() -> None:
    ended = ingested(put("interactions.csv", f"{HEAD},at", f"{row('a')},2024-05-02"))
    assert ended.code == 1
    assert ended.err == "klout: interactions.csv: column 'at' is there twice\n"


def test_a_key_that_is_there_twice_is_refused_at_its_line() -> None:
    good = '{"network":"twitter","reaction":"like","actor":"a","target":"b","at":"2024-05-01"}'
    twice = good.replace("}", ',"at":"2024-05-02"}')
    ended = ingested(put("interactions.jsonl", good, twice))
    assert ended.code == 1
    assert "interactions.jsonl, line 2: malformed JSON: 'at' is there twice" in ended.err


def test_a_pipe_without_a_name_is_told_of_as(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{HEAD}\n{row('a')}\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    ended = ingested("-")
    assert ended.code == 1
    assert "name it, as --as interactions.csv" in ended.err


@pytest.mark.parametrize("name", ["interactions.CSV", "interactions.Csv.GZ"])
def test_suffixes_may_be_in_upper_case(name: str) -> None:
    path = put(name, HEAD, row("a"))
    if name.endswith("GZ"):
        path.write_bytes(gzip.compress(path.read_bytes()))
    assert ingested(path).code == 0
    assert actors() == ["a"]


@pytest.mark.parametrize("blanks", ["   ", "\t", " \r"])
def test_a_line_of_blanks_is_no_row(blanks: str) -> None:
    ended = ingested(put("interactions.csv", HEAD, row("a"), blanks, row("c"), blanks))
    assert (ended.code, ended.err) == (0, "")
    assert actors() == ["a", "c"]


def test_blanks_with_other_values_beside_them_stay_a_row() -> None:
    assert "row 1: network" in ingested(put("interactions.csv", HEAD, row("a")[7:])).err
    spaced = put("interactions.csv", HEAD, "  " + row("a")[7:])
    refused = ingested(spaced)
    assert (refused.code, "network: not a declared value" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([row('"c'), row("d")], "line 3: a quote is opened here and never closed"),
        ([row('"c'), *[row("d")] * 40_000], "line 3: a quote is opened here and not closed"),
        ([row('"c"d')], "line 3: a quote is opened here and closed in the middle of a text"),
        ([row('c"d')], "line 3: a quote stands in the middle of a text"),
    ],
)
def test_a_quote_left_open_is_named_by_its_line(lines: list[str], said: str) -> None:
    ended = ingested(put("interactions.csv", HEAD, row("a"), *lines))
    assert ended.code == 1
    assert f"klout: interactions.csv, {said}" in ended.err
    assert ended.err.count("\n") == 1
    assert not list(Path("L").rglob("*.parquet"))


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_byte_that_is_no_text_refuses_the_file_at_its_line_or_its_row(form: str) -> None:
    names = HEAD.split(",")
    if form == "csv":
        path = put("interactions.csv", HEAD, row("a"), row("é").encode("latin-1"))
    elif form == "jsonl":
        texts = [str(dict(zip(names, row(x).split(","), strict=True))) for x in ("a", "é")]
        path = put("interactions.jsonl", *(x.replace("'", '"').encode("latin-1") for x in texts))
    else:
        columns = zip(*(row(x).encode("latin-1").split(b",") for x in ("a", "é")), strict=True)
        path = Path("interactions.parquet")
        pq.write_table(pa.table(dict(zip(names, map(pa.array, columns), strict=True))), path)
    ended = ingested(path)
    assert ended.code == 1
    where = {"csv": "line 3", "jsonl": "line 2", "parquet": "row 2: actor"}[form]
    assert f"{path}, {where}: not UTF-8 text" in ended.err
    if form == "parquet":
        assert actors() == ["a"]
    else:
        assert not list(Path("L").rglob("*.parquet"))
