"""`klout ingest --detect`: what a file, a folder or a zip is, and how it is read."""

from __future__ import annotations

import gzip
import io
import json
import os
import shlex
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from backports import zstd

from features.lake import TABLES, Lake
from features.lake.described import template
from features.sources.ingest import READERS
from features.sources.klout_reactions import HEADER
from tests.support.at_protocol import Op, like, v1
from tests.support.command import klout, refused

EVENT = {
    "id": "1",
    "type": "WatchEvent",
    "actor": {"login": "ann"},
    "repo": {"name": "bob/tool"},
    "payload": {"action": "started"},
    "created_at": "2015-01-01T00:00:00Z",
}
COMMENT = {"id": "a", "author": "ann", "parent_id": "t3_s", "created_utc": 1134365188}
LIKE = v1(Op("bob", "create", "app.bsky.feed.like", "1", like("ann", "p")))
REACTION = "u\ta\tp\t1413331199002\t1413331259002\tVenezuela Time"
POSTS = b'<posts>\n<row Id="1" PostTypeId="1" OwnerUserId="1" CreationDate="2020-01-01"/>\n</posts>'
SQL = b"CREATE TABLE `page` (\n  `page_id` int\n);\nINSERT INTO `page` VALUES (1);\n"
PAIRS = b"Choice,A_follower_count,B_follower_count\n1,5,3\n"


ACTIVITY = {
    "id": "tag:search.twitter.com,2005:1",
    "objectType": "activity",
    "actor": {"preferredUsername": "Ann"},
    "verb": "post",
    "postedTime": "2014-01-17T12:00:00.000Z",
}
ACTOR = {"id": "https://example.org/users/ann"}
POST = {
    "type": "Announce",
    "published": "2024-03-01T09:00:00Z",
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "object": "https://far.org/users/bob/statuses/1",
}
OUT = {"orderedItems": [POST]}
ACCOUNT = 'window.YTD.account.part0 = [{"account": {"username": "ann"}}]'
TWEETS = (
    'window.YTD.tweets.part0 = [{"tweet": {"id_str": "1", "full_text": "hello", '
    '"created_at": "Sat Feb 18 12:33:11 +0000 2023"}}]'
)


def zipped(files: dict[str, Any]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, held in files.items():
            archive.writestr(name, held if isinstance(held, str) else json.dumps(held))
    return packed.getvalue()


def line(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


FILES: dict[str, tuple[str, bytes]] = {
    "tables": ("interactions.csv", template("interactions").encode()),
    "higgs": ("activity.txt", b"1 2 1341100972 RT\n3 2 1341100973 MT\n"),
    "wikilinks": ("links.tsv", b"# source target\nPel%C3%A9\tC%2B%2B\n"),
    "klout-reactions": ("s_tw.tsv", ("\t".join(HEADER) + "\n" + REACTION + "\n").encode()),
    "pairs": ("train.csv", PAIRS),
    "snap": ("CollegeMsg.txt", b"src dst time\n1 2 1082040961\n"),
    "gharchive": ("2015-01-01-0.json", line(EVENT)),
    "reddit": ("RC_2005-12", line(COMMENT)),
    "bluesky": ("a.jsonl", line(LIKE)),
    "mediawiki": ("pageviews-20240301-user", b"xx.wikipedia Ann null desktop 5 A5\n"),
    "stackexchange": ("dump", b""),
    "activitystreams": ("a.jsonl", line(ACTIVITY)),
    "mastodon": (
        "archive-20240309100000-0f.zip",
        zipped({"actor.json": ACTOR, "outbox.json": OUT}),
    ),
    "xarchive": ("x.zip", zipped({"data/account.js": ACCOUNT, "data/tweets.js": TWEETS})),
}


def put(folder: Path, form: str) -> Path:
    name, data = FILES[form]
    path = folder / name
    if form == "stackexchange":
        path.mkdir()
        (path / "Posts.xml").write_bytes(POSTS)
        (path / "Users.xml").write_bytes(b'<users><row Id="1" Views="2"/></users>')
    else:
        path.write_bytes(data)
    return path


def detect(path: Path) -> tuple[str, str]:
    """Give the two lines that are said of a path that is of one format."""
    ended = klout("ingest", "--detect", path)
    assert (ended.code, ended.err) == (0, ""), ended
    what, command = ended.out.splitlines()
    return what, command.strip()


def test_every_format_is_tried_here() -> None:
    assert set(FILES) == set(READERS)


FILLED = {
    "NETWORK": "twitter",
    "REACTION": "mention",
    "SITE": "s",
    "DAY": "2013-04-01",
}


@pytest.mark.parametrize("form", [form for form in FILES if form != "pairs"])
def test_a_file_is_known_by_one_format_and_the_command_reads_it(form: str, tmp_path: Path) -> None:
    path = put(tmp_path, form)
    what, command = detect(path)
    assert what.startswith(f"{path}: {form}: ")
    filled = [FILLED.get(word, word) for word in shlex.split(command)]
    assert filled[0] == "klout"
    lake = tmp_path / "L"
    ended = klout(*(str(lake) if word == "LAKE" else word for word in filled[1:]), "--quiet")
    assert ended.code == 0, ended
    assert any(Lake(lake).entries[0].rows.values())


def test_pairs_are_known_by_their_header(tmp_path: Path) -> None:
    what, command = detect(put(tmp_path, "pairs"))
    assert ": pairs: " in what
    assert "--network NETWORK --day DAY" in command


@pytest.mark.parametrize("form", ["higgs", "snap", "gharchive", "reddit", "wikilinks"])
@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_packed_files_are_looked_into_whatever_they_are_called(form, pack, tmp_path: Path) -> None:
    path = tmp_path / "download"
    path.write_bytes(pack(FILES[form][1]))
    assert detect(path)[0].startswith(f"{path}: {form}: ")


@pytest.mark.parametrize("form", ["gharchive", "reddit", "mediawiki"])
def test_folders_are_known_by_what_is_in_them(form: str, tmp_path: Path) -> None:
    put(tmp_path, form)
    (tmp_path / "notes.txt").write_text("nothing")
    assert detect(tmp_path)[0].startswith(f"{tmp_path}: {form}: ")


def test_a_folder_of_several_formats_is_looked_at_file_by_file(tmp_path: Path) -> None:
    for form in ("higgs", "snap", "stackexchange"):
        put(tmp_path, form)
    ended = klout("ingest", "--detect", tmp_path)
    said = [line.split(": ")[:2] for line in ended.out.splitlines()[::2]]
    assert said == [
        [f"{tmp_path}/CollegeMsg.txt", "snap"],
        [f"{tmp_path}/activity.txt", "higgs"],
        [f"{tmp_path}/dump", "stackexchange"],
    ]


@pytest.mark.parametrize("form", ["stackexchange", "gharchive", "reddit", "mediawiki"])
def test_zips_are_looked_into(form: str, tmp_path: Path) -> None:
    path = put(tmp_path, form)
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            archive.write(file, f"a folder/{file.name}")
    what, command = detect(packed)
    assert what.startswith(f"{packed}: {form}: ")
    assert what.endswith(", in a zip")
    assert command.startswith(f"unzip it to FOLDER, then: klout ingest {form} FOLDER")


def test_several_paths_may_be_given(tmp_path: Path) -> None:
    higgs, snap, reddit = (put(tmp_path, form) for form in ("higgs", "snap", "reddit"))
    ended = klout("ingest", "--detect", higgs, snap, reddit)
    assert [line.split(": ")[1] for line in ended.out.splitlines()[::2]] == [
        "higgs",
        "snap",
        "reddit",
    ]


def test_a_table_of_one_wiki_needs_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "rmwiki-20240301-page.sql.gz"
    path.write_bytes(gzip.compress(SQL))
    assert "a table of rmwiki; give its folder" in detect(path)[0]


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"pairs"}))
def test_our_tables_are_known_by_their_columns_under_any_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / "my log.txt"
    path.write_text(template(name))
    what, command = detect(path)
    assert what.endswith(f": tables: the table {name}")
    assert f"'{path}' --as {name}.csv" in command


