"""Archives of X accounts, of each form that there was."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from features.lake import Lake
from tests.support.command import klout, refused

AT = "Sat Feb 18 12:33:11 +0000 2023"
MADE = datetime(2023, 3, 1, 5, 46, 38, 82_000, tzinfo=UTC)
ACCOUNT = 'window.YTD.account.part0 = [ {"account": {"username": "Ann", "accountId": "12"}} ]'


def tweet(name: str, text: str = "…", **more: Any) -> dict[str, Any]:
    """A tweet as archives of 2023 hold it: numbers are texts, and no flag says a retweet."""
    of = {"id_str": name, "id": name, "full_text": text, "created_at": AT, "retweeted": False}
    counts = {"favorite_count": "0", "retweet_count": "0", "entities": {"user_mentions": []}}
    return {"tweet": of | counts | more}


def mentions(*names: str) -> dict[str, Any]:
    return {"user_mentions": [{"screen_name": name, "id_str": "7"} for name in names]}


def part(*tweets: Any, number: int = 0, name: str = "tweets") -> str:
    return f"window.YTD.{name}.part{number} = {json.dumps(tweets, indent=2)}"


def manifest(*files: str) -> str:
    listed = [{"fileName": name, "globalName": "YTD", "count": "1"} for name in files]
    made = {"archiveInfo": {"generationDate": "2023-03-01T05:46:38.082Z"}}
    types = {"tweets": {"files": listed}, "like": {"files": []}}
    return f"window.__THAR_CONFIG = {json.dumps(made | {'dataTypes': types})}"


@pytest.fixture
def archive(tmp_path: Path):
    """Write files as a zip, or as a folder."""

    def archive(files: dict[str, str], within: str = "", folder: bool = False) -> Path:
        if folder:
            for name, text in files.items():
                file = tmp_path / "x" / within / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return tmp_path / "x"
        with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for name, text in files.items():
                packed.writestr(f"{within}{name}", text)
        return tmp_path / "x.zip"

    return archive


def rows(lake: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(Lake(lake).scan(table).select(columns).collect().rows(), key=repr)


@pytest.mark.parametrize(
    ("within", "folder"), [("", False), ("twitter-2023/", False), ("x/", True)]
)
def test_what_the_account_did_and_published(
    archive, tmp_path: Path, within: str, folder: bool
) -> None:
    reply = {"in_reply_to_screen_name": "Bob", "in_reply_to_status_id_str": "99"}
    files = {
        "data/account.js": ACCOUNT,
        "data/manifest.js": manifest("data/tweets.js", "data/tweets-part1.js"),
        "data/tweets.js": part(
            tweet("1", "@Bob @Cat no", **reply, entities=mentions("Bob", "Cat", "cat")),
            tweet("2", "RT @Dan: look", retweet_count="5000", entities=mentions("Dan")),
        ),
        "data/tweets-part1.js": part(
            tweet("3", "mine", favorite_count="7", retweeted=True), number=1
        ),
        "data/community-tweet.js": part(tweet("4", "ours"), name="community_tweet"),
        "data/like.js": 'window.YTD.like.part0 = [ {"like": {"tweetId": "1"}} ]',
    }
    ended = klout("ingest", "xarchive", archive(files, within, folder), "--lake", tmp_path / "L")
    assert ended.code == 0, ended.err
    assert rows(tmp_path / "L", "interactions", "reaction", "actor", "target", "content", "id") == [
        ("mention", "ann", "cat", None, "1"),
        ("reply", "ann", "bob", "99", "1"),
        ("retweet", "ann", "dan", None, "2"),
    ]
    assert rows(tmp_path / "L", "contents", "content", "kind") == [(n, "tweet") for n in "134"]
    tallies = rows(tmp_path / "L", "tallies", "content", "reaction", "value", "at")
    assert ("3", "like", 7.0, MADE) in tallies
    assert {content for content, *_ in tallies} == {"1", "3", "4"}
    assert "1 likes given" in ended.out
    assert "missing" not in ended.err


def test_files_of_months_as_until_2018(archive, tmp_path: Path) -> None:
    user = {"screen_name": "Dan", "id": 5}
    old = {
        "id": 290000000000000001,
        "id_str": "290000000000000001",
        "text": "hello",
        "entities": mentions("Eve"),
    }
    original = {"id_str": "55", "user": user, "text": "look"}
    retweet = old | {"id_str": "3", "text": "RT @dan: look", "retweeted_status": original}
    at = {"created_at": "2012-01-24 02:02:37 +0000"}
    months = [old | at, retweet | at]
    made = {"tweets": 2, "created_at": "2012-02-03 00:00:00 +0000"}
    index = [{"file_name": f"data/js/tweets/{month}.js"} for month in ("2012_01", "2011_12")]
    files = {
        "data/js/user_details.js": 'var user_details =  {"screen_name": "Ann", "id": "12"}',
        "data/js/payload_details.js": f"var payload_details =  {json.dumps(made)}",
        "data/js/tweet_index.js": f"var tweet_index =  {json.dumps(index)}",
        "data/js/tweets/2012_01.js": f"Grailbird.data.tweets_2012_01 = \n {json.dumps(months)}",
    }
    ended = klout("ingest", "xarchive", archive(files), "--lake", tmp_path / "L")
    assert ended.code == 0, ended.err
    assert "1 files of tweets are missing: data/js/tweets/2011_12.js" in ended.err + ended.out
    assert rows(tmp_path / "L", "interactions", "reaction", "target", "content") == [
        ("mention", "eve", None),
        ("retweet", "dan", "55"),
    ]
    assert rows(tmp_path / "L", "contents", "content") == [("290000000000000001",)]
    assert rows(tmp_path / "L", "tallies", "value") == []


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        (
            {"data/manifest.js": manifest("data/tweets.js", "data/tweets-part1.js")},
            "data/tweets-part1.js",
        ),
        ({"data/tweets-part3.js": part(tweet("2"))}, "tweets-part1.js, tweets-part2.js"),
    ],
)
def test_a_part_that_is_missing_is_named(archive, tmp_path: Path, more: Any, missing: str) -> None:
    files = {"data/account.js": ACCOUNT, "data/tweets.js": part(tweet("1"))} | more
    ended = klout("ingest", "xarchive", archive(files), "--lake", tmp_path / "L")
    assert ended.code == 0 and f"missing: {missing}" in ended.err + ended.out


def test_without_a_manifest_counts_are_of_the_latest_tweet_or_the_day_given(
    archive, tmp_path: Path
) -> None:
    later = tweet("2", created_at="Sun Feb 19 00:00:00 +0000 2023")
    files = {
        "account.js": ACCOUNT,
        "tweet.js": part(tweet("1", favorite_count="3"), later["tweet"], name="tweet"),
    }
    path = archive(files)
    assert klout("ingest", "xarchive", path, "--lake", tmp_path / "L").code == 0
    assert max(rows(tmp_path / "L", "tallies", "at"))[0] == datetime(2023, 2, 19, tzinfo=UTC)
    assert (
        klout("ingest", "xarchive", path, "--lake", tmp_path / "M", "--day", "2023-03-05").code == 0
    )
    assert max(rows(tmp_path / "M", "tallies", "at"))[0] == datetime(2023, 3, 5, tzinfo=UTC)


def test_what_is_no_tweet_is_refused_by_number(archive, tmp_path: Path) -> None:
    bad = [
        {"tweet": {"full_text": "…"}},
        tweet("3", created_at="once"),
        4,
        tweet("5", favorite_count="-1"),
    ]
    files = {"data/account.js": ACCOUNT, "data/tweets.js": part(tweet("1"), *bad)}
    ended = klout("ingest", "xarchive", archive(files), "--lake", tmp_path / "L")
    said = ended.err
    assert ended.code == 1
    assert "4 rows" in said and "row 2: no tweet: no id" in said
    assert rows(tmp_path / "L", "contents", "content") == [("1",), ("5",)]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"data/account.js": ACCOUNT}, "no data/tweets.js here"),
        (
            {"data/tweets.js": part(tweet("1"))},
            "no data/account.js, manifest.js or user_details.js says whose it is",
        ),
        (
            {"data/account.js": ACCOUNT, "data/tweets.js": "window.YTD.tweets.part0 = [ {"},
            "data/tweets.js: item 1: ",
        ),
        (
            {"data/account.js": ACCOUNT, "data/tweets.js": part(), "data/x/tweets.js": part()},
            "tweets.js is there twice",
        ),
    ],
)
def test_what_is_missing_or_damaged_is_named(
    archive, tmp_path: Path, files: Any, says: str
) -> None:
    assert says in refused("ingest", "xarchive", archive(files), "--lake", tmp_path / "L")


def test_a_file_whose_bytes_are_not_what_the_zip_says_is_named(archive, tmp_path: Path) -> None:
    files = {
        "data/account.js": ACCOUNT,
        "data/tweets.js": part(*(tweet(f"{n}") for n in range(50))),
    }
    path = archive(files)
    with zipfile.ZipFile(path) as packed:
        place = packed.getinfo("data/tweets.js").header_offset
    data = bytearray(path.read_bytes())
    data[place + 14] ^= 1  # the checksum in the member's own header
    data[data.rindex(b"PK\x01\x02") + 16] ^= 1  # and in the directory
    path.write_bytes(data)
    said = refused("ingest", "xarchive", path, "--lake", tmp_path / "L")
    assert "data/tweets.js: damaged: Bad CRC-32" in said


def test_twitter_keeps_what_it_declares_and_counts_are_in_the_score(
    archive, tmp_path: Path
) -> None:
    files = {"data/account.js": ACCOUNT, "data/manifest.js": manifest("data/tweets.js")}
    files["data/tweets.js"] = part(tweet("1", favorite_count="12", retweet_count="4"))
    ended = klout("ingest", "xarchive", archive(files), "--lake", tmp_path / "L")
    assert "networks: twitter: tally retweet is new, tally like is new" in ended.err
    twitter = Lake(tmp_path / "L").catalogue.network("twitter")
    assert [kind.name for kind in twitter.contents] == ["tweet"]
    assert twitter.audiences == ["followers"]


def test_it_is_detected(archive) -> None:
    files = {"data/account.js": ACCOUNT, "data/tweets.js": part(tweet("1"))}
    path = archive(files)
    assert f"klout ingest xarchive {path} --lake LAKE" in klout("ingest", "--detect", path).out
    folder = archive(files, folder=True)
    assert (
        f"klout ingest xarchive {folder}/data --lake LAKE"
        in klout("ingest", "--detect", folder).out
    )


def test_a_tweet_is_about_its_hashtags(archive, tmp_path: Path) -> None:
    tags = {
        "hashtags": [{"text": "Jazz"}, {"text": "Jazz"}, {"text": ""}, {}, "x", {"text": "blues"}]
    }
    odd = (tweet("3", entities={"hashtags": "x"}), tweet("4", entities=None))
    tweets = part(tweet("1", entities=tags), tweet("2", "RT @dan: x", entities=tags), *odd)
    path = archive({"data/account.js": ACCOUNT, "data/tweets.js": tweets})
    assert klout("ingest", "xarchive", path, "--lake", tmp_path / "L").code == 0
    assert rows(tmp_path / "L", "topics", "network", "content", "topic", "author") == [
        ("twitter", "1", "Jazz", "ann"),
        ("twitter", "1", "blues", "ann"),
    ]
