"""What rows come in: packed, in pieces, through pipes, with lines that no row has."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from backports import zstd

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.sources.ingest import ingest
from features.sources.lines import LONGEST_LINE
from features.sources.reader import Options
from tests.features.conftest import Put, Take

HEAD = "network,reaction,actor,target,content,at,id"
Rows = Callable[[str], pl.DataFrame]
Refused = Callable[[], pl.DataFrame]


def line(number: int) -> str:
    return f"twitter,like,a{number},b,,2014-09-10T12:00:00Z,i{number}"


def table(*numbers: int) -> bytes:
    return "\n".join([HEAD, *map(line, numbers), ""]).encode()


def as_json(number: int, **more: Any) -> dict[str, Any]:
    values = (value or None for value in line(number).split(","))
    return dict(zip(HEAD.split(","), values, strict=True)) | more


def jsonl(*rows: dict[str, Any] | str) -> bytes:
    texts = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    return "\n".join([*texts, ""]).encode()


def actors(rows: Rows) -> list[str]:
    return rows("interactions")["actor"].sort().to_list()


def test_zst_with_a_window_of_2_gib_is_read(put: Put, take: Take, rows: Rows) -> None:
    each = zstd.CompressionParameter
    wide = {each.window_log: 31, each.enable_long_distance_matching: 1}
    packed = zstd.compress(table(1, 2), options=wide)
    path = put("interactions.csv.zst", b"")
    path.write_bytes(packed)
    take("tables", path)
    assert actors(rows) == ["a1", "a2"]


def test_zst_of_several_frames_is_read_to_its_end(put: Put, take: Take, rows: Rows) -> None:
    text, pack = table(1, 2, 3), zstd.compress
    path = put("interactions.csv.zst", b"")
    path.write_bytes(pack(text[:100]) + pack(text[100:]))
    take("tables", path)
    assert actors(rows) == ["a1", "a2", "a3"]


@pytest.mark.parametrize("name", ["interactions.csv.zst", "interactions.jsonl.zst"])
def test_zst_that_is_cut_is_refused_whole(name: str, put: Put, take: Take, root: Path) -> None:
    text = table(*range(9999)) if "csv" in name else jsonl(*map(as_json, range(9999)))
    packed = zstd.compress(text)
    path = put(name, b"")
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(KloutError, match="truncated or corrupt zst"):
        take("tables", path)
    assert not list(root.rglob("*.parquet"))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n\n", b",,,,,,\n", b" \n"[1:]])
def test_blank_lines_at_the_end_of_a_csv_are_no_rows(
    end: bytes, put: Put, take: Take, rows: Rows
) -> None:
    receipt = take("tables", put("interactions.csv", table(1, 2) + end))
    assert receipt.entry.quarantined == 0
    assert actors(rows) == ["a1", "a2"]


def test_a_blank_line_in_the_middle_does_not_move_the_numbers(
    put: Put, take: Take, quarantine: Refused
) -> None:
    text = table(1).decode() + "\n" + line(2).replace("like", "boo") + "\n"
    take("tables", put("interactions.csv", text.encode()))
    assert quarantine()["row"].to_list() == [3]


@pytest.mark.parametrize("number", [2, 1000, 1001, 1500])
def test_an_unknown_key_is_named_with_its_line_wherever_it_stands(
    number: int, put: Put, take: Take
) -> None:
    rows = [as_json(n) for n in range(1, 2001)]
    rows[number - 1]["mood"] = "good"
    path = put("interactions.jsonl", jsonl(*rows))
    with pytest.raises(KloutError, match=rf"line {number}: interactions has no column 'mood'"):
        take("tables", path)


def test_a_text_that_looks_like_a_key_is_a_text(put: Put, take: Take, rows: Rows) -> None:
    take("tables", put("interactions.jsonl", jsonl(as_json(1, actor='"x": "y'), as_json(2))))
    assert actors(rows) == ['"x": "y', "a2"]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_is_named_by_its_line(word: str, put: Put, take: Take) -> None:
    good = {"network": "twitter", "account": "a", "counter": "followers", "value": 3}
    lines = [json.dumps(good | {"at": "2014-09-10"})] * 3
    lines[2] = lines[2].replace("3,", f"{word},")
    with pytest.raises(KloutError, match=rf"line 3: malformed JSON: {word}"):
        take("tables", put("counters.jsonl", jsonl(*lines)))


LONG = "x" * (3 * LONGEST_LINE)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_line_that_is_too_long_is_quarantined_with_file_and_line(
    form: str, suffix: str, put: Put, take: Take, rows: Rows, quarantine: Refused
) -> None:
    long = line(2).replace("a2", LONG)
    csv = "\n".join([HEAD, line(1), long, line(3), ""]).encode()
    text = csv if form == "csv" else jsonl(as_json(1), as_json(2, actor=LONG), as_json(3))
    path = put(f"interactions.{form}{suffix}", text)
    take("tables", path)
    assert actors(rows) == ["a1", "a3"]
    refused = quarantine().to_dicts()
    assert [(row["file"], row["row"]) for row in refused] == [(str(path), 2)]
    assert "longer than 1 MiB" in refused[0]["reason"]
    assert len(refused[0]["data"]) < 20_000


def test_a_line_that_is_too_long_is_refused_by_other_readers_too(
    put: Put, take: Take, rows: Rows, quarantine: Refused
) -> None:
    lines = ["1 2 1341100972 RT", f"{LONG} 2 1341100972 RT", "3 2 1341100972 RT"]
    take("higgs", put("log.txt.gz", "\n".join(lines).encode()))
    assert actors(rows) == ["1", "3"]
    assert quarantine()["row"].to_list() == [2]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["interactions.csv.gz", "interactions.jsonl.gz"])
def test_a_line_of_gigabytes_takes_no_memory(name: str, tmp_path: Path) -> None:
    path, block = tmp_path / name, b"x" * 2**24
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(table(1) if "csv" in name else jsonl(as_json(1)))
        for _ in range(128):  # 2 GiB
            out.write(block)
        out.write(b"\n")
    code = (
        "import resource, sys; from serving.cli.app import app\n"
        "try: app(sys.argv[1:], standalone_mode=False)\n"
        "except Exception as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    words = ["ingest", "tables", str(path), "--lake", str(tmp_path / "lake"), "--quiet"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    said, mib = done.stdout.splitlines()[-2:]
    assert "longer than 1 MiB" in said
    assert int(mib) < 900


def test_a_folder_of_parts_is_one_table(tmp_path: Path, take: Take, rows: Rows) -> None:
    folder = tmp_path / "interactions.parquet"
    (folder / "_temporary").mkdir(parents=True)
    for number in (1, 2):
        part = pl.DataFrame([as_json(number)])
        part.write_parquet(folder / f"part-0000{number}-c000.snappy.parquet")
    (folder / "_SUCCESS").touch()
    (folder / "_temporary" / "x.parquet").write_bytes(b"unfinished")
    (folder / ".part-00001.crc").write_bytes(b"sum")
    take("tables", folder)
    assert actors(rows) == ["a1", "a2"]
    assert take("tables", folder).already


def test_parts_say_in_their_folders_names_what_their_rows_share(
    tmp_path: Path, take: Take, rows: Rows
) -> None:
    part = tmp_path / "interactions" / "network=twitter" / "day=2014-09-10" / "part-0.csv"
    part.parent.mkdir(parents=True)
    head, first = HEAD.partition(",")[2], line(1).partition(",")[2]
    part.write_text(f"{head}\n{first}\n")
    take("tables", tmp_path / "interactions")
    assert rows("interactions")["network"].to_list() == ["twitter"]


def test_a_lakes_own_files_can_be_read_back(
    put: Put, take: Take, root: Path, tmp_path: Path, catalogue: Catalogue
) -> None:
    take("tables", put("interactions.csv", table(1, 2)))
    other, single = tmp_path / "other", tmp_path / "single"
    ingest(other, "tables", root / "interactions", catalogue)
    (file,) = (root / "interactions").rglob("*.parquet")
    ingest(single, "tables", file, catalogue)
    for lake in (other, single):
        assert (
            Lake(lake)
            .scan("interactions")
            .collect()
            .equals(Lake(root).scan("interactions").collect())
        )


@pytest.mark.parametrize("name", ["interactions-01.csv", "interactions_12.csv"])
def test_a_numbered_file_is_of_its_table(name: str, put: Put, take: Take, rows: Rows) -> None:
    take("tables", put(name, table(1)))
    assert actors(rows) == ["a1"]


def test_a_folder_that_names_no_table_is_refused(tmp_path: Path, take: Take) -> None:
    (tmp_path / "poems").mkdir()
    with pytest.raises(KloutError, match="'poems' names no table"):
        take("tables", tmp_path / "poems")


def test_a_folder_without_files_is_refused(tmp_path: Path, take: Take) -> None:
    (tmp_path / "interactions").mkdir()
    with pytest.raises(KloutError, match="a folder without a file of a table"):
        take("tables", tmp_path / "interactions")


def test_a_named_pipe_is_read(tmp_path: Path, take: Take, rows: Rows) -> None:
    pipe = tmp_path / "interactions.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(table(1, 2),))
    writer.start()
    take("tables", pipe)
    writer.join()
    assert actors(rows) == ["a1", "a2"]


def test_the_standard_input_is_read_by_the_name_it_is_given(tmp_path: Path) -> None:
    words = ["ingest", "tables", "-", "--as", "interactions.csv", "--lake", str(tmp_path / "lake")]
    bad = table(1, 2) + b"twitter,boo,a3,b,,2014-09-10T12:00:00Z,i3\n"
    done = subprocess.run(
        [sys.executable, "-m", "serving.cli", *words], input=bad, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"-, row 3: not declared reaction" in done.stderr
    assert b"klout-" not in done.stderr + done.stdout
    assert len(Lake(tmp_path / "lake").scan("interactions").collect()) == 2


@pytest.mark.parametrize("name", ["../x.csv", "", "a/b.csv"])
def test_a_name_with_folders_is_refused(name: str, put: Put, take: Take) -> None:
    with pytest.raises(KloutError, match="a file name without folders"):
        take("tables", put("x.csv", table(1)), name=name)


def test_a_path_that_is_no_utf_8_is_read_and_named(
    tmp_path: Path, root: Path, catalogue: Catalogue, quarantine: Refused
) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    path = folder / "interactions.csv"
    path.write_bytes(table(1) + b"twitter,boo,a3,b,,2014-09-10T12:00:00Z,i3\n")
    receipt = ingest(root, "tables", path, catalogue, Options())
    assert receipt.entry.quarantined == 1
    assert quarantine()["file"].to_list() == [f"{tmp_path}/caf\\xe9/interactions.csv"]
    assert Lake(root).entries[0].source == f"{tmp_path}/caf\\xe9/interactions.csv"
