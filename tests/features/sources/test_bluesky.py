"""Recordings of Bluesky: what records say, what is changed and taken back, and three forms."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from backports import zstd

from features.errors import KloutError
from features.lake import Lake
from features.lake.retractions import Undone
from features.people.optouts import opted_out
from tests.support.at_protocol import (
    CREATED,
    FOLLOW,
    LIKE,
    POST,
    PROFILE,
    REPOST,
    SEEN,
    Op,
    account,
    account_v1,
    commit,
    did,
    follow,
    frame,
    like,
    lines,
    mention,
    post,
    recording,
    repository,
    repost,
    subject,
    tid,
    uri,
    v1,
    v2,
)
from tests.support.command import klout, refused

LATER = date(2026, 7, 10)
MINUTE = timedelta(minutes=1)
NAMES = {did(name): name for name in ("ann", "bob", "cat", "dan")}


@pytest.fixture
def acts(put, take, standing):
    """Give what operations come to, as Jetstream's lines."""

    def acts(*ops: Op, name: str = "a.jsonl") -> list[tuple[str, str, str]]:
        take("bluesky", put(name, lines(*map(v1, ops))))
        return standing()

    return acts


@pytest.fixture
def standing(root):
    """Give the interactions that stand: (reaction, actor, target), sorted."""

    def standing(as_of: date = LATER) -> list[tuple[str, str, str]]:
        lake = Lake(root)
        left = Undone.of(lake, "bluesky", as_of).left_of("interactions", lake.scan("interactions"))
        rows = left.select("reaction", "actor", "target").collect().rows()
        return sorted((reaction, NAMES[actor], NAMES[target]) for reaction, actor, target in rows)

    return standing


@pytest.fixture
def published(root):
    def published(as_of: date = LATER) -> int:
        lake = Lake(root)
        left = Undone.of(lake, "bluesky", as_of).left_of("contents", lake.scan("contents"))
        return len(left.collect())

    return published


def create(record: dict[str, Any], key: str = "3k", who: str = "bob", **more: Any) -> Op:
    return Op(who, "create", record["$type"], key, record, **more)


def test_the_real_sample_comes_to_what_a_twin_counts(shared, take, rows) -> None:
    file = shared / "bluesky/jetstream_v1.jsonl"
    receipt = take("bluesky", file)
    events = [json.loads(line) for line in file.read_text().splitlines()]
    wanted, made, taken_back = Counter(), 0, 0
    for event in events:
        commit = event.get("commit", {})
        own, record = event["did"], commit.get("record", {})
        kind = commit.get("collection", "").rpartition(".")[2]
        taken_back += commit.get("operation") == "delete" or event["kind"] == "account"
        made += kind == "post" and commit["operation"] == "create"
        if (
            kind in ("like", "repost")
            and record
            and "/app.bsky.feed.post/" in record["subject"]["uri"]
        ):
            wanted[kind, own, record["subject"]["uri"].split("/")[2]] += 1
        if kind == "follow" and record:
            wanted[kind, own, record["subject"]] += 1
        if kind == "post" and "reply" in record:
            wanted["reply", own, record["reply"]["parent"]["uri"].split("/")[2]] += 1
    wanted = Counter({key: number for key, number in wanted.items() if key[1] != key[2]})
    found = rows("interactions").select("reaction", "actor", "target").rows()
    assert Counter(row for row in found if row[0] not in ("quote", "mention")) == wanted
    assert len(rows("contents")) == made == 17
    assert len(rows("retractions")) == taken_back == 5
    tags = sorted(re.findall(r'"tag":"(\w+)"', file.read_text()))
    assert rows("topics")["topic"].sort().to_list() == tags == sorted(set(tags))
    assert set(rows("topics")["content"]) < set(rows("contents")["content"])
    assert len(tags) == 4
    assert (receipt.entry.quarantined, receipt.entry.repeated) == (0, 0)


