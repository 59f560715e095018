"""Gnip's activities, and Klout's own scores within them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from features.lake import Lake
from tests.support.command import klout

LABELS = "person,label\n"


def actor(name: str, **more: Any) -> dict[str, Any]:
    about = {"objectType": "person", "id": "id:twitter.com:12", "preferredUsername": name}
    return about | {"followersCount": 30, "listedCount": 2, "statusesCount": 9} | more


def activity(name: str, who: str = "Ann", verb: str = "post", **more: Any) -> dict[str, Any]:
    """An activity as PowerTrack delivered it."""
    of = {
        "id": f"tag:search.twitter.com,2005:{name}",
        "objectType": "activity",
        "actor": actor(who),
        "verb": verb,
        "postedTime": "2014-01-17T12:00:00.000Z",
        "body": "…",
        "object": {"objectType": "note", "id": f"object:search.twitter.com,2005:{name}"},
        "favoritesCount": 0,
        "retweetCount": 0,
        "twitter_entities": {"user_mentions": []},
        "gnip": {"matching_rules": [], "klout_score": 40},
    }
    return of | more


def mentions(*names: str) -> dict[str, Any]:
    return {"user_mentions": [{"screen_name": each, "id": 7} for each in names]}


@pytest.fixture
def given(tmp_path: Path):
    def given(*activities: Any, name: str = "a.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(each) + "\n" for each in activities))
        return path

    return given


def rows(lake: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(Lake(lake).scan(table).select(columns).collect().rows(), key=repr)


ORIGINAL = activity("5", "Dan", postedTime="2014-01-16T12:00:00.000Z", favoritesCount=3)


def test_what_was_shared_answered_and_mentioned(given, tmp_path: Path) -> None:
    link = {"link": "http://twitter.com/Bob/statuses/99"}
    path = given(
        activity("1", inReplyTo=link, twitter_entities=mentions("bob", "Cat")),
        activity("2", verb="share", object=ORIGINAL, retweetCount=8),
        activity("3", verb="delete"),
        activity("4", id="tag:gnip.wordpress.com,2012:4"),
        {"info": {"message": "Replay Request Completed", "activity_count": 4}},
    )
    ended = klout("ingest", "activitystreams", path, "--lake", tmp_path / "L")
    assert ended.code == 0, ended.err
    assert rows(tmp_path / "L", "interactions", "reaction", "actor", "target", "content", "id") == [
        ("mention", "ann", "cat", None, "1"),
        ("reply", "ann", "bob", "99", "1"),
        ("retweet", "ann", "dan", "5", "2"),
    ]
    assert rows(tmp_path / "L", "contents", "author", "content") == [("ann", "1"), ("dan", "5")]
    for reason in ("1 delete", "1 of other services than Twitter", "1 messages of the service"):
        assert reason in ended.out
    # Who acts is counted by each activity; of the author within a share nothing is asked.
    assert set(rows(tmp_path / "L", "counters", "account", "counter", "value")) == {
        ("ann", "followers", 30.0),
        ("ann", "lists", 2.0),
    }


def test_each_share_is_a_reading_of_what_was_counted_of_the_original(given, tmp_path: Path) -> None:
    first = activity("2", verb="share", object=ORIGINAL | {"retweetCount": 8})
    second = activity("3", "Eve", "share", object=ORIGINAL | {"retweetCount": 9})
    assert (
        klout("ingest", "activitystreams", given(first, second), "--lake", tmp_path / "L").code == 0
    )
    tallies = rows(tmp_path / "L", "tallies", "account", "content", "reaction", "value")
    assert [value for *_, reaction, value in tallies if reaction == "retweet"] == [0.0, 8.0, 9.0]
    assert {each[:2] for each in tallies} == {("dan", "5")}


def test_klouts_own_scores_are_labels_the_last_of_each_person(given, tmp_path: Path) -> None:
    early, late = ({"postedTime": f"2014-01-{day}T00:00:00.000Z"} for day in ("10", "18"))
    one = given(
        activity("1", gnip={"klout_score": 61}, **late),
        activity("2", gnip={"klout_score": 12}, **early),
        activity("3", "Bob", gnip={"klout_score": "33"}),
        activity("4", "Nobody", gnip={"klout_score": 0}),
        activity("5", "Cat", gnip={}),
    )
    two = given(activity("6", "Dan", gnip={"klout_score": 70}), name="b.jsonl")
    labels, words = tmp_path / "labels.csv", ("--lake", tmp_path / "L", "--labels")
    for _ in range(2):  # also of what the lake has already
        labels.unlink(missing_ok=True)
        ended = klout("ingest", "activitystreams", one, two, *words, labels)
        assert ended.code == 0, ended.err
        assert (
            labels.read_text() == LABELS + "twitter:ann,61.0\ntwitter:bob,33.0\ntwitter:dan,70.0\n"
        )
        assert "labels of 3 people" in ended.out


def test_who_was_forgotten_is_no_label(given, tmp_path: Path) -> None:
    path, labels = given(activity("1"), activity("2", "Bob")), tmp_path / "labels.csv"
    assert klout("ingest", "activitystreams", path, "--lake", tmp_path / "L").code == 0
    assert klout("forget", "twitter:bob", "--lake", tmp_path / "L", "--yes").code == 0
    assert (
        klout("ingest", "activitystreams", path, "--lake", tmp_path / "L", "--labels", labels).code
        == 0
    )
    assert labels.read_text() == LABELS + "twitter:ann,40.0\n"


def test_labels_that_are_not_there_are_not_written(given, tmp_path: Path) -> None:
    path, labels = given(activity("1", gnip={})), tmp_path / "labels.csv"
    ended = klout("ingest", "activitystreams", path, "--lake", tmp_path / "L", "--labels", labels)
    said = ended.err
    assert ended.code == 1
    assert "labels.csv: not written: nobody has a label" in said
    assert not labels.exists()
    ended = klout("ingest", "higgs", path, "--lake", tmp_path / "M", "--labels", labels)
    assert ended.code == 2 and "higgs holds none" in ended.err
    assert not (tmp_path / "M").exists()


def test_lines_that_are_no_activities_are_refused(given, tmp_path: Path) -> None:
    path = given(activity("1"), {"id": 3}, activity("2", postedTime="soon"))
    ended = klout("ingest", "activitystreams", path, "--lake", tmp_path / "L")
    said = ended.err
    assert ended.code == 1
    assert "row 2: no verb: no activity of Gnip's" in said
    assert rows(tmp_path / "L", "contents", "content") == [("1",)]


def test_it_is_detected(given) -> None:
    path = given(activity("1"))
    said = klout("ingest", "--detect", path).out
    assert f"klout ingest activitystreams {path} --labels FILE --lake LAKE" in said


def test_a_tweet_is_about_its_hashtags_also_one_that_was_shared(given, tmp_path: Path) -> None:
    tags = {"twitter_entities": {"hashtags": [{"text": "Jazz"}, {"text": "Jazz"}, {}, "x"]}}
    path = given(
        activity("1", **tags),
        activity("2", verb="share", object=ORIGINAL | tags, twitter_entities={}),
        activity("3", twitter_entities={"hashtags": "x"}),
        activity("4", verb="share", object=ORIGINAL | tags),
    )
    ended = klout("ingest", "activitystreams", path, "--lake", tmp_path / "L")
    assert ended.code == 0, ended.err
    assert rows(tmp_path / "L", "topics", "network", "content", "topic", "author") == [
        ("twitter", "1", "Jazz", "ann"),
        ("twitter", "5", "Jazz", "dan"),
    ]
