"""`klout withdraw` takes days back, and what is run again is as if they had never been."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner, Result

from features.errors import KloutError
from features.lake import Lake
from features.lake.compacting import compact
from features.lake.lock import locked
from features.lake.published import published as published_days
from features.lake.rewriting import DAILY_LOCK
from serving.cli.app import app
from serving.daily.recording import report_of
from serving.daily.run import daily
from serving.daily.target import ExecutionTarget
from serving.daily.tracking import log_report
from serving.daily.withdrawing import withdraw
from serving.store import Store
from tests.support.killing import Killed, kills, strays
from tests.support.lives import (
    TODAY,
    TWITTER,
    YESTERDAY,
    Outcome,
    assert_same,
    copied,
    from_scratch,
    outcome,
    published,
    small_model,
)

TOMORROW = TODAY + timedelta(1)
MODEL, OTHER = small_model(TWITTER), small_model(TWITTER, 2)
WHY = "the log was cut short"


@pytest.fixture(scope="session")
def wronged(scene: Path) -> Path:
    """The scene's lake with two days published by a wrong model, also in its store."""
    root = copied(scene, scene.parent / "wronged")
    for day in (YESTERDAY, TODAY, TOMORROW):
        daily(root, day, OTHER, store=at(root))
    return root


@pytest.fixture
def wrong(wronged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to take days back from."""
    monkeypatch.delenv("KLOUT_STORE_URL", raising=False)
    return copied(wronged, tmp_path / "lake")


def at(root: Path) -> str:
    return f"sqlite:///{root / 'store.db'}"


def klout(root: Path, since: date = TODAY, why: str = WHY, *more: str) -> Result:
    words = ["withdraw", "--lake", str(root), "--from", str(since), "--why", why, *more]
    return CliRunner().invoke(app, words)


def served(url: str) -> tuple[list[date], dict[str, float], dict[date, int]]:
    """Days, the latest scores, and how many have a point of the history on each day."""
    with Store.open(url) as store, store.read() as now:
        board = {each.scored.person: each.scored.score for each in now.leaderboard(limit=1000)}
        everybody = store.everybody()["person"].to_list()
        points = [each.as_of for of in now.histories(everybody).values() for each in of]
        days = [each.as_of for each in now.days]
        return days, board, {day: points.count(day) for day in sorted(set(points))}


def test_days_run_again_are_as_if_they_had_never_been(wrong: Path, ended: Outcome) -> None:
    assert klout(wrong).exit_code == 0
    assert list(published_days(Lake(wrong))) == [YESTERDAY]
    assert not strays(wrong)
    daily(wrong, TODAY, MODEL)
    assert_same(outcome(wrong, MODEL), ended)


def test_the_next_day_may_be_another_than_those_taken_back(wrong: Path) -> None:
    assert klout(wrong).exit_code == 0
    found = daily(wrong, TOMORROW, MODEL)
    assert found is not None
    assert_frame_equal(found, from_scratch(Lake(wrong), TOMORROW, MODEL), check_exact=True)


def test_a_cache_elsewhere_does_not_bring_them_back(wronged: Path, tmp_path: Path) -> None:
    root, where = copied(wronged, tmp_path / "lake"), ExecutionTarget(cache=tmp_path / "cache")
    daily(root, TOMORROW + timedelta(1), OTHER, where=where)
    for since, day in ((TOMORROW, TOMORROW), (TODAY, TODAY), (TODAY, TOMORROW)):
        assert klout(root, since).exit_code == 0
        found = daily(root, day, MODEL, where=where)
        assert found is not None
        assert_frame_equal(found, from_scratch(Lake(root), day, MODEL), check_exact=True)


def test_it_says_what_readers_saw(wrong: Path) -> None:
    people = [len(pl.read_parquet(wrong / f"published/{day}.parquet")) for day in (TODAY, TOMORROW)]
    lines = klout(wrong).stdout.splitlines()
    for day, seen, line in zip((TODAY, TOMORROW), people, lines, strict=False):
        said = f"{day}: withdrawn; readers of the lake saw {seen:,} persons, by model "
        assert line == said + OTHER.version
    assert f"store {at(wrong)}: {TODAY} withdrawn" in lines[2]
    assert lines[-1] == f"store {at(wrong)}: serves {YESTERDAY}"
    assert klout(wrong, TODAY, WHY, "--quiet").stdout == ""


def test_files_and_reports_go_with_them_and_the_reports_are_kept(wrong: Path) -> None:
    said = {day: report_of(wrong, day) for day in (TODAY, TOMORROW)}
    assert klout(wrong).exit_code == 0
    assert [file.stem for file in (wrong / "published").glob("*")] == [str(YESTERDAY)]
    assert [file.stem for file in (wrong / "runs").glob("*.json")] == [str(YESTERDAY)]
    kept = {
        file.stem: json.loads(file.read_text()) for file in (wrong / "runs").rglob("*/*/*.json")
    }
    for day, report in said.items():
        assert report is not None
        assert kept[str(day)] == json.loads(report.to_json())


def test_the_ledger_says_why_and_when(wrong: Path) -> None:
    assert klout(wrong).exit_code == 0
    entry = Lake(wrong).entries[-1]
    assert (entry.format, entry.why) == ("klout withdraw", WHY)
    assert entry.source == f"scores of {TODAY} and later"
    assert entry.at.endswith("+00:00")
    assert len(entry.removed) == 2


def test_a_reason_is_needed(wrong: Path) -> None:
    done = klout(wrong, TODAY, " ")
    assert done.exit_code == 1
    assert "a withdrawal needs a reason" in str(done.exception)
    assert len(published_days(Lake(wrong))) == 3


def test_days_that_were_never_published_can_not_be_taken_back(wrong: Path) -> None:
    before = len(Lake(wrong).entries)
    done = klout(wrong, TOMORROW + timedelta(1))
    assert done.exit_code == 1
    assert "or later is published or held" in str(done.exception)
    assert len(Lake(wrong).entries) == before


def test_once_more_changes_nothing(wrong: Path) -> None:
    assert klout(wrong).exit_code == 0
    before = len(Lake(wrong).entries)
    done = klout(wrong)
    assert done.exit_code == 0
    assert f"withdrawn already ({WHY}); nothing changed" in done.stdout
    assert len(Lake(wrong).entries) == before


def test_the_first_day_can_be_taken_back_too(wrong: Path) -> None:
    done = klout(wrong, YESTERDAY)
    assert done.exit_code == 0, done.exception
    assert published(wrong) == {} and not list((wrong / "published").iterdir())
    assert served(at(wrong)) == ([], {}, {})
    assert done.stdout.endswith(": serves no day\n")
    found = daily(wrong, YESTERDAY, MODEL, store=at(wrong))
    assert found is not None and served(at(wrong))[0] == [YESTERDAY]


def test_a_future_day_no_longer_stands_in_the_way(scene: Path, tmp_path: Path) -> None:
    root, future = copied(scene, tmp_path / "lake"), date(2104, 9, 28)
    daily(root, future, MODEL, allow_future=True, accept="to see what comes of it")
    with pytest.raises(KloutError, match="`klout withdraw` takes days back"):
        daily(root, TODAY, MODEL)
    assert klout(root, future).exit_code == 0
    assert daily(root, TODAY, MODEL) is not None


def test_the_store_serves_the_day_before_as_it_did(wronged: Path, wrong: Path) -> None:
    before = copied(wronged.parent / "lake", wrong.parent / "before")
    daily(before, YESTERDAY, MODEL, store=at(before))
    assert klout(wrong).exit_code == 0
    assert served(at(wrong)) == served(at(before))


def test_every_store_learns_of_it_when_it_is_filled_next(wrong: Path, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    load = ["store", "load", "--lake", str(wrong), "--store", other]
    assert CliRunner().invoke(app, load).exit_code == 0
    assert served(other)[0] == [YESTERDAY, TODAY, TOMORROW]
    assert klout(wrong).exit_code == 0
    assert CliRunner().invoke(app, load).exit_code == 0
    assert served(other) == served(at(wrong))
    daily(wrong, TODAY, MODEL, store=at(wrong))
    assert CliRunner().invoke(app, load).exit_code == 0
    assert served(other) == served(at(wrong))
    assert served(other)[0] == [YESTERDAY, TODAY]


def test_where_the_file_of_the_day_before_is_gone_the_store_serves_nobody(wrong: Path) -> None:
    (wrong / "published" / f"{YESTERDAY}.parquet").unlink()
    done = klout(wrong)
    assert done.stdout.endswith(": serves no day\n")
    days, board, points = served(at(wrong))
    assert (days, board) == ([YESTERDAY], {}) and points.keys() == {YESTERDAY}
    daily(wrong, TODAY, MODEL, store=at(wrong))
    assert served(at(wrong))[1]


def test_a_store_that_can_not_be_reached_is_found_out_about_before(wrong: Path) -> None:
    nowhere = "postgresql+psycopg://127.0.0.1:1/klout"
    assert klout(wrong, TODAY, WHY, "--store", nowhere).exit_code == 1
    assert len(published_days(Lake(wrong))) == 3


def test_a_run_at_work_is_not_disturbed(wrong: Path) -> None:
    with locked(wrong / DAILY_LOCK, "held by the test"):
        done = klout(wrong, TODAY, WHY, "--wait", "0")
    assert done.exit_code == 1
    assert "another run is at work on this lake" in str(done.exception)
    assert len(published_days(Lake(wrong))) == 3


def test_after_files_were_put_together_the_days_are_found_all_the_same(wrong: Path) -> None:
    compact(wrong, TODAY)
    assert klout(wrong).exit_code == 0
    assert [str(file.day) for file in Lake(wrong).files("scores")] == [str(YESTERDAY)]


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_a_killed_withdrawal_is_finished_by_the_same_command(
    wronged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: Outcome, every: int
) -> None:
    """After a kill between any two operations on files; the store comes after the lake."""
    root, number = tmp_path / "lake", 0

    def fresh() -> Callable[[], object]:
        nonlocal number
        root_now = copied(wronged, tmp_path / f"lake{number}")
        number += every
        return lambda: withdraw(root_now, TODAY, WHY)

    for done in kills(monkeypatch, fresh, every):
        root = tmp_path / f"lake{done}"
        assert list(published_days(Lake(root))) in ([YESTERDAY], [YESTERDAY, TODAY, TOMORROW])
        assert klout(root).exit_code == 0
        assert [file.stem for file in (root / "published").glob("*")] == [str(YESTERDAY)]
        assert served(at(root))[0] == [YESTERDAY]
        assert not strays(root)
        if done % 8 == 0:
            daily(root, TODAY, MODEL)
            assert_same(outcome(root, MODEL), ended)


def test_a_killed_withdrawal_is_also_finished_by_the_next_run(
    wrong: Path, monkeypatch: pytest.MonkeyPatch, ended: Outcome
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("serving.daily.withdrawing.clear_up", killed)
        with pytest.raises(Killed):
            withdraw(wrong, TODAY, WHY)
    assert served(at(wrong))[0] == [YESTERDAY, TODAY, TOMORROW]
    daily(wrong, TODAY, MODEL, store=at(wrong))
    assert served(at(wrong))[0] == [YESTERDAY, TODAY]
    assert not (wrong / "published" / f"{TOMORROW}.parquet").exists()
    assert report_of(wrong, TOMORROW) is None
    assert_same(outcome(wrong, MODEL), ended)


@pytest.mark.slow
def test_mlflow_gets_the_report_of_a_day_that_is_run_again(wrong: Path, tmp_path: Path) -> None:
    import mlflow

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    for _ in range(2):
        report = report_of(wrong, TODAY)
        assert report is not None
        log_report(report, wrong, uri)
        assert klout(wrong).exit_code == 0
        daily(wrong, TODAY, MODEL)
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name("daily")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert {run.data.tags["model_version"] for run in runs} == {OTHER.version, MODEL.version}