@pytest.mark.parametrize(
    ("record", "made"),
    [
        (like("ann", "p"), [("like", "ann")]),
        (repost("ann", "p"), [("repost", "ann")]),
        (follow("ann"), [("follow", "ann")]),
        (
            post(reply={"parent": subject("ann", "p"), "root": subject("cat", "r")}),
            [("reply", "ann")],
        ),
        (
            post(embed={"$type": "app.bsky.embed.record", "record": subject("ann", "p")}),
            [("quote", "ann")],
        ),
        (
            post(
                embed={
                    "$type": "app.bsky.embed.recordWithMedia",
                    "record": {"$type": "app.bsky.embed.record", "record": subject("ann", "p")},
                    "media": {"$type": "app.bsky.embed.images", "images": []},
                }
            ),
            [("quote", "ann")],
        ),
        (post(facets=mention("ann", "cat", "ann")), [("mention", "ann"), ("mention", "cat")]),
        (
            post(
                reply={"parent": subject("ann", "p"), "root": subject("ann", "p")},
                embed={"$type": "app.bsky.embed.record", "record": subject("ann", "p")},
                facets=mention("ann"),
            ),
            [("mention", "ann"), ("quote", "ann"), ("reply", "ann")],
        ),
        (post(), []),
    ],
)
def test_what_a_record_says(record, made, acts, rows) -> None:
    assert acts(create(record)) == [(reaction, "bob", target) for reaction, target in made]
    address = uri("bob", "3k", record["$type"])
    assert set(rows("interactions")["id"]) <= {address}
    assert rows("contents")["content"].to_list() == [address] * (record["$type"] == POST)


def tagged(*tags: Any) -> list[dict[str, Any]]:
    kind = "app.bsky.richtext.facet#tag"
    return [{"features": [{"$type": kind, "tag": tag}]} for tag in tags]


@pytest.mark.parametrize(
    ("record", "topics"),
    [
        (
            post(facets=tagged("jazz", "Jazz", "jazz"), tags=["blues", "jazz"]),
            ["Jazz", "blues", "jazz"],
        ),
        (post(facets=tagged("", None, 7, ["a"]) + mention("cat"), tags=[None, {}, ""]), []),
        (post(tags="jazz"), []),
        (like("ann", "p"), []),
    ],
)
def test_a_post_is_about_its_hashtags(record, topics, acts, rows) -> None:
    acts(create(record))
    found = rows("topics").sort("topic")
    assert found["topic"].to_list() == topics
    assert set(found.select("network", "author").rows()) <= {("bluesky", did("bob"))}


def test_a_changed_post_is_about_what_it_says_now_as_well_by_the_address_that_reactions_name(
    acts, rows
) -> None:
    first, second = post(tags=["jazz"]), post(tags=["blues"])
    later = SEEN + MINUTE
    acts(Op("bob", "create", POST, "p", first), Op("bob", "update", POST, "p", second, later))
    assert rows("topics").sort("topic").select("content", "topic").rows() == [
        (uri("bob", "p"), "blues"),
        (uri("bob", "p"), "jazz"),
    ]


def test_what_goes_to_no_post_or_to_oneself_is_left_out_and_counted(put, take, rows) -> None:
    feed = "app.bsky.feed.generator"
    ops = [
        create({**like("ann", "p"), "subject": subject("ann", "f", feed)}, "1"),
        create({**repost("ann", "p"), "subject": subject("ann", "f", feed)}, "2"),
        create({**like("ann", "p"), "subject": {"uri": f"at://ann.example/{POST}/p"}}, "3"),
        create(like("bob", "p"), "4"),
        create(follow("bob"), "5"),
        create({"$type": "app.bsky.graph.block", "subject": did("ann")}, "6"),
        create({"$type": "com.example.thing"}, "7"),
        create(
            post(embed={"$type": "app.bsky.embed.record", "record": subject("ann", "f", feed)}), "8"
        ),
    ]
    receipt = take("bluesky", put("a.jsonl", lines(*map(v1, ops))))
    assert receipt.entry.left_out == {
        "to what is no post": 2,
        "to oneself": 2,
        "to a handle, not to a DID": 1,
        "app.bsky.graph.block": 1,
        "of other applications": 1,
    }
    assert len(rows("interactions")) == 0
    assert len(rows("contents")) == 1


MALFORMED = [
    ({**like("ann", "p"), "createdAt": "the day before yesterday"}, "createdAt"),
    ({**like("ann", "p"), "createdAt": "2026-07-04T14:38:00"}, "createdAt"),
    ({**like("ann", "p"), "createdAt": "2026-07-04T14:38:00-00:00"}, "createdAt"),
    ({**like("ann", "p"), "createdAt": 5}, "createdAt"),
    ({**like("ann", "p"), "subject": 7}, "subject"),
    ({**like("ann", "p"), "subject": {"uri": "https://example.org"}}, "subject.uri"),
    ({**follow("ann"), "subject": "ann.example"}, "subject"),
    ({**post(), "text": 5}, "text"),
    ({**post(), "facets": "none"}, "facets"),
    (
        {**post(), "facets": [{"features": [{"$type": "app.bsky.richtext.facet#mention"}]}]},
        "facets",
    ),
    ({**post(), "reply": {"root": subject("ann", "p")}}, "parent"),
    ({**post(), "embed": {"record": subject("ann", "p")}}, "embed.$type"),
    ({**post(), "embed": {"$type": "app.bsky.embed.record", "record": 1}}, "record"),
]


