"""`klout scan bluesky`: one person over the public API, from a stand-in of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.lake import Lake
from features.lake.retractions import counted
from features.scanning import client as polite
from tests.support.bluesky.appview import CID, LIKES, POSTS, REPOSTS, AppView
from tests.support.command import klout, refused
from tests.support.stand_in import Reply, StandIn, serving

ANN, BOB, CAT, DAN = (f"did:plc:{name * 8}" for name in ("ann", "bob", "cat", "dan"))
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def ago(days: float) -> str:
    return (TODAY - timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class World(AppView):
    """People, and what they say."""

    def __init__(self) -> None:
        super().__init__({ANN: "ann.test", BOB: "bob.test", CAT: "cat.test", DAN: "dan.test"})

    def post(self, who: str, key: str, days: float, **more: Any) -> str:
        uri = f"at://{who}/{POSTS}/{key}"
        record = {"$type": POSTS, "text": "hello", "createdAt": ago(days), **more}
        self.records[uri] = record, ago(days)
        return uri

    def react(self, who: str, collection: str, uri: str, days: float, seen: float = 0) -> None:
        key = f"{len(self.records):013d}"
        record = {"$type": collection, "subject": ref(uri), "createdAt": ago(days)}
        self.records[f"at://{who}/{collection}/{key}"] = record, ago(seen or days)


def ref(uri: str) -> dict[str, str]:
    return {"uri": uri, "cid": CID}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def server(world: World) -> Iterator[StandIn]:
    with serving(world.answer) as stand_in:
        yield stand_in


def lived(world: World) -> tuple[str, str]:
    """Live a little: two posts of Ann's, and all kinds of reactions."""
    first, second = world.post(ANN, "3first", 10), world.post(ANN, "3second", 5)
    for who in (BOB, CAT, DAN):
        world.react(who, LIKES, first, 9)
    world.react(BOB, REPOSTS, first, 8)
    world.react(CAT, REPOSTS, second, 4)
    answer = {"reply": {"root": ref(first), "parent": ref(first)}}
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": ANN}
    facet = {"index": {"byteStart": 0, "byteEnd": 1}, "features": [mention]}
    world.post(BOB, "3answer", 7, **answer, facets=[facet])
    quote = {"$type": "app.bsky.embed.record", "record": ref(second)}
    world.post(DAN, "3quote", 3, embed=quote)
    return first, second


def rows(lake: Path, table: str = "interactions") -> pl.DataFrame:
    return Lake(lake).scan(table, ["bluesky"]).collect()


def facts(lake: Path) -> set[tuple[str, ...]]:
    return set(rows(lake).select("reaction", "actor", "target", "content").iter_rows())


