import gzip
import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import polars as pl
import pytest

from features.errors import KloutError
from features.sources import xml_rows

DAY = "2020-01-0{}T10:00:00.000"
QUESTION = {"Id": 1, "PostTypeId": 1, "OwnerUserId": 10, "CreationDate": DAY.format(1)}
ANSWER = {"Id": 2, "PostTypeId": 2, "ParentId": 1, "OwnerUserId": 20, "CreationDate": DAY.format(2)}
USER = {"Id": 10, "Reputation": 999, "Views": 7, "LastAccessDate": DAY.format(9)}


@pytest.fixture
def dump(put, tmp_path):
    """Write a dump from rows given by file."""

    def dump(end=".xml", **files):
        for name, rows in {"Posts": [QUESTION, ANSWER], "Users": [USER], **files}.items():
            root = name.lower()
            lines = [
                "  <row {} />".format(" ".join(f'{k}="{v}"' for k, v in row.items()))
                for row in rows
            ]
            text = [f'<?xml version="1.0" encoding="utf-8"?>\r\n<{root}>', *lines, f"</{root}>"]
            put(f"dump/{name}{end}", b"\xef\xbb\xbf" + "\n".join(text).encode())
        return tmp_path / "dump"

    return dump


@pytest.fixture
def reactions(dump, take, rows):
    """Give the interactions of a kind, as (actor, target, content, at, id), that a dump holds."""

    def reactions(kind, **files):
        take("stackexchange", dump(**files), "s")
        found = rows("interactions").filter(pl.col("reaction") == kind).sort("id")
        return found.select("actor", "target", "content", "at", "id").rows()

    return reactions


def at(day, hour=10):
    return datetime(2020, 1, day, hour, tzinfo=UTC)


def test_an_answer_is_to_the_asker_and_on_the_question(reactions):
    assert reactions("answer") == [("s:20", "s:10", "s:1", at(2), "s:answer:2")]


def test_an_answer_may_stand_before_its_question(reactions):
    assert len(reactions("answer", Posts=[ANSWER, QUESTION])) == 1


def test_a_comment_is_to_the_posts_owner(reactions):
    comment = {"Id": 5, "PostId": 2, "UserId": 10, "CreationDate": DAY.format(3)}
    assert reactions("comment", Comments=[comment]) == [
        ("s:10", "s:20", "s:2", at(3), "s:comment:5")
    ]


def vote(kind, post=2, day="2020-01-04T00:00:00.000", **more):
    return {"Id": 8, "PostId": post, "VoteTypeId": kind, "CreationDate": day, **more}


def test_an_accept_counts_on_the_day_of_its_vote(reactions):
    posts = [QUESTION | {"AcceptedAnswerId": 2}, ANSWER]
    assert reactions("accept", Posts=posts, Votes=[vote(1)]) == [
        ("s:10", "s:20", "s:2", at(4, 0), "s:accept:2")
    ]


def test_an_accept_is_never_before_its_answer(reactions):
    posts = [QUESTION | {"AcceptedAnswerId": 2}, ANSWER]
    same_day = vote(1, day="2020-01-02T00:00:00.000")
    assert reactions("accept", Posts=posts, Votes=[same_day])[0][3] == at(2)


def test_an_accept_without_a_vote_is_quarantined_as_its_time_is_not_known(dump, take, quarantine):
    take("stackexchange", dump(Posts=[QUESTION | {"AcceptedAnswerId": 2}, ANSWER]), "s")
    assert quarantine().select("row", "reason").rows() == [(1, "at: missing")]


def test_favourites_and_bounties_count_if_their_giver_is_named(reactions):
    votes = [vote(5, 1, UserId=20), vote(5, 1), vote(2, 1), vote(3, 1, UserId=20)]
    assert reactions("favourite", Votes=votes) == [
        ("s:20", "s:10", "s:1", at(4, 0), "s:favourite:8")
    ]


@pytest.mark.parametrize("kind", [8, 9])
def test_a_bounty_is_to_the_posts_owner(kind, reactions):
    votes = [vote(kind, UserId=30, BountyAmount=50), vote(kind, BountyAmount=50)]
    assert reactions("bounty", Votes=votes) == [("s:30", "s:20", "s:2", at(4, 0), "s:bounty:8")]


