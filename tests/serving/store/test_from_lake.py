"""The day's run fills the store, and what people decide reaches it at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from features.errors import KloutError
from features.people.accounts import connect
from features.people.optouts import opt_out
from serving.cli.app import app
from serving.daily.run import daily
from serving.store import Store
from tests.support.days import ONE, ago, came, likes, model, scores
from tests.support.killing import Killed

PEOPLE = {f"twitter:star{n}" for n in range(4)}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake with some days' data, and no store in the environment."""
    monkeypatch.delenv("KLOUT_STORE_URL", raising=False)
    model().save(tmp_path / "model")
    came(tmp_path / "lake", 0, [*likes(ago(9), 300), *likes(ago(8), 30), *likes(ago(1), 40)])
    return tmp_path / "lake"


def klout(*words: object, exit_code: int = 0) -> Result:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == exit_code, done.output
    return done


def at(root: Path) -> str:
    return f"sqlite:///{root / 'store.db'}"


def published(url: str) -> dict[str, float]:
    with Store.open(url) as store, store.read() as now:
        return {each.scored.person: each.scored.score for each in now.leaderboard()}


def run(root: Path, days: int) -> None:
    klout("daily", "--lake", root, "--model", root.parent / "model", "--as-of", ago(days))


def test_a_run_publishes_its_scores_in_the_lakes_own_store(root: Path) -> None:
    run(root, 7)
    wanted = scores(root, ago(7))
    assert published(at(root)) == dict(zip(wanted["person"], wanted["score"], strict=True))
    with Store.open(at(root)) as store, store.read() as now:
        assert (now.day.as_of, now.day.model) == (ago(7), model().version)
        assert len(now.day.catalogue) == 12


def test_a_run_can_be_told_to_fill_another_store_or_none(root: Path, url: str) -> None:
    words = ("daily", "--lake", root, "--model", root.parent / "model", "--quiet", "--as-of")
    klout(*words, ago(7), "--no-store")
    klout(*words, ago(6), "--store", url)
    assert not (root / "store.db").exists()
    with Store.open(url) as store, store.read() as now:
        assert [each.as_of for each in now.days] == [ago(7), ago(6)]
        assert len(now.history("twitter:star0")) == 2


def test_a_run_killed_before_the_store_got_its_day_is_made_up_for(
    root: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily(root, ago(7), model(), store=url)
    with monkeypatch.context() as patched:
        patched.setattr("serving.store.from_lake.keep", killed)
        with pytest.raises(Killed):
            daily(root, ago(6), model(), store=url)
    assert latest(url) == ago(7)
    assert daily(root, ago(6), model(), store=url) is None
    assert latest(url) == ago(6)
    with monkeypatch.context() as patched:
        patched.setattr("serving.store.from_lake.keep", killed)
        with pytest.raises(Killed):
            daily(root, ago(5), model(), store=url)
    assert daily(root, ago(4), model(), store=url) is not None
    with Store.open(url) as store, store.read() as now:
        assert [each.as_of for each in now.days] == [ago(days) for days in (7, 6, 5, 4)]


def killed(*_: object) -> None:
    raise Killed


def latest(url: str) -> object:
    with Store.open(url) as store:
        return store.latest()


def test_a_store_that_fails_is_told_with_what_to_do(root: Path) -> None:
    nowhere = "postgresql+psycopg://127.0.0.1:1/klout"
    with pytest.raises(KloutError, match=f"{ago(7)} is published; run again, for the store"):
        daily(root, ago(7), model(), store=nowhere)
    assert daily(root, ago(7), model(), store=at(root)) is None
    assert published(at(root)).keys() == PEOPLE


def test_a_new_store_is_filled_with_all_published_days(root: Path, url: str) -> None:
    for days in (7, 6, 5):
        daily(root, ago(days), model())
    said = klout("store", "load", "--lake", root, "--store", url, "--model", root.parent / "model")
    assert said.stdout.endswith(f": 3 days, {ago(7)} to {ago(5)}\n")
    assert published(url) == dict(scores(root, ago(5)).select("person", "score").iter_rows())
    again = klout("store", "load", "--lake", root, "--store", url)
    assert again.stdout.endswith(": nothing new\n")


def test_scores_that_no_run_computed_can_be_published(root: Path, url: str) -> None:
    daily(root, ago(7), model())
    file = root / "published" / f"{ago(7)}.parquet"
    words = ["store", "publish", "--lake", root, "--scores", file, "--as-of", ago(7)]
    words += ["--store", url, "--model", root.parent / "model"]
    assert klout(*words).stdout.endswith(f"{ago(7)} published\n")
    assert "nothing changed" in klout(*words).stdout
    pl.read_parquet(file).head(2).write_parquet(file)
    assert klout(*words, "--again").stdout.endswith("published\n")
    assert len(published(url)) == 2


def test_an_account_finds_its_person_from_the_run_on_that_knows_it(root: Path) -> None:
    run(root, 7)
    since = datetime(2014, 1, 1, tzinfo=UTC)
    connect(root, "ann", ("twitter", "star0"), "personal", since, ONE)
    run(root, 6)
    with Store.open(at(root)) as store, store.read() as now:
        assert now.owner("twitter", "star0").person == "ann"
        assert now.person("twitter:star0") is None
        assert [each.person for each in now.search("star0")] == ["ann"]


@pytest.mark.parametrize("command", [["forget", "--yes"], ["optout"]])
def test_who_opts_out_or_is_forgotten_is_gone_from_the_store_at_once(
    root: Path, url: str, command: list[str]
) -> None:
    """And stays gone, whatever is published or loaded afterwards."""
    daily(root, ago(7), model(), store=url)
    klout(command[0], "twitter:star1", *command[1:], "--lake", root, "--store", url)
    assert published(url).keys() == PEOPLE - {"twitter:star1"}
    daily(root, ago(6), model(), store=url)
    assert published(url).keys() == PEOPLE - {"twitter:star1"}
    with Store.open(url) as store, store.read() as now:
        assert now.history("twitter:star1") == []


def test_forgetting_a_person_takes_what_its_accounts_were_before(root: Path) -> None:
    """The account had a score of its own until it was connected."""
    run(root, 7)
    since = datetime(2014, 1, 1, tzinfo=UTC)
    connect(root, "ann", ("twitter", "star0"), "personal", since, ONE)
    run(root, 6)
    klout("forget", "ann", "--yes", "--lake", root)
    with Store.open(at(root)) as store:
        assert set(store.everybody()["person"]) == PEOPLE - {"twitter:star0"}


def test_a_removal_that_failed_is_made_up_for_by_the_next_run_or_load(root: Path, url: str) -> None:
    daily(root, ago(7), model(), store=url)
    opt_out(root, "twitter:star2", datetime.now(UTC) - timedelta(hours=1), ONE)
    assert "twitter:star2" in published(url)
    klout("store", "load", "--lake", root, "--store", url)
    assert published(url).keys() == PEOPLE - {"twitter:star2"}


def test_without_a_store_forgetting_makes_none(root: Path) -> None:
    daily(root, ago(7), model())
    klout("forget", "twitter:star1", "--yes", "--lake", root)
    assert not (root / "store.db").exists()


def test_a_store_that_does_not_answer_stops_forgetting_before_it_begins(root: Path) -> None:
    daily(root, ago(7), model())
    nowhere = ["--store", "postgresql+psycopg://127.0.0.1:1/klout"]
    done = CliRunner().invoke(app, ["optout", "twitter:star1", "--lake", str(root), *nowhere])
    assert isinstance(done.exception, KloutError)
    opt_out(root, "twitter:star1", datetime.now(UTC), ONE)
