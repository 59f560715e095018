"""A source that had rows refused comes again, and only what was refused is taken."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
from typer.testing import CliRunner

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import BUILT_IN, load_networks
from features.errors import KloutError
from features.lake import Lake, Piece, Source, write
from serving.cli.app import app
from serving.daily.arrivals import arrivals
from tests.support.killing import contents, kills, strays

NETWORKS = BUILT_IN
AT = "2024-03-01T12:00:00"
NOW = datetime(2024, 6, 1, tzinfo=UTC)
BOOST = 'title = "Mastodon"\n[reactions]\nboost = "boosts"\n'
BOTH = BOOST + 'reply = "replies"\n'


def row(network="twitter", reaction="reply", **other):
    pair = {"network": network, "reaction": reaction, "actor": "a", "target": "b"}
    return pair | {"content": None, "at": AT, "id": None} | other


ROWS = [row(), row("mastodon", "boost"), row("mastodon", "boost"), row("mastodon")]


@pytest.fixture
def source(put):
    return put("here/interactions.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS).encode())


@pytest.fixture
def declared(put):
    """Declare Mastodon as a text says, and give the folder."""
    return lambda text: put("networks/mastodon.toml", text.encode()).parent


@pytest.fixture
def say(root):
    """Ingest a path by the command, and give its exit code and what it says."""

    def say(path, networks=None, form="tables", *more):
        options = [] if networks is None else ["--networks", str(networks)]
        call = ["ingest", form, str(path), "--lake", str(root), *options, *more]
        result = CliRunner().invoke(app, call)
        assert isinstance(result.exception, KloutError | SystemExit | None)
        said = f"{result.output} {result.exception or ''}"
        return result.exit_code, said.replace(str(path), "SOURCE").replace("\n", " ")

    return say


def refused(root):
    return [path for path in root.glob("quarantine/*") if len(pl.read_parquet(path))]


def test_networks_forgotten_once(source, declared, say, root, rows):
    code, said = say(source)
    assert (code, len(rows("interactions"))) == (1, 1)
    assert "1 interactions; repeated 0; quarantined 3" in said
    code, said = say(source, declared(BOTH))
    assert (code, len(rows("interactions"))) == (0, 4)
    assert "SOURCE: 3 rows that were refused before are in the lake now; 0 are still" in said
    assert not refused(root)
    before = contents(root)
    code, said = say(source, declared(BOTH))
    assert (code, contents(root)) == (0, before)
    assert "SOURCE: already in the lake; nothing changed" in said


def test_a_declaration_mended_twice(source, declared, say, root, rows, quarantine):
    say(source)
    code, said = say(source, declared(BOOST))
    assert (code, len(rows("interactions"))) == (1, 3)
    assert "2 rows that were refused before are in the lake now; 1 are still refused" in said
    assert "1 rows; first: SOURCE, row 4: not declared reaction" in said
    assert quarantine()["row"].to_list() == [4]
    code, _ = say(source, declared(BOTH))
    assert (code, len(rows("interactions")), refused(root)) == (0, 4, [])


def test_what_is_refused_as_before_is_said_and_changes_nothing(source, say, root):
    say(source)
    before = {path: path.read_bytes() for path in root.rglob("*.*") if path.is_file()}
    code, said = say(source)
    assert code == 1
    assert "already in the lake but for 3 rows that are still refused; nothing changed" in said
    assert "3 rows; first: SOURCE, row 2: " in said
    assert {path: path.read_bytes() for path in root.rglob("*.*") if path.is_file()} == before


def test_a_source_may_have_moved_since(source, declared, say, rows, tmp_path):
    say(source)
    (tmp_path / "there").mkdir()
    moved = shutil.move(source, tmp_path / "there" / source.name)
    assert say(moved, declared(BOOST))[0] == 1
    assert say(moved, declared(BOTH))[0] == 0
    assert len(rows("interactions")) == 4


def test_a_refused_row_whose_id_came_since_is_a_repeat(put, declared, say, root, rows):
    again = json.dumps(row("mastodon", "boost", id="1")).encode()
    first, other = put("a/interactions.jsonl", again), put("b/interactions.jsonl", again + b"\n\n")
    say(first)
    assert say(other, declared(BOOST))[0] == 0
    code, said = say(first, declared(BOOST))
    assert (code, len(rows("interactions")), refused(root)) == (0, 1, [])
    assert "0 rows that were refused before are in the lake now; 0 are still refused; rep" in said


def test_without_the_quarantine_nobody_knows_which_rows_they_were(source, declared, say, root):
    say(source)
    shutil.rmtree(root / "quarantine")
    before = contents(root)
    code, said = say(source, declared(BOTH))
    assert (code, contents(root)) == (1, before)
    assert "but for 3 refused rows, and" in said


def test_it_may_be_read_in_other_pieces(source, declared, say, rows, monkeypatch):
    say(source)
    monkeypatch.setattr("features.sources.json_lines.PIECE_ROWS", 1)
    assert say(source, declared(BOTH))[0] == 0
    assert len(rows("interactions")) == 4


def test_a_dump_of_several_files(put, say, rows, root):
    posts = [{"Id": 1, "PostTypeId": 1, "OwnerUserId": 7, "CreationDate": "2020-01-01T10:00:00"}]
    posts += [{**posts[0], "Id": 2, "PostTypeId": 2, "ParentId": 1, "OwnerUserId": 8}]
    notes = [{"Id": 3, "PostId": 1, "UserId": 8, "CreationDate": "2020-01-02T10:00:00"}]
    files = {"posts": posts, "users": [{"Id": 7, "Views": 3}], "comments": notes}
    for name, lines in files.items():
        each = [" ".join(f'{key}="{value}"' for key, value in line.items()) for line in lines]
        text = "".join(f"<row {line}/>" for line in each)
        dump = put(f"dump/{name.title()}.xml", f"<{name}>{text}</{name}>".encode()).parent
    nothing = put("none/stackexchange.toml", b'title = "SE"\n[reactions]\nanswer = "answers"\n')
    form = ("stackexchange", "--site", "s")
    code, _ = say(dump, nothing.parent, *form)
    kept = len(rows("interactions"))
    assert (code, kept, len(refused(root))) == (1, 1, 3)
    whole = (NETWORKS / "stackexchange.toml").read_bytes()
    code, said = say(dump, put("whole/stackexchange.toml", whole).parent, *form)
    assert (code, refused(root)) == (0, [])
    assert len(rows("interactions")) == 2
    assert "4 rows that were refused before are in the lake now; 0 are still" in said


def test_of_several_rows_from_one_row_of_a_file_only_the_refused_come(root, catalogue):
    counter = {"row": 5, "network": "twitter", "account": "a", "at": AT}
    lines = [{**counter, "counter": "followers", "value": value} for value in (1.0, -1.0, 2.0)]
    lines[1] |= {"counter": "karma", "value": 3.0}
    frame = pl.DataFrame(lines, schema_overrides={"row": pl.UInt64})
    source = Source("f", "test", "d" * 64)
    first = write(root, [Piece("counters", frame, "f")], source, catalogue, NOW)
    assert (first.entry.rows, first.entry.quarantined) == ({"counters": 2}, 1)
    again = write(root, [Piece("counters", frame, "f")], source, with_karma(), NOW)
    assert (again.entry.rows, again.entry.quarantined) == ({"counters": 1}, 0)
    assert sorted(Lake(root).scan("counters").collect()["value"]) == [1.0, 2.0, 3.0]


def with_karma():
    networks = load_networks()
    twitter = next(network for network in networks if network.name == "twitter")
    karma = replace(twitter.counters[0], name="karma")
    return Catalogue((replace(twitter, counters=(*twitter.counters, karma)),))


def test_what_was_refused_and_is_not_read_any_more_does_not_get_lost(root, catalogue):
    frame = pl.DataFrame([{"row": n, **line} for n, line in enumerate(ROWS)])
    frame = frame.with_columns(pl.col("row").cast(pl.UInt64))
    source = Source("f", "test", "d" * 64)
    write(root, [Piece("interactions", frame, "f")], source, catalogue, NOW)
    before = contents(root)
    with pytest.raises(KloutError, match="1 rows that were refused before are not read from it"):
        write(root, [Piece("interactions", frame[:3], "f")], source, catalogue, NOW)
    assert (contents(root), len(refused(root))) == (before, 1)


def test_a_kill_at_any_moment_leaves_all_rows_once(root, monkeypatch, declared, catalogue):
    frame = pl.DataFrame([{"row": n + 1, **line} for n, line in enumerate(ROWS)])
    frame = frame.with_columns(pl.col("row").cast(pl.UInt64))
    source = Source("f", "test", "d" * 64)
    mended = Catalogue(load_networks(declared(BOOST)))
    number = iter(range(1000))

    def again():
        return write(lake, [Piece("interactions", frame, "f")], source, mended, NOW)

    def fresh():
        nonlocal lake
        lake = root / str(next(number))
        write(lake, [Piece("interactions", frame, "f")], source, catalogue, NOW)
        return again

    lake = root
    for _ in kills(monkeypatch, fresh):
        assert len(Lake(lake).scan("interactions").collect()) in (1, 3)
        again()
        assert len(Lake(lake).scan("interactions").collect()) == 3
        kept = pl.concat(pl.read_parquet(path) for path in lake.glob("quarantine/*"))
        assert kept["row"].to_list() == [4]
        assert not strays(lake)


def test_what_was_refused_and_is_in_since_is_not_counted_as_refused(source, declared, say, root):
    say(source)
    say(source, declared(BOOST))
    day = datetime(2024, 3, 2, tzinfo=UTC).date()
    came = arrivals(Lake(root).entries, 0, None, day)
    assert (came.came, came.quarantined) == (3, 1)
