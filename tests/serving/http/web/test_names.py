"""People are shown by the names of their profiles, from ingesting them to pages and the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import polars as pl
import pytest

from features.lake.times import midnight
from serving.http.api.context import Context
from serving.http.api_app import api
from serving.store import Store
from tests.support.api_client import Client, client_of
from tests.support.command import klout
from tests.support.days import ago, came, likes, model
from tests.support.store_people import day
from tests.support.web_site import serving

SCRIPT = '<script>alert("1")</script>'
LONG = "Wolfe " * 83 + "of"
RTL = "דנה כהן"
DAY = ago(5)


class Seen(HTMLParser):
    """What a browser makes of a page: the names, and what would run."""

    def __init__(self) -> None:
        super().__init__()
        self.called: list[str] = []
        self.runs: list[str] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.runs += [name for name in given if name.startswith("on")]
        self.runs += [tag] * (tag == "script" and "src" not in given)
        self._within = given.get("class") == "called"

    def handle_data(self, data: str) -> None:
        self.called += [data] * self._within

    def handle_endtag(self, tag: str) -> None:
        self._within = False


@dataclass(frozen=True)
class Shown:
    """What is served of a store, as pages and as JSON."""

    pages: httpx.Client
    v3: Client

    def page(self, path: str) -> str:
        answer = self.pages.get(path)
        assert answer.status_code == 200, path
        return answer.text

    def json(self, path: str) -> dict[str, object]:
        return dict(self.v3.get(f"/v3/{path}").json())


@contextmanager
def shown(store: Store, lake: Path | None) -> Iterator[Shown]:
    context = Context(store, lake, model)
    with (
        serving(context) as site,
        httpx.Client(base_url=site, headers={"accept": "text/html"}, timeout=60) as pages,
        client_of(api(context)) as v3,
    ):
        yield Shown(pages, v3)


def ok(*words: object) -> None:
    ended = klout(*words)
    assert ended.code == 0, (ended.out, ended.err)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four stars, the profiles of two of them, and a day's run."""
    monkeypatch.delenv("KLOUT_STORE_URL", raising=False)
    root = tmp_path / "lake"
    model().save(tmp_path / "model")
    came(root, 0, [*likes(ago(9), 300), *likes(ago(8), 30)])
    names = {"star0": "Stella Nova", "star1": RTL, "fan0": "A Fan"}
    profiles = pl.DataFrame({"account": [*names], "name": [*names.values()]})
    file = tmp_path / "profiles.parquet"
    profiles.with_columns(network=pl.lit("twitter"), at=pl.lit(midnight(ago(7)))).write_parquet(
        file
    )
    ok("ingest", "tables", file, "--lake", root)
    ok("daily", "--lake", root, "--model", tmp_path / "model", "--as-of", DAY)
    return root


def test_a_profile_that_was_ingested_names_its_person_everywhere(lake: Path) -> None:
    with Store.open(f"sqlite:///{lake / 'store.db'}") as store, shown(store, lake) as here:
        told = here.page("/people/twitter:star0")
        assert "<title>Stella Nova: " in told
        assert '<h1><bdi class="called">Stella Nova</bdi>' in told
        assert '<span class="id"><bdi>twitter:star0</bdi></span>' in told
        assert 'aria-label="Stella Nova: ' in told
        for path in (
            "/",
            "/?q=nova",
            "/leaderboard",
            "/leaderboard?network=twitter",
            "/compare?person=stella",
            "/people/twitter:star0/integrity",
        ):
            found = here.page(path)
            link = r'<a href="/people/twitter:star0"[^>]*><bdi class="called">Stella Nova</bdi></a>'
            assert re.search(link + r'\s*<span class="id"><bdi>twitter:star0</bdi>', found), path
        assert "<h1><bdi>twitter:star2</bdi>" in here.page("/people/twitter:star2")

        assert here.json("persons/twitter:star0")["name"] == "Stella Nova"
        assert here.json("persons/twitter:star2")["name"] is None
        for path, of in (
            ("search?q=STELLA", "people"),
            ("leaderboard?limit=1", "places"),
            ("compare?person=twitter:star0", "people"),
        ):
            (first,) = here.json(path)[of]
            assert (first["person"], first["name"]) == ("twitter:star0", "Stella Nova")


def test_who_opts_out_or_is_forgotten_leaves_no_name(lake: Path) -> None:
    ok("optout", "twitter:star0", "--lake", lake)
    ok("forget", "twitter:star1", "--yes", "--lake", lake)
    with Store.open(f"sqlite:///{lake / 'store.db'}") as store, shown(store, lake) as here:
        for path in ("/", "/leaderboard", "/?q=stella", "/?q=nova", f"/?q={RTL}"):
            inside = here.page(path).replace(f"“{RTL}”", "")
            assert "Stella" not in inside
            assert f"{RTL}</bdi></a>" not in inside
        assert [here.json(f"search?q={words}")["people"] for words in ("nova", RTL)] == [[], []]
    ok("daily", "--lake", lake, "--model", lake.parent / "model", "--as-of", ago(4))
    with Store.open(f"sqlite:///{lake / 'store.db'}") as store, store.read() as now:
        names = [each.scored.name for each in now.leaderboard()]
    assert names
    assert not {"Stella Nova", RTL} & set(names)


def test_a_name_of_the_command_line_is_shown_from_the_next_run(lake: Path) -> None:
    words = ("connect", "sirius", "twitter", "star2", "--at", ago(5), "--lake", lake)
    ok(*words, "--name", "Sirius B")
    ok("daily", "--lake", lake, "--model", lake.parent / "model", "--as-of", ago(4))
    with Store.open(f"sqlite:///{lake / 'store.db'}") as store, shown(store, lake) as here:
        assert '<h1><bdi class="called">Sirius B</bdi>' in here.page("/people/sirius")
        assert here.json("search?q=sirius b")["people"][0]["person"] == "sirius"


@pytest.mark.parametrize("name", [SCRIPT, LONG, RTL, "\"' onload=x", "{{ 7 * 7 }}"])
def test_whatever_a_name_is_it_is_shown_as_text(tmp_path: Path, name: str) -> None:
    names = pl.DataFrame({"person": ["ann"], "name": [name]})
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        store.publish(replace(day(0, {"ann": 40.0, "bob": 30.0}), names=names))
        with shown(store, None) as here:
            for path in ("/", "/?q=an", "/people/ann", "/leaderboard", "/compare?person=ann"):
                seen = Seen()
                seen.feed(here.page(path))
                assert name in seen.called
                assert not seen.runs
            assert here.json("persons/ann")["name"] == name
