"""Reddit's dumps: replies are reactions to whoever wrote what they answer."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from features.errors import KloutError
from features.sources import buckets
from tests.support.command import klout, refused

AT = 1_134_365_188
NOON = datetime.fromtimestamp(AT, UTC)


def comment(name: str, author: Any, parent: str | None = "t3_s", **more: Any) -> dict[str, Any]:
    more = {"created_utc": AT, "score": 2, "body": "…", "link_id": "t3_s"} | more
    return {"id": name, "author": author, "parent_id": parent, **more}


def submission(name: str, author: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "author": author, "title": "…", "score": 9, "created_utc": AT, **more}


def lines(*items: Any) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in items)


@pytest.fixture
def dump(tmp_path: Path):
    """Write a dump as they are published: zst with a window of 2 GiB."""

    def dump(name: str, *items: Any, data: bytes | None = None) -> Path:
        each = zstd.CompressionParameter
        wide = {each.window_log: 31, each.enable_long_distance_matching: 1}
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zstd.compress(lines(*items) if data is None else data, options=wide))
        return path

    return dump


@pytest.fixture
def acts(take, rows):
    """Give what a path makes, as (reaction, actor, target, content, id)."""

    def acts(path: Path) -> list[tuple[str, ...]]:
        take("reddit", path)
        found = rows("interactions").sort("id")
        return found.select("reaction", "actor", "target", "content", "id").rows()

    return acts


def test_replies_are_to_the_parents_author_wherever_it_stands(dump, acts, rows) -> None:
    path = dump(
        "RC_2005-12.zst",
        comment("b", "bob", "t1_a"),
        comment("a", "ann", "t3_s"),
        submission("s", "sue"),
    )
    assert acts(path) == [
        ("comment", "ann", "sue", "t3_s", "t1_a"),
        ("reply", "bob", "ann", "t1_a", "t1_b"),
    ]
    assert set(rows("interactions")["at"]) == {NOON}
    assert rows("contents").sort("content").select("author", "content", "kind").rows() == [
        ("ann", "t1_a", "comment"),
        ("bob", "t1_b", "comment"),
        ("sue", "t3_s", "submission"),
    ]


@pytest.mark.parametrize("split", [1, 5])
def test_a_parent_may_be_in_another_month(split, dump, acts, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(buckets, "BUCKET_BYTES", 1000 // split)
    dump("d/RC_2006-01.zst", comment("b", "bob", "t1_a"))
    dump("d/RC_2005-12.zst", comment("a", "ann", "t3_s"))
    dump("d/RS_2005-12.zst", submission("s", "sue"))
    (tmp_path / "d/notes.txt").write_text("no dump")
    assert acts(tmp_path / "d") == [
        ("comment", "ann", "sue", "t3_s", "t1_a"),
        ("reply", "bob", "ann", "t1_a", "t1_b"),
    ]


def test_dumps_by_subreddit_are_read_as_well(dump, acts, tmp_path) -> None:
    dump("d/science_comments.zst", comment("a", "ann", "t3_s"))
    dump("d/science_submissions.zst", submission("s", "sue"))
    assert len(acts(tmp_path / "d")) == 1


def test_what_is_of_nobody_or_to_nobody_is_counted(dump, take, rows) -> None:
    path = dump(
        "RC_2005-12.zst",
        comment("a", "[deleted]"),
        comment("b", None),
        comment("c", "cat", "t1_a"),
        comment("d", "dan", "t1_zzz"),
        comment("e", "eve", "t1_c", _meta={"was_deleted_later": True, "removal_type": "deleted"}),
        comment("f", "fay", "t1_e", _meta={"was_deleted_later": False}),
    )
    receipt = take("reddit", path)
    assert receipt.entry.left_out == {
        "of deleted authors": 2,
        "deleted later": 1,
        "replies to deleted authors": 1,
        "replies to what is not in the files": 1,
    }
    # What Eve took back is no content of hers; Fay's reply to it remains hers to have received.
    assert rows("interactions").select("actor", "target").rows() == [("fay", "eve")]
    assert sorted(rows("contents")["author"]) == ["cat", "dan", "fay"]
    assert receipt.entry.quarantined == 0


@pytest.mark.parametrize("created", [AT, str(AT), float(AT), f"{AT}.0"])
def test_times_are_numbers_fractions_or_texts(created, dump, take, rows) -> None:
    take("reddit", dump("RC_2005-12.zst", comment("a", "ann", created_utc=created)))
    assert rows("contents")["at"].to_list() == [NOON]


def test_a_comment_without_parent_id_is_on_its_submission(dump, acts) -> None:
    path = dump("RC_2005-12.zst", comment("a", "ann", None), submission("s", "sue"))
    assert acts(path) == [("comment", "ann", "sue", "t3_s", "t1_a")]


def test_what_can_not_be_read_is_refused_by_line_and_the_rest_kept(dump, take, quarantine) -> None:
    good = lines(comment("a", "ann"))
    bad = [
        b'{"id": "b", "auth\n',
        lines(comment("c", "cat", created_utc="soon")),
        lines(comment("d", "dan", created_utc=None)),
        lines({"id": "e", "author": "eve", "created_utc": AT}),
        lines(comment("", "fay")),
    ]
    path = dump("RC_2005-12.zst", data=good + b"".join(bad) + lines(comment("z", "zoe")))
    receipt = take("reddit", path)
    assert receipt.entry.rows == {"contents": 2}
    found = quarantine()
    assert found["row"].to_list() == [2, 3, 4, 5, 6]
    reasons = ["malformed JSON", "created_utc: 'soon' is no time", "created_utc: 'None'"]
    reasons += ["neither a comment nor a submission", "id: missing"]
    for reason, said in zip(found["reason"], reasons, strict=True):
        assert reason.startswith(said)
    assert "cat" in found["data"][1]


def test_the_score_is_not_read(dump, take, rows) -> None:
    more = {"score": 2, "ups": 12, "gilded": 3, "awarders": []}
    take("reddit", dump("RC_2005-12.zst", comment("a", "ann", **more), submission("s", "sue")))
    assert rows("counters").is_empty()
    assert len(rows("interactions")) == 1


def test_a_cut_dump_is_named_and_nothing_is_written(dump, tmp_path: Path) -> None:
    dump("d/RC_2005-11.zst", comment("a", "ann"))
    cut = dump("d/RC_2005-12.zst", *(comment(str(n), f"u{n * 7919}") for n in range(9999)))
    cut.write_bytes(cut.read_bytes()[:-2000])
    said = refused("ingest", "reddit", tmp_path / "d", "--lake", tmp_path / "L", "--quiet")
    assert f"{cut}: truncated or corrupt zst" in said
    assert not list((tmp_path / "L").rglob("*.parquet"))


def test_a_folder_without_dumps_is_refused(take, tmp_path: Path) -> None:
    with pytest.raises(KloutError, match="no dumps here, named as RC_2005-12"):
        take("reddit", tmp_path)


def test_bzip2_is_read_and_named_where_it_is_cut(tmp_path: Path, take, rows) -> None:
    import bz2

    path = tmp_path / "RC_2005-12.bz2"
    packed = bz2.compress(lines(*(comment(str(n), f"u{n * 7919}") for n in range(9999))))
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(KloutError, match="truncated or corrupt bzip2"):
        take("reddit", path)
    path.write_bytes(packed)
    assert take("reddit", path).entry.rows == {"contents": 9999}


def test_a_real_month_is_taken_whole(shared, tmp_path: Path, take, rows) -> None:
    file = shared / "reddit/RC_2005-12.zst"
    window = {zstd.DecompressionParameter.window_log_max: 31}
    items = [
        json.loads(line) for line in zstd.decompress(file.read_bytes(), options=window).splitlines()
    ]
    receipt = take("reddit", file)
    named = {f"t1_{item['id']}": item["author"] for item in items}
    expected: Counter[Any] = Counter()
    unknown = to_nobody = 0
    for item in items:
        if item["author"] == "[deleted]":
            continue
        target = named.get(item["parent_id"])
        unknown += target is None
        to_nobody += target == "[deleted]"
        if target not in (None, "[deleted]"):
            expected[item["author"], target, item["created_utc"]] += 1
    acts = rows("interactions").with_columns(at=rows("interactions")["at"].dt.epoch("s"))
    assert Counter(acts.select("actor", "target", "at").iter_rows()) == expected
    assert set(acts["reaction"]) == {"reply"}
    deleted = sum(item["author"] == "[deleted]" for item in items)
    assert receipt.entry.rows == {
        "contents": len(items) - deleted,
        "interactions": expected.total(),
        "topics": len(items) - deleted,
    }
    about = Counter(rows("topics").select("content", "topic", "author").iter_rows())
    kept = (item for item in items if item["author"] != "[deleted]")
    assert about == Counter((f"t1_{i['id']}", i["subreddit"], i["author"]) for i in kept)
    assert (receipt.entry.quarantined, receipt.entry.repeated) == (0, 0)
    assert receipt.entry.left_out == {
        "replies to what is not in the files": unknown,
        "of deleted authors": deleted,
        "replies to deleted authors": to_nobody,
    }
    assert klout("ingest", "reddit", file, "--lake", tmp_path / "M").code == 0


def test_a_content_is_about_its_subreddit_but_not_about_somebodys_own_page(dump, take, rows):
    items = [
        comment("a", "ann", subreddit="Jazz"),
        comment("b", "bob", "t1_a", subreddit="u_ann"),
        comment("c", "[deleted]", subreddit="Jazz"),
        comment("d", "dan", "t1_a", subreddit=None),
    ]
    take("reddit", dump("RC_2005-12.zst", data=lines(*items)))
    assert rows("topics").rows() == [("reddit", "t1_a", "Jazz", "ann")]


def test_refused_lines_are_found_again(dump, take) -> None:
    bad = lines(comment("c", "cat", created_utc="soon"))
    data = lines(comment("a", "ann"), comment("b", "bob", "t1_a")) + bad
    path = dump("RC_2005-12.zst", data=data)
    assert take("reddit", path).entry.quarantined == 1
    again = take("reddit", path)
    assert again.already
    assert again.first_reason.startswith(f"{path}, row 3: created_utc: 'soon' is no time")