@pytest.mark.parametrize(("record", "field"), MALFORMED)
@pytest.mark.parametrize("form", ["lines", "frames"])
def test_a_malformed_record_is_refused_with_address_and_reason(
    form, record, field, put, take, quarantine, rows
) -> None:
    good, bad = create(like("ann", "p"), "1"), create(record, "2")
    if form == "lines":
        path = put("a.jsonl", lines(v1(good), v1(bad)))
    else:
        path = put("a.frames", recording(commit(1, good), commit(2, bad)))
    assert take("bluesky", path).entry.quarantined == 1
    row = quarantine().row(0, named=True)
    assert row["row"] == 2
    assert field in row["reason"]
    assert json.loads(row["data"])["id"] == uri("bob", "2", record["$type"])
    assert (len(rows("interactions")), len(rows("contents"))) == (1, 0)


def test_a_record_of_another_type_than_its_collection_is_refused(put, take, quarantine) -> None:
    event = v1(Op("bob", "create", LIKE, "1", repost("ann", "p")))
    assert take("bluesky", put("a.jsonl", lines(event))).entry.quarantined == 1
    assert "in a collection of app.bsky.feed.like" in quarantine()["reason"][0]


@pytest.mark.parametrize(
    "event",
    [
        {"did": did("bob"), "time_us": 1, "kind": "commit"},
        {
            "did": did("bob"),
            "time_us": "1",
            "kind": "commit",
            "commit": v1(create(like("ann", "p")))["commit"],
        },
        {
            "did": 7,
            "time_us": 1,
            "kind": "commit",
            "commit": v1(create(like("ann", "p")))["commit"],
        },
        {
            "did": "bob",
            "time_us": 1,
            "kind": "commit",
            "commit": v1(create(like("ann", "p")))["commit"],
        },
        {"kind": 5},
        {"$type": "message", "payload": {"$type": "x#commit", "did": did("bob")}},
        {"$type": "message", "payload": 3},
        {"did": did("bob"), "time_us": 1, "kind": "account", "account": {"active": "yes"}},
        [1],
    ],
)
def test_what_is_no_event_is_refused_by_its_line(event, put, take, quarantine) -> None:
    data = lines(v1(create(like("ann", "p"))), event)
    assert take("bluesky", put("a.jsonl", data)).entry.quarantined == 1
    assert quarantine()["row"].to_list() == [2]


