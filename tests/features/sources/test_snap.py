"""Edge lists whose columns are declared: SNAP's and others'."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.errors import KloutError
from features.lake import Lake
from features.sources import snap
from tests.features.conftest import Put, Take
from tests.support.command import klout, refused

MENTION = {"columns": "actor,target,at", "network": "twitter", "reaction": "mention"}
NOON = datetime(2004, 4, 15, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())


def edges(rows: pl.DataFrame) -> list[tuple[str, str]]:
    return rows.sort("actor", "target").select("actor", "target").rows()


@pytest.mark.parametrize("parted", [" ", "\t", ",", ", ", "   "])
def test_fields_are_parted_by_blanks_tabs_or_commas(parted, put: Put, take: Take, rows) -> None:
    lines = [parted.join(["a", "b", str(SECONDS)]), parted.join(["c", "b", str(SECONDS)])]
    take("snap", put("e.txt", "\n".join(lines).encode()), **MENTION)
    found = rows("interactions")
    assert edges(found) == [("a", "b"), ("c", "b")]
    assert set(found["at"]) == {NOON}
    assert set(found["reaction"]) == {"mention"}


def test_blanks_around_an_edge_are_no_fields(put: Put, take: Take, rows) -> None:
    lines = [f"a\tb\t{SECONDS}\t", f"  c b {SECONDS} ", f"\td,b,{SECONDS}"]
    receipt = take("snap", put("e.txt", "\r\n".join(lines).encode()), **MENTION)
    assert receipt.entry.quarantined == 0
    assert edges(rows("interactions")) == [("a", "b"), ("c", "b"), ("d", "b")]


def test_comments_and_a_header_are_no_edges_and_the_header_is_counted(put, take, rows) -> None:
    data = f"# Directed graph\n% KONECT\n\nsrc dst time\na b {SECONDS}\n"
    receipt = take("snap", put("e.txt.gz", data.encode()), **MENTION)
    assert (receipt.entry.rows, receipt.entry.quarantined) == ({"interactions": 1}, 0)
    assert receipt.entry.left_out == {"header": 1}


def test_a_header_below_the_first_piece_is_one_too(put, take, monkeypatch) -> None:
    monkeypatch.setattr("features.sources.lines.PIECE_ROWS", 1)
    data = f"# comment\nsrc dst time\na b {SECONDS}\nx y time\n"
    receipt = take("snap", put("e.txt", data.encode()), **MENTION)
    assert receipt.entry.left_out == {"header": 1}
    assert (receipt.entry.rows, receipt.entry.quarantined) == ({"interactions": 1}, 1)


@pytest.mark.parametrize(
    ("at", "read"),
    [
        (str(SECONDS), NOON),
        (f"{SECONDS}.72836", NOON),
        ("2004-04-15T12:00:00Z", NOON),
        ("2004-04-15", NOON.replace(hour=0)),
    ],
)
def test_times_are_seconds_or_iso(at, read, put, take, rows) -> None:
    take("snap", put("e.txt", f"a b {at}\n".encode()), **MENTION)
    assert rows("interactions")["at"].to_list() == [read]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a b 1082040961000", "at: not a time in ISO 8601"),  # milliseconds
        ("a b 0x12", "at: not a time in ISO 8601"),
        ("a b", "expected 3 fields: a b"),
        (f"a b {SECONDS} 1", "expected 3 fields: a b"),
        (f"a,,{SECONDS}", "expected 3 fields"),
    ],
)
def test_a_bad_edge_is_refused_by_file_and_line(line, reason, put, take, quarantine) -> None:
    path = put("e.txt", f"x y {SECONDS}\n{line}\n".encode())
    assert take("snap", path, **MENTION).entry.rows == {"interactions": 1}
    bad = quarantine().row(0, named=True)
    assert (bad["file"], bad["row"]) == (str(path), 2)
    assert reason in bad["reason"]


def test_a_weight_is_so_many_interactions_in_pieces_of_bounded_size(
    put, take, rows, quarantine, monkeypatch
) -> None:
    monkeypatch.setattr(snap, "WEIGHTED_ROWS", 2)
    weights = ["3", "1", "0", "-10", "2.5", "1001", "many", "1000"]
    lines = [f"a{n} b {weight}" for n, weight in enumerate(weights)]
    options = {"columns": "actor,target,weight", "network": "twitter", "reaction": "retweet"}
    day = NOON.date()
    take("snap", put("e.txt", "\n".join(lines).encode()), day=day, **options)
    counted = dict(rows("interactions").group_by("actor").len().rows())
    assert counted == {"a0": 3, "a1": 1, "a7": 1000}
    assert quarantine()["row"].to_list() == [3, 4, 5, 6, 7]
    assert "weight: -10 is no whole number from 1 to 1000" in quarantine()["reason"][1]
    assert set(rows("interactions")["at"].dt.date()) == {day}


def test_kinds_ids_and_columns_that_are_not_read(put, take, rows) -> None:
    data = f"1 a b like 9 {SECONDS} x\n2 c b boo 9 {SECONDS} y\n"
    columns = "-,actor,target,reaction,content,at,id"
    receipt = take("snap", put("e.txt", data.encode()), columns=columns, network="twitter")
    assert receipt.entry.quarantined == 1
    assert rows("interactions").select("actor", "reaction", "content", "id").rows() == [
        ("a", "like", "9", "x")
    ]


def test_sources_and_targets_are_links(put, take, rows) -> None:
    options = {"columns": "source,target", "network": "wikipedia"}
    receipt = take("snap", put("e.txt", b"# From To\n1\t2\n2\t3\t4\n"), **options)
    assert (receipt.entry.rows, receipt.entry.quarantined) == ({"links": 1}, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "name the columns in their order, as --columns actor,target,at"),
        ({"columns": "actor,target,when"}, "unknown column 'when'; allowed: ['actor'"),
        ({"columns": "actor,actor,target"}, "the column 'actor' is there twice"),
        ({"columns": "actor,at"}, "needs the columns actor and target, or source and target"),
        ({"columns": "source,target,at"}, "a link has no column ['at']"),
        ({"columns": "actor,target,at,weight,id"}, "an id names one interaction, so it has no"),
        ({"columns": "actor,target,at"}, "name the edges' --network, one of ["),
        ({"columns": "actor,target,at", "network": "x"}, "unknown network 'x'; name the edges'"),
        ({"columns": "actor,target,at", "network": "twitter"}, "name the edges' --reaction"),
        ({**MENTION, "reaction": "boo"}, "'boo' is no reaction of twitter; there are ['like'"),
        ({**MENTION, "columns": "actor,target"}, "name the column of times (at), or the --day"),
        ({**MENTION, "day": NOON.date()}, "name the column of times (at), or the --day"),
        ({"columns": "source,target", "network": "twitter"}, "twitter has no page_graph"),
    ],
)
def test_what_is_said_of_the_columns_must_be_whole(options, said, put, take, root) -> None:
    with pytest.raises(KloutError) as caught:
        take("snap", put("e.txt", b"a b 1\n"), **options)
    assert str(caught.value).startswith(f"snap: {said}")
    assert not [*root.rglob("*.parquet")]


def test_other_columns_make_it_another_source(put, take) -> None:
    path = put("e.txt", f"a b {SECONDS}\n".encode())
    take("snap", path, **MENTION)
    assert take("snap", path, **MENTION).already
    assert not take("snap", path, **{**MENTION, "columns": "target,actor,at"}).already


def test_the_command_says_what_came_of_the_lines(tmp_path: Path) -> None:
    file, lake = tmp_path / "e.txt", tmp_path / "L"
    file.write_text(f"src dst time\na b {SECONDS}\n")
    words = ["ingest", "snap", file, "--lake", lake, "--columns", "actor,target,at"]
    ended = klout(*words, "--network", "twitter", "--reaction", "mention")
    assert (ended.code, ended.err) == (0, "")
    said = "1 interactions; repeated 0; quarantined 0; left out 1: 1 header"
    assert " ".join(ended.out.split()).endswith(said)
    assert "name the columns" in refused("ingest", "snap", file, "--lake", lake)


def test_a_cut_file_is_named_and_nothing_is_written(put: Put, take: Take, root: Path) -> None:
    path = put("e.txt.gz", b"".join(b"%d %d 1341100972\n" % (n, n * 7919) for n in range(9999)))
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(KloutError, match=r"e\.txt\.gz: truncated or corrupt gzip"):
        take("snap", path, **MENTION)
    assert not [*root.rglob("*.parquet")]


def test_the_students_messages_are_taken_whole(shared, take, root) -> None:
    file = shared / "college-messages/CollegeMsg.txt.gz"
    receipt = take("snap", file, **MENTION)
    twin = [line.split() for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
    assert receipt.entry.left_out == {"header": 1}
    assert receipt.entry.quarantined == 0
    written = Lake(root).scan("interactions").collect()
    assert len(written) == len(twin) - 1 == 59_835
    seconds = written["at"].dt.epoch("s").cast(pl.String)
    assert sorted(zip(written["actor"], written["target"], seconds, strict=True)) == sorted(
        map(tuple, twin[1:])
    )
