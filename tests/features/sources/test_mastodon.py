"""Archives of Mastodon accounts: what the account did, what was counted of it, and its consent."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from features.lake import Lake
from features.people.optouts import opted_out
from features.sources import archives
from tests.support.command import klout, refused

ANN = "https://example.org/users/ann"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
MADE = datetime(2024, 3, 9, 10, tzinfo=UTC)
ACTOR = {"id": ANN, "type": "Person", "preferredUsername": "ann", "likes": "likes.json"}


def post(name: str, published: str = "2024-03-01T09:00:00Z", **more: Any) -> dict[str, Any]:
    """A Create as Mastodon 4.4 exports it."""
    note = {
        "id": f"{ANN}/statuses/{name}",
        "type": "Note",
        "inReplyTo": None,
        "published": published,
        "to": [PUBLIC],
        "cc": [f"{ANN}/followers"],
        "content": "<p>…</p>",
        "tag": [],
    }
    create = {"id": f"{ANN}/statuses/{name}/activity", "type": "Create", "actor": ANN}
    return create | {"published": published, "to": [PUBLIC], "cc": [], "object": note | more}


def counted(name: str, likes: int, shares: int, **more: Any) -> dict[str, Any]:
    of = {"likes": likes, "shares": shares}
    collections = {
        k: {"id": f"{name}/{k}", "type": "Collection", "totalItems": n} for k, n in of.items()
    }
    return post(name, **collections, **more)


def boost(what: Any, name: str = "b") -> dict[str, Any]:
    act = {"id": f"{ANN}/statuses/{name}/activity", "type": "Announce", "actor": ANN}
    return act | {"published": "2024-03-02T09:00:00Z", "to": [PUBLIC], "cc": [], "object": what}


def outbox(*items: Any) -> str:
    head = {"@context": PUBLIC, "id": "outbox.json", "type": "OrderedCollection"}
    return json.dumps(head | {"totalItems": len(items), "orderedItems": items})


def hashtag(name: Any) -> dict[str, Any]:
    return {"type": "Hashtag", "href": "https://example.org/tags/x", "name": name}


@pytest.fixture
def archive(tmp_path: Path):
    """Write an archive as a zip, or as a folder."""

    def archive(
        *items: Any, within: str = "", folder: bool = False, actor: Any = ACTOR, **more: str
    ) -> Path:
        files = {"outbox.json": outbox(*items), "actor.json": json.dumps(actor)} | more
        if folder:
            for name, text in files.items():
                file = tmp_path / "archive" / within / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return tmp_path / "archive"
        path = tmp_path / "archive-20240309100000-0f.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, text in files.items():
                packed.writestr(f"{within}{name}", text)
        return path

    return archive


def rows(lake: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(Lake(lake).scan(table).select(columns).collect().rows(), key=repr)


def test_what_the_account_did_is_given_to_others(archive, tmp_path: Path) -> None:
    mention = {"type": "Mention", "href": "https://far.org/@bob", "name": "@bob@far.org"}
    here = {"type": "Mention", "href": "https://example.org/notes-of/9", "name": "@cat"}
    items = [
        post("1", inReplyTo="https://far.org/users/bob/statuses/7", tag=[mention, here]),
        boost("https://far.org/users/dan/statuses/8"),
        boost("https://misskey.example/notes/9abc", "c"),
        {**post("2"), "to": [f"{ANN}/followers"]},
    ]
    ended = klout("ingest", "mastodon", archive(*items), "--lake", tmp_path / "L")
    assert ended.code == 0, ended.err
    assert rows(tmp_path / "L", "interactions", "reaction", "actor", "target", "content") == [
        ("boost", "ann@example.org", "dan@far.org", "https://far.org/users/dan/statuses/8"),
        ("mention", "ann@example.org", "bob@far.org", None),
        ("mention", "ann@example.org", "cat@example.org", None),
        ("reply", "ann@example.org", "bob@far.org", "https://far.org/users/bob/statuses/7"),
    ]
    assert rows(tmp_path / "L", "contents", "content") == [(f"{ANN}/statuses/1",)]
    assert "1 not public" in ended.out
    assert "1 to posts whose author their address does not name" in ended.out


def test_counts_are_tallies_of_when_the_archive_was_made(archive, tmp_path: Path) -> None:
    likes = json.dumps(
        {"id": "likes.json", "type": "OrderedCollection", "orderedItems": ["x", "y"]}
    )
    path = archive(counted("1", 5, 2), within="ann/", **{"likes.json": likes})
    ended = klout("ingest", "mastodon", path, "--lake", tmp_path / "L")
    assert "networks: mastodon added" in ended.err
    assert "2 likes given" in ended.out
    new = datetime(2024, 3, 1, 9, tzinfo=UTC)
    wanted = [
        ("boost", 0.0, new),
        ("boost", 2.0, MADE),
        ("favourite", 0.0, new),
        ("favourite", 5.0, MADE),
    ]
    assert rows(tmp_path / "L", "tallies", "reaction", "value", "at") == sorted(wanted, key=repr)
    again = klout("ingest", "mastodon", path, "--lake", tmp_path / "L")
    assert again.code == 0 and len(rows(tmp_path / "L", "tallies", "value")) == 4


def test_who_has_only_counts_has_a_score(archive, tmp_path: Path) -> None:
    lake, signals, scores = (tmp_path / name for name in ("L", "s.parquet", "x.parquet"))
    assert klout("ingest", "mastodon", archive(counted("1", 40, 9)), "--lake", lake).code == 0
    made = klout("materialize", "--lake", lake, "--as-of", "2024-03-10", "--out", signals)
    assert made.code == 0, made.err
    found = _signals(signals)
    assert found["mastodon.favourite.tallied.90d"] == 40
    assert found["mastodon.any.reach.90d"] == 49 / 4
    del scores


def _signals(file: Path) -> dict[str, float]:
    import polars as pl

    return pl.read_parquet(file).filter(person="mastodon:ann@example.org").row(0, named=True)


def test_the_account_has_its_name_and_the_links_of_its_profile(archive, tmp_path) -> None:
    link = '<a href="https://ann.example/" rel="me"><span>ann.example</span></a>'
    fields = [{"type": "PropertyValue", "name": "Web", "value": link},
              {"type": "PropertyValue", "name": "Code", "value": "https://github.com/ann"},
              {"type": "PropertyValue", "name": "Pronouns", "value": "she/her"},
              "damaged"]  # fmt: skip
    actor = ACTOR | {"name": " Ann Lee ", "attachment": fields}
    assert (
        klout("ingest", "mastodon", archive(post("1"), actor=actor), "--lake", tmp_path / "L").code
        == 0
    )
    lake = Lake(tmp_path / "L")
    (named,) = lake.scan("profiles").collect().rows(named=True)
    assert (named["account"], named["name"], named["at"]) == ("ann@example.org", "Ann Lee", MADE)
    links = lake.scan("profile_links").collect()
    assert set(links["account"]) == {"ann@example.org"}
    assert links["url"].to_list() == ["https://ann.example/", "https://github.com/ann"]


@pytest.mark.parametrize("flag", ["discoverable", "indexable"])
def test_who_does_not_agree_to_be_found_has_opted_out(archive, tmp_path: Path, flag: str) -> None:
    both = {"discoverable": True, "indexable": True}
    path = archive(post("1"), actor=ACTOR | both | {flag: False})
    assert klout("ingest", "mastodon", path, "--lake", tmp_path / "L").code == 0
    out = opted_out(Lake(tmp_path / "L"), date(2024, 3, 10))
    assert out["person"].to_list() == ["mastodon:ann@example.org"]


@pytest.mark.parametrize(
    "said", [{}, {"discoverable": None}, {"discoverable": True, "indexable": True}]
)
def test_who_says_nothing_has_not(archive, tmp_path: Path, said: dict[str, Any]) -> None:
    assert (
        klout(
            "ingest", "mastodon", archive(post("1"), actor=ACTOR | said), "--lake", tmp_path / "L"
        ).code
        == 0
    )
    assert opted_out(Lake(tmp_path / "L"), date(2024, 3, 10)).is_empty()


def test_a_folder_dates_its_counts_by_its_latest_post_or_by_the_day_given(
    archive, tmp_path: Path
) -> None:
    path = archive(counted("1", 5, 0), boost("https://far.org/users/dan/statuses/8"), folder=True)
    for number, (more, at) in enumerate(
        (
            ((), datetime(2024, 3, 2, 9, tzinfo=UTC)),
            (("--day", "2024-03-20"), datetime(2024, 3, 20, tzinfo=UTC)),
        )
    ):
        lake = tmp_path / f"L{number}"
        assert klout("ingest", "mastodon", path, "--lake", lake, *more).code == 0
        assert max(rows(lake, "tallies", "at"))[0] == at


def test_rows_that_are_no_activities_are_refused_by_number(archive, tmp_path: Path) -> None:
    items = [post("1"), {"id": "x"}, post("2", published="yesterday"), 7]
    ended = klout("ingest", "mastodon", archive(*items), "--lake", tmp_path / "L")
    said = ended.err
    assert ended.code == 1
    assert "3 rows" in said and "row 2: no activity: no type" in said
    assert len(rows(tmp_path / "L", "contents", "content")) == 1


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"outbox.json": '{"orderedItems": [{"type": "Create"}'},
            "outbox.json: the list does not end",
        ),
        ({"outbox.json": '{"orderedItems": [{"type": "Cre'}, "outbox.json: item 1: "),
        ({"outbox.json": '{"items": []}'}, "outbox.json: no list that begins as"),
        ({"actor.json": "{}"}, "actor.json: id: expected an account's address"),
        ({"b/actor.json": "{}"}, "actor.json is there twice; give one archive"),
    ],
)
def test_what_is_damaged_is_named(
    archive, tmp_path: Path, files: dict[str, str], says: str
) -> None:
    assert says in refused(
        "ingest", "mastodon", archive(post("1"), **files), "--lake", tmp_path / "L"
    )


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("outbox.json", outbox())
    assert "no actor.json here" in refused(
        "ingest", "mastodon", tmp_path / "a.zip", "--lake", tmp_path / "L"
    )
    (tmp_path / "b.zip").write_bytes(b"PK")
    assert "neither a folder nor a whole zip" in refused(
        "ingest", "mastodon", tmp_path / "b.zip", "--lake", tmp_path / "L"
    )


def test_a_list_is_read_an_item_at_a_time(
    archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the pieces in which a file comes; an item that is too long is refused, not kept."""
    path = archive(*(counted(f"{n}", n, 0, content="é" * n) for n in range(40)))
    for size in (1, 7, 4096):
        monkeypatch.setattr(archives, "_CHUNK", size)
        found = list(archives.Archive(path).items("outbox.json", r'"orderedItems"\s*:\s*\['))
        assert [number for number, _ in found] == [*range(1, 41)]
    monkeypatch.setattr(archives, "LONGEST_ITEM", 300)
    monkeypatch.setattr(archives, "_CHUNK", 64)
    said = refused("ingest", "mastodon", archive(counted("1", 1, 1)), "--lake", tmp_path / "L")
    assert "outbox.json: item 1 is longer than it may be" in said


