"""From a log with topics to what a server, a page and a command say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.lake import Lake
from features.people.scrubbing import PUBLISHED_TOPICS
from serving.http.api.context import Context
from serving.http.api_app import api
from serving.store import Store
from serving.store.klout_id import klout_id
from tests.support.api_client import Client, client_of
from tests.support.command import klout
from tests.support.days import ago, model
from tests.support.ontologies import csv_of

BIG = "10000000000000000620"
OF = {
    # Who has how many that react to contents of which tag.
    ("star0", "#Jazz"): 9,
    ("star0", "blues"): 2,
    ("star0", "Meditation"): 5,
    ("star1", "jazz"): 4,
    ("star1", "bikes"): 6,
    ("star2", "bikes"): 1,
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake with a log, what its contents are about, and a hierarchy."""
    monkeypatch.delenv("KLOUT_STORE_URL", raising=False)
    model().save(tmp_path / "model")
    reactions = [("network", "reaction", "actor", "target", "content", "at")]
    about = [("network", "content", "topic", "author")]
    for (star, tag), people in OF.items():
        content = f"{star}-{tag}"
        about.append(("twitter", content, tag, star))
        at = f"{ago(9)}T12:00:00Z"
        reactions += [
            ("twitter", "retweet", f"{star}-{tag}-fan{n}", star, content, at) for n in range(people)
        ]
    (tmp_path / "interactions.csv").write_bytes(csv_of(*reactions))
    (tmp_path / "topics.csv").write_bytes(csv_of(*about))
    files = [tmp_path / "interactions.csv", tmp_path / "topics.csv"]
    done("ingest", "tables", *files, "--lake", tmp_path / "lake")
    done("topics", "import", *_ontology(tmp_path / "klout"), "--lake", tmp_path / "lake")
    return tmp_path / "lake"


def _ontology(folder: Path) -> list[Path]:
    folder.mkdir()
    topics = [
        ("topicId", "topicSlug", "topicDisplayName", "wikiItemId", "freebaseMachineId"),
        (BIG, "jazz", "Jazz Music", "null", "null"),
        (2, "music", "Music", "null", "null"),
        (3, "blues", "Blues", "null", "null"),
        (4, "spirituality", "Spirituality", "null", "null"),
        (5, "meditation", "Meditation", "null", "null"),
    ]
    edges = [
        ("parentTopicId", "parrentTopicSlug", "childTopicId", "childTopicSlug"),
        (2, "music", BIG, "jazz"),
        (2, "music", 3, "blues"),
        (4, "spirituality", 5, "meditation"),
    ]
    names = [("topicId", "language", "topicDisplayName"), (2, "de", "Musik"), (2, "en", "Music")]
    files = {"topics.csv": topics, "edges.csv": edges, "names.csv": names}
    for name, rows in files.items():
        (folder / name).write_bytes(csv_of(*rows))
    return [folder]


def done(*words: object) -> str:
    ended = klout(*words)
    assert ended.code == 0, ended.err
    return ended.out


def run(root: Path, days: int, *more: object) -> None:
    done("daily", "--lake", root, "--model", root.parent / "model", "--as-of", ago(days), *more)


@contextmanager
def served(root: Path, store: str | None = None) -> Iterator[Client]:
    with (
        Store.open(store or f"sqlite:///{root / 'store.db'}") as opened,
        client_of(api(Context(opened, root, model))) as client,
    ):
        yield client


def topics_of(root: Path, star: str, *more: object) -> dict[str, Any]:
    """By slug, as the command tells."""
    told = json.loads(done("topics", "of", f"twitter:{star}", "--lake", root, "--json", *more))
    return {each["topic"]: each for each in told["topics"]}


def experts(root: Path, topic: str) -> list[tuple[str, int]]:
    told = json.loads(done("topics", "experts", topic, "--lake", root, "--json"))
    return [(each["person"].removeprefix("twitter:"), each["rank"]) for each in told["experts"]]


def test_a_log_with_topics_becomes_what_a_server_says(root: Path) -> None:
    run(root, 7)
    with served(root) as client:
        star0 = client.get("/v3/persons/twitter:star0/topics?language=de").json()["topics"]
        assert [(each["topic"], each["name"]) for each in star0] == [
            ("music", "Musik"),
            ("jazz", "Jazz Music"),
            ("blues", "Blues"),
        ]
        music, jazz, blues = star0
        assert (music["contents"], music["reactors"]) == (2, 11)
        assert (jazz["rank"], jazz["experts"], jazz["percentile"], jazz["id"]) == (1, 2, 100, BIG)
        assert blues["experts"] == 1
        places = client.get("/v3/topics/music/experts").json()["places"]
        assert [each["person"] for each in places] == ["twitter:star0", "twitter:star1"]
        assert [each["topic"] for each in client.get("/v3/topics?q=bik").json()["topics"]] == [
            "bikes"
        ]
        number = klout_id("twitter:star1")
        old = client.get(f"/v2/user.json/{number}/topics").json()
        assert [each["slug"] for each in old][:1] == ["bikes"]
        assert BIG in {each["id"] for each in old}


def test_the_commands_write_tables_that_fit_a_terminal(root: Path) -> None:
    run(root, 7)
    of = done("topics", "of", "twitter:star0", "--lake", root, "--language", "de")
    assert "│ Musik (music) " in of
    assert "│ Jazz Music (jazz) │" in of
    assert "1 of 2" in of
    told = done("topics", "experts", "Jazz Music", "--lake", root)
    assert "│ twitter:star1 │ " in told
    assert max(map(len, (of + told).splitlines())) <= 80