def test_parquet_and_json_are_known(tmp_path: Path) -> None:
    row = {"network": "wikipedia", "source": "a", "target": "b"}
    (tmp_path / "a.ndjson").write_bytes(line(row))
    assert "--as links.jsonl" in detect(tmp_path / "a.ndjson")[1]
    pl.DataFrame([row]).write_parquet(tmp_path / "links.parquet")
    assert detect(tmp_path / "links.parquet")[0].endswith(": tables: the table links")


@pytest.mark.parametrize(
    "data", [b"", b"hello\n", b"\x00\x01\x02", b"{}\n", b"[1]\n", b"\x1f\x8b\x08cut", b"1\n2\n"]
)
def test_what_is_not_known_is_said_to_be(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert refused("ingest", "--detect", path) == (
        f"klout: {path}: of no format that is known; klout ingest --list shows them\n"
    )


def test_a_path_that_can_not_be_looked_at_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refused("ingest", "--detect", tmp_path / "absent")
    assert "of no format that is known" in refused("ingest", "--detect", tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "neither a file nor a folder" in refused("ingest", "--detect", tmp_path / "pipe")
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("x", "y" * 1000)
    bad.write_bytes(bad.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x09"))
    assert "damaged zip" in refused("ingest", "--detect", bad)


def test_real_files_are_known(shared: Path) -> None:
    expected = {
        "college-messages/CollegeMsg.txt.gz": "snap",
        "github": "gharchive",
        "github/2015-01-01-0.json.gz": "gharchive",
        "higgs-twitter/higgs-activity_time.txt.gz": "higgs",
        "klout-reactions/user_timestamp_open_set_fb.tsv": "klout-reactions",
        "mediawiki": "mediawiki",
        "peerindex/judgements.csv": "pairs",
        "reddit/RC_2005-12.zst": "reddit",
        "stackexchange-bicycles-meta": "stackexchange",
        "wikispeedia/links.tsv.gz": "wikilinks",
    }
    found = {name: detect(shared / name)[0].split(": ")[1] for name in expected}
    assert found == expected


def test_what_is_known_is_said_though_another_path_is_not(tmp_path) -> None:
    (tmp_path / "x.txt").write_text("x\n")
    (tmp_path / "interactions.csv").write_text("network,reaction,actor,target,at\n")
    done = klout("ingest", "--detect", tmp_path / "interactions.csv", tmp_path / "x.txt")
    assert done.code == 1
    assert "the table interactions" in done.out
    assert "x.txt: of no format that is known" in done.err