@pytest.mark.parametrize("nobody", [{}, {"OwnerUserId": -1}])
def test_the_deleted_and_the_community_user_take_no_part(nobody, dump, take):
    owned = {k: v for k, v in QUESTION.items() if k != "OwnerUserId"}
    comments = [
        {"Id": 1, "PostId": 1, "UserId": 20, "CreationDate": DAY.format(3)},
        {"Id": 2, "PostId": 2, "CreationDate": DAY.format(3)},
        {"Id": 3, "PostId": 2, "UserId": -1, "CreationDate": DAY.format(3)},
        {"Id": 4, "PostId": 99, "UserId": 20, "CreationDate": DAY.format(3)},
    ]
    receipt = take("stackexchange", dump(Posts=[owned | nobody, ANSWER], Comments=comments), "s")
    assert receipt.entry.rows == {"contents": 1, "counters": 1}
    assert receipt.entry.quarantined == 0


def test_only_questions_and_answers_are_contents(dump, take, rows):
    take(
        "stackexchange", dump(Posts=[QUESTION, ANSWER, QUESTION | {"Id": 3, "PostTypeId": 4}]), "s"
    )
    assert rows("contents").sort("content").select("author", "content", "kind").rows() == [
        ("s:10", "s:1", "question"),
        ("s:20", "s:2", "answer"),
    ]


@pytest.mark.parametrize("tags", ["&lt;wheels&gt;&lt;c#&gt;", "|wheels|c#|"])
def test_a_questions_tags_are_its_topics_and_its_answers(tags, dump, take, rows):
    untagged, unowned = {"Id": 3}, {"Id": 4, "ParentId": 1, "PostTypeId": 2}
    posts = [ANSWER, QUESTION | {"Tags": tags}, QUESTION | untagged]
    posts.append({k: v for k, v in (ANSWER | unowned).items() if k != "OwnerUserId"})
    take("stackexchange", dump(Posts=posts), "s")
    assert rows("topics").sort("content", "topic").rows() == [
        ("stackexchange", "s:1", "c#", "s:10"),
        ("stackexchange", "s:1", "wheels", "s:10"),
        ("stackexchange", "s:2", "c#", "s:20"),
        ("stackexchange", "s:2", "wheels", "s:20"),
    ]


def test_views_are_dated_by_the_dumps_latest_time_but_never_by_one_to_come(dump, take, rows):
    users = [USER, USER | {"Id": 11, "LastAccessDate": "2999-01-01T00:00:00.000"}]
    take("stackexchange", dump(Users=users), "s")
    views = rows("counters").sort("account")
    assert views.select("account", "counter", "value", "at").rows() == [
        ("s:10", "profile_views", 7.0, at(9)),
        ("s:11", "profile_views", 7.0, at(9)),
    ]


def badge(user, kind, day):
    return {"Id": 1, "UserId": user, "Class": kind, "Date": DAY.format(day)}


def test_badges_add_up_by_class_in_order_of_time(dump, take, rows):
    badges = [badge(10, 3, 2), badge(10, 3, 1), badge(10, 1, 2), badge(20, 3, 1)]
    badges += [badge(10, 3, 5), badge(10, 3, 5)]
    take("stackexchange", dump(Badges=badges), "s")
    bronze = rows("counters").filter(pl.col("counter") == "bronze_badges", account="s:10")
    assert bronze.sort("at").select("value", "at").rows() == [
        (1.0, at(1)),
        (2.0, at(2)),
        (4.0, at(5)),
    ]


def test_damaged_rows_are_quarantined_and_the_others_kept(dump, take, quarantine):
    posts = [QUESTION, ANSWER, ANSWER | {"Id": 3, "CreationDate": "soon"}]
    badges = [badge(10, 4, 1), badge(10, 3, 1) | {"Date": "never"}, badge(10, 3, 1)]
    take("stackexchange", dump(Posts=posts, Badges=badges, Users=[USER | {"Views": -5}]), "s")
    assert sorted(quarantine()["reason"].to_list()) == [
        "at: missing",
        "at: missing",
        "at: not a time in ISO 8601",
        "not declared counter",
        "value: below its minimum",
    ]


def test_a_large_file_comes_in_pieces(dump, monkeypatch):
    monkeypatch.setattr(xml_rows, "PIECE", 2)
    monkeypatch.setattr(xml_rows, "_CHUNK", 100)
    path = dump(Comments=[{"Id": n} for n in range(9)]) / "Comments.xml"
    frames = list(xml_rows.read_rows(path, "comments", ["Id"]))
    assert len(frames) > 2
    assert [row for frame in frames for row in frame["row"]] == [*range(1, 10)]


def test_the_same_dump_packed_or_another_day_adds_nothing_twice(dump, take, rows):
    take("stackexchange", dump(), "s")
    before = rows("interactions")
    later = dump(Posts=[QUESTION, ANSWER, ANSWER | {"Id": 3}])
    assert take("stackexchange", later, "s").entry.rows["interactions"] == 1
    assert len(rows("interactions")) == len(before) + 1


