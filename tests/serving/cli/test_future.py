"""Days that nothing can be known of are refused in one line, by every command."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake.known_days import tomorrow
from serving.cli.app import app
from tests.support.days import came, likes, model
from tests.support.populations import quick_model

PAST, LATER = date(2014, 10, 1), tomorrow() + timedelta(2)  # a run may pass midnight
READ = {
    "materialize": ["materialize", "--out", "out"],
    "judge": ["judge", "--horizon", "1", "--out", "out"],
    "train": ["integrity", "train", "--labels", "labels.csv", "--out", "out"],
    "assess": ["integrity", "assess"],
    "assess aside": ["integrity", "assess", "--out", "out"],
    "explain integrity": ["integrity", "explain", "twitter:fan0"],
    "report": ["integrity", "report"],
    "spread": ["spread", "--scores", "scores.parquet", "--out", "out"],
    "explain": ["explain", "twitter:star0", "--model", "model"],
}
WRITTEN = {
    "daily": ["daily", "--model", "model"],
    "publish": ["store", "publish", "--scores", "scores.parquet", "--model", "model"],
}
EVERY = READ | WRITTEN


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake with some days' data, and the folder it is in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KLOUT_STORE_URL", raising=False)
    model().save(Path("model"))
    came(Path("L"), 0, likes(PAST - timedelta(2), 30))
    return tmp_path / "L"


def klout(words: list[str], as_of: object, *more: str) -> Result:
    return CliRunner().invoke(app, [*words, "--lake", "L", "--as-of", str(as_of), *more])


@pytest.mark.parametrize("words", EVERY.values(), ids=EVERY)
def test_a_day_that_has_not_come_is_refused_and_nothing_is_written(
    words: list[str], lake: Path
) -> None:
    before = {str(file) for file in lake.parent.rglob("*")}
    done = klout(words, LATER)
    assert done.exit_code == 1
    assert f"{LATER} has not come" in str(done.exception)
    assert {str(file) for file in lake.parent.rglob("*")} == before


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "3000-01-01"])
@pytest.mark.parametrize("words", EVERY.values(), ids=EVERY)
def test_a_day_outside_the_calendar_is_bad_usage(words: list[str], day: str) -> None:
    done = klout(words, day)
    assert done.exit_code == 2
    assert "is not a day from 1970-01-01" in " ".join(done.output.split())


@pytest.mark.parametrize(
    "words",
    [
        ["daily", "--lake", "L", "--from", "0001-01-01", "--to", "2014-10-01"],
        ["daily", "--lake", "L", "--from", "2014-10-01", "--to", "9999-12-31"],
        ["withdraw", "--lake", "L", "--from", "0001-01-01", "--why", "so"],
        ["store", "prune", "--lake", "L", "--before", "9999-12-31"],
        ["explain", "a", "--lake", "L", "--as-of", "2014-10-01", "--since", "0001-01-01"],
    ],
    ids=lambda words: " ".join(words),
)
def test_so_is_one_in_any_other_option(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "is not a day from 1970-01-01" in " ".join(done.output.split())


@pytest.mark.parametrize("day", ["1970-01-01", "1970-03-01"])
@pytest.mark.parametrize("words", [READ["materialize"], READ["assess"]], ids=lambda w: w[0])
def test_the_first_days_of_the_calendar_are_computed(words: list[str], day: str) -> None:
    done = klout(words, day)
    assert done.exit_code == 0 or str(done.exception).startswith("L: nobody to compute signals")


def test_a_horizon_that_has_not_ended_is_refused() -> None:
    words = ["judge", "--out", "out", "--horizon"]
    for horizon in (str((tomorrow() - PAST).days + 1), "36500"):
        done = klout([*words, horizon], PAST)
        assert done.exit_code == 1
        assert f"--horizon {horizon} after {PAST} has not come yet" in str(done.exception)


def test_a_simulated_world_may_lie_in_the_future() -> None:
    """What it holds can be known; a day that readers see must be asked for by name."""
    world = ["--persons", "20", "--days", "4", "--end", "2104-01-01", "--quiet"]
    assert CliRunner().invoke(app, ["simulate", "--out", "W", *world]).exit_code == 0
    for words, day, code in (
        (["materialize", "--out", "out"], "2104-01-01", 0),
        (["materialize", "--out", "out"], "2104-01-02", 1),
        (["judge", "--horizon", "2", "--out", "out"], "2103-12-30", 0),
        (["judge", "--horizon", "3", "--out", "out"], "2103-12-30", 1),
        (["integrity", "assess"], "2104-01-01", 0),
    ):
        done = CliRunner().invoke(app, [*words, "--lake", "W", "--as-of", day])
        assert done.exit_code == code, (words, done.output)
    quick_model(Catalogue(load_networks()), 1).save(Path("all"))
    daily = ["daily", "--lake", "W", "--model", "all", "--as-of", "2104-01-01", "--quiet"]
    assert CliRunner().invoke(app, daily).exit_code == 1
    done = CliRunner().invoke(app, [*daily, "--allow-future"])
    assert done.exit_code == 0, done.exception
    assert Path("W/published/2104-01-01.parquet").exists()


def test_tomorrow_may_be_prepared_for() -> None:
    fields = ["network", "reaction", "actor", "target", "at"]
    rows = pl.DataFrame(likes(tomorrow() - timedelta(2), 30)).select(fields)
    rows.with_columns(pl.col("at").dt.to_string("iso:strict")).write_csv("interactions.csv")
    ingest = ["ingest", "tables", "interactions.csv", "--lake", "L"]
    assert CliRunner().invoke(app, ingest).exit_code == 0
    assert klout(WRITTEN["daily"], tomorrow()).exit_code == 0


def test_scores_of_a_future_day_are_published_in_the_store_if_asked_for_by_name() -> None:
    assert klout(WRITTEN["daily"], PAST).exit_code == 0
    scores = ["--scores", f"L/published/{PAST}.parquet"]
    words = ["store", "publish", "--model", "model", *scores]
    assert klout(words, LATER).exit_code == 1
    assert klout(words, LATER, "--allow-future").exit_code == 0


def test_a_history_is_not_pruned_beyond_its_latest_day() -> None:
    assert klout(WRITTEN["daily"], PAST).exit_code == 0
    prune = ["store", "prune", "--lake", "L", "--before"]
    done = CliRunner().invoke(app, [*prune, str(PAST + timedelta(1))])
    assert done.exit_code == 1
    assert f"is after the latest day, {PAST}" in str(done.exception)
    assert CliRunner().invoke(app, [*prune, str(PAST)]).exit_code == 0
