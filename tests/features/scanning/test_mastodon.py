"""`klout scan mastodon`: one person over an instance's public API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
import pytest

from features.lake import Lake
from tests.support.command import klout, refused
from tests.support.mastodon import Instance, mocked
from tests.support.stand_in import StandIn, serving

NOW = datetime.now(UTC)


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def instance() -> Instance:
    made = Instance()
    made.join("ann", "bob", "cat@else.test", "dan@else.test")
    return made


@pytest.fixture
def server(instance: Instance) -> Iterator[StandIn]:
    with serving(instance.answer) as stand_in:
        instance.host = urlsplit(stand_in.url).netloc
        yield stand_in


def rows(lake: Path, table: str = "interactions") -> pl.DataFrame:
    return Lake(lake).scan(table, ["mastodon"]).collect()


def facts(lake: Path) -> set[tuple[str, ...]]:
    return set(rows(lake).select("reaction", "actor", "target", "content").iter_rows())


def test_who_reacted_is_in_the_lake_with_what_they_reacted_to(
    instance: Instance, server: StandIn, tmp_path: Path
) -> None:
    first, second = instance.post("ann", ago(9)), instance.post("ann", ago(3))
    instance.favourited = {first: ["bob", "cat@else.test"], second: ["dan@else.test"]}
    instance.boosted = {first: ["cat@else.test"]}
    answer = instance.post("bob", ago(2), first, mentions=["ann"])
    instance.post("dan@else.test", ago(1), answer)
    words = ("scan", "mastodon", "ann", "--lake", tmp_path / "L", "--url", server.url)
    ended = klout(*words)
    assert ended.code == 0, ended.err
    ann, bob = f"ann@{instance.host}", f"bob@{instance.host}"
    one, two = instance.uri(first), instance.uri(second)
    assert facts(tmp_path / "L") == {
        ("favourite", bob, ann, one),
        ("favourite", "cat@else.test", ann, one),
        ("favourite", "dan@else.test", ann, two),
        ("boost", "cat@else.test", ann, one),
        ("reply", bob, ann, one),
        ("mention", bob, ann, None),
    }
    assert set(rows(tmp_path / "L", "contents")["content"]) == {one, two}
    assert rows(tmp_path / "L", "counters")["value"].to_list() == [5.0]
    assert "already in the lake" in klout(*words).out


def test_lists_are_read_to_their_end(instance: Instance, server: StandIn, tmp_path: Path) -> None:
    first = instance.post("ann", ago(9))
    instance.favourited = {first: [f"p{number}@else.test" for number in range(23)]}
    for _ in range(11):
        instance.post("ann", ago(1))
    instance.page = 5
    klout("scan", "mastodon", "@ann", "--lake", tmp_path / "L", "--url", server.url)
    assert len(rows(tmp_path / "L")) == 23
    assert len(rows(tmp_path / "L", "contents")) == 12


def test_what_is_counted_but_not_listed_is_said(
    instance: Instance, server: StandIn, tmp_path: Path
) -> None:
    first = instance.post("ann", ago(9), favourites=7)
    instance.favourited = {first: ["bob", "cat@else.test"]}
    ended = klout("scan", "mastodon", "ann", "--lake", tmp_path / "L", "--url", server.url)
    assert "5 counted by the network, but not listed" in ended.out


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ({"discoverable": False}, "discoverable"),
        ({"discoverable": None}, "discoverable"),
        ({"indexable": False}, "indexable"),
        ({"noindex": True}, "noindex"),
    ],
)
def test_who_does_not_agree_is_not_read_but_by_themselves(
    instance: Instance,
    server: StandIn,
    tmp_path: Path,
    flags: dict[str, object],
    named: str,
) -> None:
    instance.join("ann", **flags)
    instance.favourited = {instance.post("ann", ago(9)): ["bob"]}
    words = ("scan", "mastodon", "ann", "--lake", tmp_path / "L", "--url", server.url)
    line = refused(*words)
    assert named in line
    assert "--own" in line
    assert [path for path, _ in server.asked] == ["/robots.txt", "/api/v1/accounts/lookup"]
    assert not (tmp_path / "L" / "ledger").exists()
    assert klout(*words, "--own").code == 0
    assert len(rows(tmp_path / "L")) == 1


def test_a_server_of_before_the_flags_is_read(
    instance: Instance, server: StandIn, tmp_path: Path
) -> None:
    instance.people["ann"] = {}
    words = ("scan", "mastodon", "ann", "--lake", tmp_path / "L", "--url", server.url)
    assert klout(*words).code == 0


def test_an_account_that_is_not_there_is_one_line(
    instance: Instance, server: StandIn, tmp_path: Path
) -> None:
    words = ("--lake", tmp_path / "L", "--url", server.url)
    assert "404, Record not found" in refused("scan", "mastodon", "nobody", *words)
    assert "name@server" in refused("scan", "mastodon", "ann bob", *words)
    assert "name@server" in refused("scan", "mastodon", "ann", "--lake", tmp_path / "L")


@pytest.mark.slow
def test_the_mock_of_pypi_gives_what_its_people_did(tmp_path: Path) -> None:
    with mocked(tmp_path / "mock", "ann", "bob", "cat", "dan", limit=8) as mock:
        host = urlsplit(mock.url).netloc
        words = ("scan", "mastodon", "ann", "--lake", tmp_path / "L", "--url", mock.url)
        assert "discoverable" in refused(*words)
        first, second = mock.post("ann", "first"), mock.post("ann", "second")
        for name in ("bob", "cat", "dan"):
            mock.do(name, "favourite", first)
        mock.do("dan", "unfavourite", first)
        mock.do("cat", "reblog", second)
        mock.do("bob", "reblog", second)
        mock.do("bob", "unreblog", second)
        mock.do("ann", "reblog", mock.post("bob", "not ann's"))
        answer = mock.post("bob", "@ann hello", first["id"])
        mock.post("dan", "to bob", answer["id"])
        for _ in range(45):  # more than a page
            mock.post("ann", "into silence")
        ended = klout(*words, "--own")  # the mock has no way to agree
        assert ended.code == 0, ended.err
    ann, bob, cat = (f"{name}@{host}" for name in ("ann", "bob", "cat"))
    assert facts(tmp_path / "L") == {
        ("favourite", bob, ann, first["uri"]),
        ("favourite", cat, ann, first["uri"]),
        ("boost", cat, ann, second["uri"]),
        ("reply", bob, ann, first["uri"]),
        ("mention", bob, ann, None),
    }
    assert len(rows(tmp_path / "L", "contents")) == 47