def test_sensitive_topics_are_shown_to_who_asks_for_them_alone(root: Path) -> None:
    run(root, 7)
    shown = topics_of(root, "star0")
    assert shown.keys() == {"music", "jazz", "blues"}
    assert topics_of(root, "star0", "--sensitive").keys() - shown.keys() == {
        "meditation",
        "spirituality",
    }
    assert klout("topics", "experts", "meditation", "--lake", root).code == 1


def test_what_is_sensitive_is_said_by_the_parameters(root: Path) -> None:
    params = root.parent / "params.yaml"
    params.write_text("topics: {hidden: [Music]}\n")
    run(root, 7, "--params", params)
    assert topics_of(root, "star0").keys() == {"meditation", "spirituality"}
    params.write_text("topics: {hidden: 7}\n")
    words = ("--lake", root, "--model", root.parent / "model", "--as-of", ago(6))
    ended = klout("daily", *words, "--params", params)
    assert (ended.code, "topics.hidden must be a list of names" in ended.err) == (1, True)


def test_what_is_hidden_is_gone_at_once_and_the_next_day_ranks_without_it(root: Path) -> None:
    run(root, 7)
    assert experts(root, "jazz") == [("star0", 1), ("star1", 2)]
    said = done("topics", "hide", "twitter:star0", "Jazz", "--lake", root, "--at", ago(7))
    assert said == "jazz is hidden of twitter:star0, and not shown any more\n"
    assert topics_of(root, "star0").keys() == {"music", "blues"}
    assert experts(root, "jazz") == [("star1", 2)]
    run(root, 6)
    assert experts(root, "jazz") == [("star1", 1)]
    assert topics_of(root, "star0").keys() == {"music", "blues"}
    ended = klout("topics", "hide", "twitter:star0", "jazz", "--lake", root)
    assert (ended.code, "jazz is hidden of twitter:star0 already" in ended.err) == (1, True)
    done("topics", "unhide", "twitter:star0", "jazz", "--lake", root, "--at", ago(6))
    run(root, 5)
    assert experts(root, "jazz") == [("star0", 1), ("star1", 2)]


def test_a_dispute_is_recorded_as_one(root: Path) -> None:
    run(root, 7)
    done("topics", "dispute", "twitter:star1", "bikes", "--lake", root)
    rows = Lake(root).scan("hidden_topics").select("person", "topic", "kind").collect().rows()
    assert rows == [("twitter:star1", "bikes", "disputed")]
    assert experts(root, "bikes") == [("star2", 2)]


def test_a_store_filled_from_the_lake_says_the_same(root: Path) -> None:
    run(root, 7)
    run(root, 6)
    other = f"sqlite:///{root.parent / 'other.db'}"
    done("store", "load", "--lake", root, "--store", other, "--model", root.parent / "model")
    paths = [
        "/v3/persons/twitter:star0/topics",
        "/v3/persons/twitter:star1/topics",
        "/v3/topics",
        "/v3/topics/music",
        "/v3/topics/bikes/experts",
    ]
    with served(root) as one, served(root, other) as another:
        for path in paths:
            assert one.get(path).json() == another.get(path).json(), path
    done("topics", "hide", "twitter:star1", "bikes", "--lake", root)
    assert "bikes" not in topics_of(root, "star1")
    done("store", "load", "--lake", root, "--store", other)
    assert "bikes" not in topics_of(root, "star1", "--store", other)


@pytest.mark.parametrize("leave", [["optout", "--at", ago(7)], ["forget", "--yes"]])
def test_who_leaves_is_an_expert_of_nothing(root: Path, leave: list[str]) -> None:
    run(root, 7)
    done("topics", "hide", "twitter:star0", "blues", "--lake", root)
    done(leave[0], "twitter:star0", *leave[1:], "--lake", root)
    assert experts(root, "jazz") == [("star1", 2)]
    run(root, 6)
    assert experts(root, "jazz") == [("star1", 1)]
    if leave[0] == "forget":
        files = sorted((root / PUBLISHED_TOPICS).iterdir())
        named = pl.concat([pl.read_parquet(file) for file in files])
        assert "twitter:star0" not in named["person"]
        assert Lake(root).scan("hidden_topics").collect().is_empty()


def test_a_day_that_is_withdrawn_takes_its_topics_with_it(root: Path) -> None:
    run(root, 7)
    before = topics_of(root, "star1")
    more = [("network", "content", "topic"), ("twitter", "star1-bikes", "opera")]
    (root.parent / "topics.csv").write_bytes(csv_of(*more))
    done("ingest", "tables", root.parent / "topics.csv", "--lake", root)
    run(root, 6)
    assert "opera" in topics_of(root, "star1")
    done("withdraw", "--lake", root, "--from", ago(6), "--why", "opera was wrong")
    assert topics_of(root, "star1") == before
    assert [file.stem for file in (root / PUBLISHED_TOPICS).iterdir()] == [str(ago(7))]


def test_what_is_not_there_is_named(root: Path) -> None:
    run(root, 7)
    for words, said in {
        ("of", "nobody"): "no person with a score is known by 'nobody'",
        ("experts", "bike"): "no topic with experts is known by 'bike'; there is ['bikes']",
        ("hide", "twitter:star0", "jaz"): "no topic 'jaz' of twitter:star0; there is ['music', ",
        ("hide", "nobody", "jazz"): "no person 'nobody': nothing in the lake names it",
        ("unhide", "twitter:star0", "jazz"): "jazz is neither hidden nor disputed of twitter:star0",
    }.items():
        ended = klout("topics", *words, "--lake", root)
        assert ended.code == 1
        assert said in ended.err, ended.err