def test_it_is_detected_as_a_zip_and_as_a_folder(archive) -> None:
    for path in (archive(post("1")), archive(post("1"), folder=True)):
        ended = klout("ingest", "--detect", path)
        assert ended.code == 0
        assert f"klout ingest mastodon {path} --lake LAKE" in ended.out


def test_what_was_counted_of_somebody_is_forgotten_with_the_rest(archive, tmp_path: Path) -> None:
    lake, path = tmp_path / "L", archive(counted("1", 5, 2))
    assert klout("ingest", "mastodon", path, "--lake", lake).code == 0
    assert klout("forget", "mastodon:ann@example.org", "--lake", lake, "--yes").code == 0
    assert rows(lake, "tallies", "value") == []
    assert klout("ingest", "mastodon", path, "--lake", lake).code == 0
    assert rows(lake, "tallies", "value") == []


def test_a_post_is_about_its_hashtags(archive, tmp_path: Path) -> None:
    tags = [hashtag("#Jazz"), hashtag("blues"), hashtag("#Jazz"), hashtag("#"), hashtag(None)]
    one = {"tag": hashtag("#one")}  # JSON-LD knows no difference
    path = archive(post("1", tag=[*tags, "x", {"type": "Emoji", "name": ":a:"}]), post("2", **one))
    assert klout("ingest", "mastodon", path, "--lake", tmp_path / "L").code == 0
    assert Lake(tmp_path / "L").scan("topics").sort("topic").collect().rows() == [
        ("mastodon", f"{ANN}/statuses/1", "Jazz", "ann@example.org"),
        ("mastodon", f"{ANN}/statuses/1", "blues", "ann@example.org"),
        ("mastodon", f"{ANN}/statuses/2", "one", "ann@example.org"),
    ]