def test_the_site_must_be_named(dump, take):
    with pytest.raises(KloutError, match="--site"):
        take("stackexchange", dump())


def test_what_is_no_dump_is_refused(dump, take, put, tmp_path):
    with pytest.raises(KloutError, match="a file where a folder was expected"):
        take("stackexchange", put("Posts.xml", b"<posts/>"), "s")
    with pytest.raises(KloutError, match="no such folder"):
        take("stackexchange", tmp_path / "absent", "s")
    (dump() / "Users.xml").unlink()
    with pytest.raises(KloutError, match=r"needs Users\.xml or Users\.xml\.gz"):
        take("stackexchange", tmp_path / "dump", "s")


BOMB = (
    b'<!DOCTYPE b [<!ENTITY a "'
    + b"a" * 100_000
    + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8))
    + b']><votes><row Id="&i;"/></votes>'
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"Votes\.xml: the file is empty"),
        (b'<votes>\n<row Id="1">\n</votes>', r"Votes\.xml, line 3: malformed XML: mismatched tag"),
        (b'<votes>\n<row Id="1" />\n', r"Votes\.xml, line 3: malformed XML: no element found"),
        (b'<votes>\n<row Id="\xff" /></votes>', r"Votes\.xml, line 2: malformed XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><votes/>', r"line 1: malformed XML"),
        (b"<html><body/></html>", r"line 1: expected <row> elements in <votes>, found <html>"),
        (b"Id,PostId\n1,2\n", r"line 1: malformed XML"),
        (BOMB, r"malformed XML: limit on input amplification factor"),
    ],
)
def test_damaged_xml_is_refused_by_file_and_line(data, message, dump, put, take, root):
    folder = dump()
    put("dump/Votes.xml", data)
    with pytest.raises(KloutError, match=message):
        take("stackexchange", folder, "s")
    assert not [*root.rglob("*.parquet")]


def test_a_truncated_gzip_is_refused_by_file(dump, take):
    folder = dump(".xml.gz", Badges=[badge(n, 3, 1) for n in range(5000)])
    path = folder / "Badges.xml.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()))[:-50])
    with pytest.raises(KloutError, match=r"Badges\.xml\.gz: truncated or corrupt gzip"):
        take("stackexchange", folder, "s")


def _topics(shared):
    """Read what posts of the dump are about a second way: content and topic, sorted."""
    file = shared / "stackexchange-bicycles-meta/Posts.xml.gz"
    posts = {
        post.get("Id"): post for post in ElementTree.fromstring(gzip.decompress(file.read_bytes()))
    }
    found = []
    for key, post in posts.items():
        tags = posts[post.get("ParentId", key)].get("Tags") or ""
        if post.get("OwnerUserId") not in (None, "-1"):
            found += [(f"bicycles.meta:{key}", tag) for tag in tags.strip("<>").split("><") if tag]
    return sorted(found)


def test_the_bicycles_meta_dump_is_taken_whole(shared, take, rows):
    receipt = take("stackexchange", shared / "stackexchange-bicycles-meta", "bicycles.meta")
    assert receipt.entry.quarantined == receipt.entry.repeated == 0
    kinds = dict(rows("interactions")["reaction"].value_counts().rows())
    assert kinds == {"answer": 900, "comment": 2292, "accept": 151}
    users = ElementTree.fromstring(
        gzip.decompress((shared / "stackexchange-bicycles-meta/Users.xml.gz").read_bytes())
    )
    linked = named = 0
    for user in users:
        about = user.get("AboutMe") or ""
        addresses = set(re.findall(r"https?://[^\s\"'<>]+", about)) | {user.get("WebsiteUrl")}
        named += bool((user.get("DisplayName") or "").strip()) * (user.get("Id") != "-1")
        linked += len(addresses - {None, ""}) * (user.get("Id") != "-1")
    assert receipt.entry.rows == {
        "interactions": 3343, "contents": 1380, "counters": 6503 + 2550, "profile_links": linked,
        "profiles": named, "topics": len(_topics(shared)),
    }  # fmt: skip
    assert sorted(rows("topics").select("content", "topic").rows()) == _topics(shared)
    assert (linked > 2000, named > 2000) == (True, True)
    views = rows("counters").filter(pl.col("counter") == "profile_views")
    assert views["value"].sum() == 3063 - 50  # all but the Community user's
    assert views["at"].unique().to_list() == [datetime(2023, 9, 3, 2, 34, 13, 763000, tzinfo=UTC)]