def test_who_reacted_is_in_the_lake_with_what_they_reacted_to(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    first, second = lived(world)
    ended = klout("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    assert ended.code == 0, ended.err
    likes = {("like", who, ANN, first) for who in (BOB, CAT, DAN)}
    reposts = {("repost", BOB, ANN, first), ("repost", CAT, ANN, second)}
    said = {("reply", BOB, ANN, first), ("mention", BOB, ANN, None), ("quote", DAN, ANN, second)}
    assert facts(tmp_path / "L") == likes | reposts | said
    assert set(rows(tmp_path / "L", "contents")["content"]) == {first, second}
    assert rows(tmp_path / "L", "counters")["value"].to_list() == [3.0]
    assert "2 posts" in ended.out


def test_answers_and_quotes_have_the_ids_that_the_reader_gives_them(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    lived(world)
    klout("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    ids = dict(rows(tmp_path / "L").select("reaction", "id").iter_rows())
    assert ids["reply"] == ids["mention"] == f"at://{BOB}/{POSTS}/3answer"
    assert ids["quote"] == f"at://{DAN}/{POSTS}/3quote"


def test_lists_are_read_to_their_end(world: World, server: StandIn, tmp_path: Path) -> None:
    first = world.post(ANN, "3first", 10)
    for number in range(25):
        world.people[who := f"did:plc:{number:08d}"] = f"p{number}.test"
        world.react(who, LIKES, first, 9)
        world.post(ANN, f"3{number:05d}", 8)
    world.page = 4
    klout("scan", "bluesky", ANN, "--lake", tmp_path / "L", "--url", server.url)
    assert len(rows(tmp_path / "L")) == 25
    assert len(rows(tmp_path / "L", "contents")) == 26
    assert server.times("/xrpc/app.bsky.feed.getLikes") == 7


def test_the_same_again_adds_nothing_and_what_is_new_is_added(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    first, _ = lived(world)
    words = ("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    klout(*words)
    before = facts(tmp_path / "L")
    assert "already in the lake" in klout(*words).out
    world.people[eve := "did:plc:eveeveev"] = "eve.test"
    world.react(eve, LIKES, first, 1)
    assert klout(*words).code == 0
    assert facts(tmp_path / "L") == before | {("like", eve, ANN, first)}
    assert len(rows(tmp_path / "L")) == len(before) + 1


def recorded(tmp_path: Path, content: str, *likes: tuple[str, float]) -> tuple[object, ...]:
    """Give the command that reads likes of a post of Ann's by their own ids, some days ago."""
    about = {"network": "bluesky", "reaction": "like", "target": ANN, "content": content}
    key = content.rpartition("/")[2]
    rows = [
        {**about, "actor": who, "at": ago(days), "id": f"at://{who}/{LIKES}/{key}"}
        for who, days in likes
    ]
    csv = tmp_path / f"{len(likes)}" / "interactions.csv"
    csv.parent.mkdir()
    pl.DataFrame(rows).write_csv(csv)
    (networks := tmp_path / "N").mkdir(exist_ok=True)
    declared = Path(polite.__file__).parents[1] / "sources/networks/bluesky.toml"
    (networks / "bluesky.toml").write_text(declared.read_text())
    return "ingest", "tables", csv, "--lake", tmp_path / "L", "--networks", networks


def likers(lake: Path, days: int = 0) -> list[str]:
    """Name whose likes count, some days ago."""
    as_of = (TODAY - timedelta(days)).date() + timedelta(1)
    likes = counted(Lake(lake), "bluesky", TODAY.date() - timedelta(90), as_of)
    return sorted(likes.filter(reaction="like").collect()["actor"])


def test_what_a_recording_brought_is_not_counted_twice(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    first, _ = lived(world)
    klout(*recorded(tmp_path, first, (BOB, 9)))
    ended = klout("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    likes = rows(tmp_path / "L").filter(reaction="like")
    assert sorted(likes["actor"]) == [BOB, CAT, DAN]
    assert "1 in the lake by another way" in ended.out


def test_nor_is_what_a_recording_brings_after_a_scan(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    first, second = lived(world)
    scan = ("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    klout(*scan)
    assert klout(*recorded(tmp_path, first, (BOB, 9), (CAT, 9))).code == 0
    assert likers(tmp_path / "L") == [BOB, CAT, DAN]
    assert [likers(tmp_path / "L", days) for days in (9, 10)] == [[BOB, CAT, DAN], []]
    assert rows(tmp_path / "L", "retractions").select("id", "actor").sort("actor").rows() == [
        (f"like:{who}:{first}", who) for who in (BOB, CAT)
    ]
    # The same once more by each way, and a like of which no scan knows.
    world.react(DAN, LIKES, second, 1)
    assert klout(*scan).code == 0
    assert klout(*recorded(tmp_path, second, (DAN, 1), (BOB, 1), (CAT, 1))).code == 0
    assert likers(tmp_path / "L") == sorted([BOB, CAT, DAN] * 2)


def test_what_a_recording_takes_back_is_undone_whichever_came_first(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    first, _ = lived(world)
    klout("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    words = recorded(tmp_path, first, (BOB, 9))
    klout(*words)
    (tmp_path / "back").mkdir()
    csv = tmp_path / "back" / "retractions.csv"
    undone = {"network": "bluesky", "id": f"at://{BOB}/{LIKES}/3first", "at": ago(2)}
    pl.DataFrame([undone]).write_csv(csv)
    assert klout(*words[:2], csv, *words[3:]).code == 0
    assert (likers(tmp_path / "L", 3), likers(tmp_path / "L")) == ([BOB, CAT, DAN], [CAT, DAN])


def test_a_like_is_of_when_it_was_given_and_not_later_than_it_was_seen(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    first = world.post(ANN, "3first", 10)
    world.react(BOB, LIKES, first, 9, seen=8.5)
    world.react(CAT, LIKES, first, -400, seen=8)
    world.react(DAN, REPOSTS, first, 2)
    klout("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    found = dict(rows(tmp_path / "L").select("actor", "at").iter_rows())
    assert found == {
        BOB: TODAY - timedelta(days=9),
        CAT: TODAY - timedelta(days=8),
        DAN: TODAY - timedelta(days=10),  # nobody says when: the post's
    }


def test_only_posts_of_the_days_asked_for_are_read(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    for key, days in (("3old", 100), ("3mid", 50), ("3new", 5)):
        world.react(BOB, LIKES, world.post(ANN, key, days), days)
    world.react(ANN, REPOSTS, world.post(BOB, "3bobs", 1), 1)
    words = ("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    klout(*words, "--days", 20)
    assert {uri.split("/")[-1] for uri in rows(tmp_path / "L")["content"]} == {"3new"}
    klout(*words)
    assert {uri.split("/")[-1] for uri in rows(tmp_path / "L")["content"]} == {"3new", "3mid"}


def test_who_is_counted_but_not_listed_is_said(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    lived(world)
    world.gone.add(CAT)
    ended = klout("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    assert CAT not in set(rows(tmp_path / "L")["actor"])
    assert "2 counted by the network, but not listed" in ended.out


def test_a_limit_of_requests_keeps_whole_posts_and_says_how_to_go_on(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    for days in (30, 20, 10):
        world.react(BOB, LIKES, world.post(ANN, f"3p{days}", days), days)
    words = ("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    # Robots, profile, feed, likes of the newest post.
    ended = klout(*words, "--at-most", 4)
    said = ended.err
    assert ended.code == 1
    assert "stopped after 4 requests" in said
    assert {uri.split("/")[-1] for uri in rows(tmp_path / "L")["content"]} == {"3p10"}
    before = said.split("--before ")[1].split()[0]
    assert klout(*words, "--before", before).code == 0
    assert {uri.split("/")[-1] for uri in rows(tmp_path / "L")["content"]} == {
        "3p10",
        "3p20",
        "3p30",
    }
    assert not (tmp_path / "M").exists()
    assert "stopped after 2 requests" in refused(
        *words[:4], tmp_path / "M", *words[5:], "--at-most", 2
    )
    assert not (tmp_path / "M" / "ledger").exists()


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Retry-After", "7"),
        ("RateLimit-Reset", lambda now: str(int(now) + 7)),
        ("X-RateLimit-Reset", lambda now: datetime.fromtimestamp(now + 7, UTC).isoformat()),
        (
            "Retry-After",
            lambda now: f"{datetime.fromtimestamp(now + 7, UTC):%a, %d %b %Y %H:%M:%S} GMT",
        ),
    ],
)
def test_a_server_that_wants_a_pause_gets_it(
    world: World,
    server: StandIn,
    tmp_path: Path,
    slept: list[float],
    header: str,
    value: Any,
) -> None:
    lived(world)
    refusals = [1]
    now = datetime.now(UTC).timestamp()

    def once(path: str, _params: dict[str, str]) -> Reply | None:
        if "getLikes" in path and refusals and refusals.pop():
            text = value if isinstance(value, str) else value(now)
            return Reply({"error": "RateLimitExceeded"}, 429, {header: text})
        return None

    server.before = once
    ended = klout("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    assert ended.code == 0, ended.err
    assert len(slept) == 1
    assert 5 < slept[0] <= 7.1
    assert len(rows(tmp_path / "L").filter(reaction="like")) == 3


def test_a_server_that_says_now_and_means_later_is_not_pestered(
    world: World, server: StandIn, tmp_path: Path, slept: list[float]
) -> None:
    lived(world)
    refusals = [1, 1, 1]

    def thrice(path: str, _params: dict[str, str]) -> Reply | None:
        if "getLikes" in path and refusals and refusals.pop():
            return Reply({"error": "RateLimitExceeded"}, 429, {"Retry-After": "0"})
        return None

    server.before = thrice
    ended = klout("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    assert ended.code == 0, ended.err
    assert 0.5 <= slept[0] <= 1 <= slept[1] <= 2 <= slept[2] <= 4


def test_a_server_whose_limit_is_used_up_is_left_alone_until_it_is_not(
    world: World, server: StandIn, tmp_path: Path, slept: list[float]
) -> None:
    lived(world)
    used_up = {"RateLimit-Remaining": "0", "RateLimit-Reset": "60"}

    def last(path: str, params: dict[str, str]) -> Reply | None:
        return world.answer(path, params)._replace(headers=used_up) if "Profile" in path else None

    server.before = last
    klout("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    assert len(slept) == 1
    assert 59 < slept[0] <= 60


WRONG = {
    "no such account": (None, "Profile not found"),
    "not JSON": (Reply(b"<html>busy</html>"), "expected JSON, got 200 '<html>busy</html>'"),
    "not the form": (Reply([1]), "expected an object, got [1]"),
    "a part is missing": (Reply({"did": ANN}), "feed: expected a list, got nothing"),
    "a part is of another form": (Reply({"did": 7}), "did: expected a text, got 7"),
    "down": (Reply({"error": "InternalServerError"}, 500), "no answer after 5 tries: it says 500"),
    "a long wait": (
        Reply({}, 429, {"Retry-After": "86400"}),
        "wants no requests for 1,440 minutes",
    ),
    "endless": (Reply(b" " * 2**20), "an answer of over 1,000 bytes"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_goes_wrong_is_one_line_and_nothing_is_written(
    world: World,
    server: StandIn,
    tmp_path: Path,
    slept: list[float],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    reply, said = WRONG[name]
    lived(world)
    monkeypatch.setattr(polite, "MOST_BYTES", 1_000 if name == "endless" else polite.MOST_BYTES)
    if name == "no such account":
        words: tuple[object, ...] = ("nobody.test",)
    else:
        words = ("ann.test",)
        where = "/xrpc/app.bsky.feed.getAuthorFeed" if "missing" in name else "/xrpc/"
        server.before = lambda path, _params: reply if path.startswith(where) else None
    line = refused("scan", "bluesky", *words, "--lake", tmp_path / "L", "--url", server.url)
    assert said in line
    assert server.url in line
    assert not (tmp_path / "L" / "ledger").exists()
    assert all(pause <= polite.LONGEST_PAUSE for pause in slept)


def test_a_server_that_is_away_is_one_line(tmp_path: Path, slept: list[float]) -> None:
    line = refused(
        "scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", "http://127.0.0.1:9"
    )
    assert "http://127.0.0.1:9: no answer after 5 tries" in line
    assert len(slept) == 4


def test_who_asks_not_to_be_shown_is_not_read_but_by_themselves(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    lived(world)
    world.labels[ANN] = "!no-unauthenticated"
    words = ("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    assert "--own" in refused(*words)
    assert server.times("/xrpc/app.bsky.feed.getAuthorFeed") == 0
    assert not (tmp_path / "L" / "ledger").exists()
    assert klout(*words, "--own").code == 0
    assert len(rows(tmp_path / "L")) == 8


def test_what_robots_txt_forbids_is_not_asked_for(
    world: World, server: StandIn, tmp_path: Path
) -> None:
    rules = b"User-agent: *\nDisallow: /xrpc/\n"
    server.before = lambda path, _params: Reply(rules) if path == "/robots.txt" else None
    line = refused("scan", "bluesky", "ann.test", "--lake", tmp_path / "L", "--url", server.url)
    assert "robots.txt" in line
    assert [path for path, _ in server.asked] == ["/robots.txt"]


@pytest.mark.parametrize(
    "words",
    [
        ("friendster", "ann"),
        ("bluesky", "ann.test", "--url", "ftp://example.com"),
        ("bluesky", "ann.test", "--url", "https://user@example.com"),
        ("bluesky", ""),
    ],
)
def test_bad_usage_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert klout("scan", *words, "--lake", tmp_path / "L").code == 2
