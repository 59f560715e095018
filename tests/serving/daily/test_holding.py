"""`klout daily` holds a day that is beyond its bounds; yesterday stays until it is let through."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner, Result

from features.lake import Lake
from features.lake.published import published
from features.people.forgetting import forget
from serving.cli.app import app
from serving.daily.recording import read, report_of
from serving.store import Store
from tests.support.days import ago, came, likes, model, scores
from tests.support.worlds import Row

FIRST, SECOND, THIRD, FOURTH = (ago(days) for days in (6, 5, 4, 3))
WHY = "the newsroom's 300 were imported"


def to(names: str, day: date, number: int) -> list[Row]:
    """So many reactions on a day, each to somebody else."""
    rows = likes(day, number)
    return [{**row, "target": f"{names}{n}", "actor": f"fan{n % 7}"} for n, row in enumerate(rows)]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake of 300 people whose first day is published, and 300 more who came since."""
    monkeypatch.delenv("KLOUT_STORE_URL", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    model().save(tmp_path / "model")
    came(tmp_path / "lake", 0, to("one", ago(8), 300))
    assert klout(tmp_path / "lake", FIRST).exit_code == 0
    came(tmp_path / "lake", 1, to("other", ago(8), 300))
    return tmp_path / "lake"


def klout(root: Path, day: date | None, *more: str) -> Result:
    words = ["daily", "--lake", str(root), "--model", str(root.parent / "model")]
    return CliRunner().invoke(app, [*words, *(["--as-of", str(day)] if day else []), *more])


def store_of(root: Path) -> Store:
    return Store.open(f"sqlite:///{root / 'store.db'}")


def served(root: Path) -> tuple[date, int]:
    with store_of(root) as store, store.read() as now:
        assert now.day is not None
        return now.day.as_of, len(now.leaderboard(limit=1000))


def held(root: Path, day: date) -> pl.DataFrame:
    return pl.read_parquet(root / "quarantine/days" / f"{day}.parquet")


def test_a_day_beyond_a_bound_is_held_and_yesterday_stays(root: Path) -> None:
    done = klout(root, SECOND)
    assert done.exit_code == 1
    error = str(done.exception)
    assert "\n" not in error
    assert f"{SECOND} is held, not published: persons +100.0%, from 300 to 600" in error
    assert f"since {FIRST}" in error and "--accept WHY" in error
    assert f"{SECOND}: 600 persons scored" in done.stdout
    assert list(published(Lake(root))) == [FIRST]
    assert not (root / "published" / f"{SECOND}.parquet").exists()
    assert report_of(root, SECOND) is None
    assert served(root) == (FIRST, 300)
    assert len(held(root, SECOND)) == 600
    report = read(root / "quarantine/days" / f"{SECOND}.json")
    assert report is not None
    assert report.people == 600 and report.beyond and not report.accepted


def test_it_is_held_again_until_it_is_let_through_with_a_reason(root: Path) -> None:
    for _ in range(2):
        assert klout(root, SECOND).exit_code == 1
    was = held(root, SECOND)
    done = klout(root, SECOND, "--accept", WHY)
    assert done.exit_code == 0, done.exception
    assert f"accepted ({WHY}): persons +100.0%" in done.stdout
    assert_frame_equal(scores(root, SECOND), was, check_exact=True)
    assert not list((root / "quarantine/days").iterdir())
    assert served(root) == (SECOND, 600)
    report = report_of(root, SECOND)
    assert report is not None and report.accepted == WHY and report.beyond
    assert [entry.why for entry in Lake(root).entries if entry.why] == [WHY]
    assert klout(root, THIRD).exit_code == 0


def test_a_day_that_is_mended_is_published_by_itself(tmp_path: Path) -> None:
    """Half of the people leave the window, and what they received since comes late."""
    model().save(tmp_path / "model")
    root = tmp_path / "lake"
    came(root, 0, [*to("one", ago(96), 150), *to("other", ago(8), 150)])
    assert klout(root, FIRST).exit_code == 0
    done = klout(root, SECOND)
    assert "persons -50.0%, from 300 to 150" in str(done.exception)
    came(root, 1, to("one", ago(60), 150))
    assert klout(root, SECOND).exit_code == 0
    assert len(scores(root, SECOND)) == 300
    assert not list((root / "quarantine/days").iterdir())


def test_the_day_after_is_compared_with_the_last_that_was_published(root: Path) -> None:
    assert klout(root, SECOND).exit_code == 1
    done = klout(root, THIRD)
    assert done.exit_code == 1
    assert f"from 300 to 600 (bound 0.1) since {FIRST}" in str(done.exception)
    assert klout(root, THIRD, "--accept", WHY).exit_code == 0
    assert list(published(Lake(root))) == [FIRST, THIRD]


def test_catching_up_stops_at_a_day_that_is_held(root: Path) -> None:
    done = klout(root, None, "--from", str(FIRST), "--to", str(FOURTH))
    assert done.exit_code == 1
    assert f"{SECOND} is held" in str(done.exception)
    assert not (root / "quarantine/days" / f"{THIRD}.parquet").exists()


def test_letting_through_is_for_one_day_and_needs_a_reason(root: Path) -> None:
    range_of_days = ("--from", str(SECOND), "--to", str(THIRD), "--accept", WHY)
    assert klout(root, None, *range_of_days).exit_code == 2
    assert klout(root, SECOND, "--accept", " ").exit_code == 2


def test_a_reason_without_need_is_not_recorded(root: Path) -> None:
    assert klout(root, SECOND, "--accept", WHY).exit_code == 0
    assert klout(root, THIRD, "--accept", "whatever comes").exit_code == 0
    report = report_of(root, THIRD)
    assert report is not None and not report.accepted
    assert [entry.why for entry in Lake(root).entries if entry.why] == [WHY]


def test_bounds_are_those_of_the_params(root: Path) -> None:
    (root.parent / "params.yaml").write_text("daily: {gate: {people: 1}}")
    assert klout(root, SECOND, "--params", str(root.parent / "params.yaml")).exit_code == 1
    (root.parent / "params.yaml").write_text("daily: {gate: {people: 1, parts: 9, top: 1}}")
    assert klout(root, SECOND, "--params", str(root.parent / "params.yaml")).exit_code == 0


def test_a_day_with_nobody_to_score_is_no_success(tmp_path: Path) -> None:
    model().save(tmp_path / "model")
    came(tmp_path / "lake", 0, likes(ago(3), 20))
    done = klout(tmp_path / "lake", ago(3))
    assert done.exit_code == 1
    assert "nobody has a score" in str(done.exception)
    assert klout(tmp_path / "lake", ago(2)).exit_code == 0


def test_a_small_lake_is_not_held_for_nothing(tmp_path: Path) -> None:
    model().save(tmp_path / "model")
    for number, people in enumerate((5, 20, 1)):
        came(tmp_path / "lake", number, to(f"p{number}-", ago(9 - number), people))
        assert klout(tmp_path / "lake", ago(8 - number)).exit_code == 0


def test_another_model_is_compared_by_people_and_not_by_parts(root: Path) -> None:
    """Its parts are on a scale of their own; they were compared when it was promoted."""
    assert klout(root, SECOND, "--accept", WHY).exit_code == 0
    model(2).save(root.parent / "model")
    done = klout(root, THIRD)
    assert "parts of" not in str(done.exception)


def test_the_gate_needs_no_file_of_the_day_before(root: Path) -> None:
    (root / "published" / f"{FIRST}.parquet").unlink()
    done = klout(root, SECOND)
    assert "persons +100.0%, from 300 to 600" in str(done.exception)


def test_who_is_forgotten_leaves_the_days_that_are_held(root: Path) -> None:
    assert klout(root, SECOND).exit_code == 1
    forget(root, "twitter:one7")
    found = held(root, SECOND)
    assert len(found) == 599 and "twitter:one7" not in found["person"]