@pytest.mark.parametrize(
    ("created", "at"),
    [
        (CREATED, datetime(2026, 7, 4, 14, 38, tzinfo=UTC)),
        (
            "2026-07-05T00:30:00.123456789012345+14:00",
            datetime(2026, 7, 4, 10, 30, 0, 123456, tzinfo=UTC),
        ),
        ("2026-07-04T14:38:00Z", datetime(2026, 7, 4, 14, 38, tzinfo=UTC)),
        ("2030-01-01T00:00:00.000Z", SEEN),
        ("9999-12-31T23:59:59.999Z", SEEN),
        ("2021-02-30T12:00:00Z", SEEN),
        ("2021-02-30T12:00:00+02:00", SEEN),
        ("2023-05-01T00:00:00.000Z", datetime(2023, 5, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00.000Z", datetime(2022, 11, 1, tzinfo=UTC)),
        ("1969-12-31T23:59:59.000Z", datetime(2022, 11, 1, tzinfo=UTC)),
    ],
)
def test_the_time_is_what_the_record_says_within_what_can_be(created, at, acts, rows) -> None:
    assert len(acts(create(like("ann", "p", created)))) == 1
    assert rows("interactions")["at"].to_list() == [at]


def test_a_delete_needs_no_memory(put, take, standing, published) -> None:
    made = [create(like("ann", "p"), "1"), create(post(facets=mention("ann")), "2")]
    gone = [Op("bob", "delete", o.collection, o.key, at=SEEN + MINUTE) for o in made]
    take("bluesky", put("1.jsonl", lines(*map(v1, made))))
    assert (len(standing()), published()) == (2, 1)
    take("bluesky", put("2.jsonl", lines(*map(v1, gone))))
    assert (standing(), published()) == ([], 0)


def test_a_delete_that_comes_first_waits(put, take, standing) -> None:
    take("bluesky", put("2.jsonl", lines(v1(Op("bob", "delete", LIKE, "1")))))
    take("bluesky", put("1.jsonl", lines(v1(create(like("ann", "p"), "1")))))
    assert standing() == []


def test_of_two_likes_of_one_post_the_last_deletion_takes_the_like_away(acts) -> None:
    two = [create(like("ann", "p"), "1"), create(like("ann", "p"), "2")]
    first, second = (Op("bob", "delete", LIKE, key, at=SEEN + MINUTE) for key in "12")
    assert acts(*two, first) == [("like", "bob", "ann")]
    assert acts(*two, first, second, name="b.jsonl") == []


def later(minutes: int) -> dict[str, datetime]:
    return {"at": SEEN + minutes * MINUTE}


LIFE = [
    create(like("ann", "p"), "1"),
    Op("bob", "update", LIKE, "1", like("cat", "q"), **later(1)),  # follows the new subject
    create(repost("ann", "p"), "2", **later(2)),
    Op("bob", "delete", REPOST, "2", **later(3)),
    create(repost("cat", "q"), "2", **later(4)),  # the key again
    create(post(facets=mention("ann")), "3", **later(5)),
    Op("bob", "update", POST, "3", post(facets=mention("cat", "dan")), **later(6)),
    Op("bob", "update", POST, "3", post(facets=mention("dan")), **later(7)),
    create(follow("ann"), "4", **later(8)),
    Op("bob", "delete", FOLLOW, "4", **later(9)),
    create(follow("dan"), "5", **later(10)),
]
OUTCOME = [
    ("follow", "bob", "dan"),
    ("like", "bob", "cat"),
    ("mention", "bob", "dan"),
    ("repost", "bob", "cat"),
]


def as_frames(*ops: Op) -> bytes:
    return recording(*(commit(seq, op) for seq, op in enumerate(ops, 1)))


@pytest.mark.parametrize("form", ["v1", "v2", "frames", "mixed"])
def test_the_same_life_in_any_form_comes_to_the_same(form, put, take, standing, published) -> None:
    if form == "frames":
        path = put("life.frames.zst", as_frames(*LIFE))
    else:
        forms = {"v1": [v1], "v2": [v2], "mixed": [v1, v2]}[form]
        events = [forms[n % len(forms)](op) for n, op in enumerate(LIFE)]
        path = put("life.jsonl.gz", lines(*events))
    assert take("bluesky", path).entry.quarantined == 0
    assert (standing(), published()) == (OUTCOME, 1)


def test_a_folder_is_one_stream(put, take, standing, tmp_path, published) -> None:
    for place, op in enumerate(LIFE):
        put(f"all/{place:02d}.jsonl", lines(v1(op)))
    take("bluesky", tmp_path / "all")
    assert (standing(), published()) == (OUTCOME, 1)


@pytest.mark.parametrize("again", range(1, len(LIFE) + 1))
def test_events_that_come_again_change_nothing(again, put, take, standing, rows, published) -> None:
    twice = [*LIFE[:again], *LIFE[again // 2 : again], *LIFE[again:]]
    receipt = take("bluesky", put("life.jsonl", lines(*map(v1, twice))))
    assert (standing(), published()) == (OUTCOME, 1)
    assert len(rows("retractions")) == 5
    assert receipt.entry.quarantined == 0


def test_several_operations_on_a_key_in_one_commit_are_taken_in_order(put, take, standing) -> None:
    def made(action: str, key: str, record: Any = None) -> Op:
        return Op("bob", action, LIKE, key, record, rev=tid(SEEN))

    both = commit(1, made("create", "1", like("ann", "p")), made("delete", "1"), overtaken=(0,))
    changed = commit(
        2,
        *(
            Op("bob", a, LIKE, "2", like(n, "p"), **later(1))
            for a, n in (("create", "ann"), ("update", "cat"), ("update", "dan"))
        ),
        overtaken=(0, 1),
    )
    moved = commit(
        3,
        Op("bob", "delete", LIKE, "2", **later(2)),
        Op("bob", "create", LIKE, "3", like("cat", "q"), **later(2)),
    )
    receipt = take("bluesky", put("a.frames", recording(both, changed)))
    assert standing() == [("like", "bob", "dan")]
    assert receipt.entry.left_out == {"overtaken in their commit": 3}
    take("bluesky", put("b.frames", recording(both, changed, moved)))
    assert standing() == [("like", "bob", "cat")]


def test_an_account_that_is_away_takes_its_reactions_with_it(put, take, standing, rows) -> None:
    days = [SEEN + timedelta(days=n) for n in (1, 2, 3)]
    events = [
        v1(create(like("ann", "p"))),
        account_v1("bob", False, days[0], status="deactivated"),
        account_v1("bob", True, days[1]),
        account_v1("bob", True, days[1] + MINUTE),
        account_v1("bob", False, days[2], status="deleted"),
    ]
    take("bluesky", put("a.jsonl", lines(*events)))
    like_stands = [bool(standing(each.date() + timedelta(1))) for each in (SEEN, *days)]
    assert like_stands == [True, False, True, False]
    assert len(rows("retractions")) == 3


def test_accounts_in_frames(put, take, standing, rows) -> None:
    frames = [
        commit(1, create(like("ann", "p"))),
        frame("#identity", {"did": did("bob"), "seq": 2, "handle": "b.example", "time": CREATED}),
        frame("#identity", {"did": did("ann"), "seq": 3, "time": CREATED}),
        frame("#account", account("bob", False, SEEN + MINUTE, status="takendown")),
        frame("#sync", {"did": did("bob"), "seq": 4, "rev": "x", "blocks": b"", "time": CREATED}),
        frame("#info", {"name": "OutdatedCursor"}),
    ]
    receipt = take("bluesky", put("a.frames", recording(*frames)))
    assert receipt.entry.left_out == {"identity": 1, "#sync": 1, "#info": 1}
    assert standing() == []
    assert rows("profiles").select("account", "name").rows() == [(did("bob"), "b.example")]


def test_people_are_called_what_they_call_themselves_last(put, take, rows) -> None:
    named = {"$type": PROFILE, "displayName": "  Bob B. \U0001f98b "}
    said = {"did": did("bob"), "seq": 1, "time": CREATED, "handle": "bob.example"}
    events = [
        {"did": did("bob"), "time_us": 1, "kind": "identity", "identity": said},
        v1(Op("bob", "create", PROFILE, "self", named, at=SEEN + MINUTE)),
        v1(Op("ann", "create", PROFILE, "self", named | {"displayName": " "})),
        v1(Op("cid", "create", PROFILE, "self", named | {"displayName": 7})),
    ]
    receipt = take("bluesky", put("a.jsonl", lines(*events)))
    assert receipt.entry.quarantined == 0
    found = rows("profiles").sort("at").select("account", "name").rows()
    assert found == [(did("bob"), "bob.example"), (did("bob"), "Bob B. \U0001f98b")]
    (link,) = rows("profile_links").rows(named=True)
    assert (link["account"], link["url"], link["verified"]) == (
        did("bob"), "https://bob.example", True
    )  # fmt: skip


def hidden(*labels: str) -> dict[str, Any]:
    values = [{"val": label} for label in labels]
    return {
        "$type": PROFILE,
        "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": values},
    }


def test_a_profile_that_asks_not_to_be_shown_opts_out(put, take, root) -> None:
    wish = Op("bob", "update", PROFILE, "self", hidden("nudity", "!no-unauthenticated"))
    other = Op("ann", "create", PROFILE, "self", hidden("nudity"))
    back = Op("bob", "update", PROFILE, "self", hidden(), at=SEEN + timedelta(days=2))
    take("bluesky", put("a.jsonl", lines(*map(v1, [other, wish, wish, back]))))
    days = [opted_out(Lake(root), SEEN.date() + timedelta(n))["person"].to_list() for n in (1, 3)]
    assert days == [[f"bluesky:{did('bob')}"], []]
    assert len(Lake(root).scan("optouts").collect()) == 2


RECORDS = {
    f"{LIKE}/3mptbyplj5d2a": like("ann", "p"),
    f"{LIKE}/3mptbyplj5d2b": like("ann", "p"),  # equal contents: one block, two keys
    f"{LIKE}/1": like("cat", "q", "2021-02-30T00:00:00Z"),
    f"{FOLLOW}/2": follow("dan"),
    **{f"{POST}/{n:03d}": post(facets=mention("ann")) for n in range(200)},
    f"{PROFILE}/self": hidden("!no-unauthenticated"),
}


def test_a_repository_is_read_with_its_addresses(put, take, standing, rows, published) -> None:
    path = put("bob.car", repository("bob", tid(SEEN), RECORDS))
    receipt = take("bluesky", path)
    assert len(rows("interactions").filter(reaction="like")) == 3
    assert Counter(reaction for reaction, _, _ in standing()) == {
        "like": 2,  # of ann's post one counts
        "follow": 1,
        "mention": 200,
    }
    assert (receipt.entry.quarantined, published(), len(rows("optouts"))) == (0, 200, 1)
    impossible = rows("interactions").filter(pl.col("target") == did("cat"))["at"]
    assert impossible.to_list() == [SEEN]
    assert set(rows("interactions")["id"]) >= {uri("bob", "3mptbyplj5d2a", LIKE)}


def test_a_repository_beside_its_stream_adds_nothing_twice(put, take, standing, tmp_path) -> None:
    put("all/1.jsonl", lines(*map(v1, LIFE)))
    stands = {
        f"{LIKE}/1": like("cat", "q"),
        f"{REPOST}/2": repost("cat", "q"),
        f"{POST}/3": post(facets=mention("dan")),
        f"{FOLLOW}/5": follow("dan"),
    }
    put("all/2.car.gz", repository("bob", tid(SEEN + 11 * MINUTE), stands))
    take("bluesky", tmp_path / "all")
    assert standing() == OUTCOME


@pytest.mark.parametrize("left", [0.1, 0.5, 0.99])
def test_a_repository_that_is_cut_is_refused_by_name(left, put, take, root) -> None:
    data = repository("bob", tid(SEEN), RECORDS)
    with pytest.raises(KloutError, match=r"bob\.car: .*(CAR|cut)"):
        take("bluesky", put("bob.car", data[: int(len(data) * left)]))
    assert not root.exists()


def test_a_recording_that_is_cut_is_refused_by_its_frame(put, take) -> None:
    data = as_frames(*LIFE)
    with pytest.raises(KloutError, match=r"a\.frames: .*after frame 10"):
        take("bluesky", put("a.frames", data[:-1]))


def test_a_frame_that_is_none_is_refused_and_the_others_stay(
    put, take, standing, quarantine
) -> None:
    data = recording(
        commit(1, create(like("ann", "p"))), b"\xa1aop", commit(2, create(follow("ann")))
    )
    assert take("bluesky", put("a.frames", data)).entry.quarantined == 1
    assert quarantine()["row"].to_list() == [2]
    assert len(standing()) == 2


def packed(tmp_path, *events: Any):
    """Messages packed one by one with a dictionary, as Jetstream sends them."""
    samples = [lines(v1(create(like("ann", f"{n}"), f"{n}"))) for n in range(2000)]
    dictionary = zstd.train_dict(samples, 4000)
    (tmp_path / "dictionary").write_bytes(dictionary.dict_content)
    frames = (zstd.compress(lines(each).strip(), zstd_dict=dictionary) for each in events)
    return b"".join(frames)


def test_messages_packed_with_a_dictionary_are_read_with_it(tmp_path, root) -> None:
    data = packed(tmp_path, *map(v1, LIFE))
    (tmp_path / "a.zst").write_bytes(data)
    (tmp_path / "b.zst").write_bytes(data[:-3])
    words = ["--lake", root, "--dictionary"]
    read = ["ingest", "bluesky", tmp_path / "a.zst", *words]
    assert "--dictionary FILE" in refused(*read[:-1])
    assert "no zst dictionary" in refused(*read, tmp_path / "a.zst")
    assert "b.zst: truncated" in refused(
        *read[:2], tmp_path / "b.zst", *words, tmp_path / "dictionary"
    )
    assert klout(*read, tmp_path / "dictionary").code == 0
    assert len(Lake(root).scan("interactions").collect()) == 10


def test_all_forms_are_detected(tmp_path, put) -> None:
    put("all/a.jsonl", lines(*map(v1, LIFE)))
    put("all/b.jsonl.gz", lines(*map(v2, LIFE)))
    put("all/c.frames", as_frames(*LIFE))
    put("all/d.car.gz", repository("bob", tid(SEEN), RECORDS))
    for name, kind in (
        ("a.jsonl", "Jetstream"),
        ("b.jsonl.gz", "Jetstream"),
        ("c.frames", "firehose"),
        ("d.car.gz", "CAR"),
    ):
        said = klout("ingest", "--detect", str(tmp_path / "all" / name)).out
        assert "bluesky" in said
        assert kind in said
    said = klout("ingest", "--detect", str(tmp_path / "all")).out
    for part in ("(CAR): 1", "events of Jetstream: 2", "frames of the firehose: 1"):
        assert part in said
