"""`klout daily` says what its report says."""

from __future__ import annotations

import math
import os
from pathlib import Path

import mlflow
import pytest
from typer.testing import CliRunner, Result

from features.errors import KloutError
from serving.cli.app import app
from serving.daily import tracking
from serving.daily.recording import report_of
from serving.daily.report import RunReport
from tests.support.days import ago, came, likes, model


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake with three days' data and, on the last, a tenth of the usual."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    model().save(tmp_path / "model")
    came(tmp_path / "lake", 0, [*likes(ago(9), 3_000), *likes(ago(8), 20), *likes(ago(1), 300)])
    return tmp_path / "lake"


def klout(root: Path, *more: str) -> Result:
    words = ["daily", "--lake", str(root), "--model", str(root.parent / "model"), *more]
    return CliRunner().invoke(app, words)


def test_it_says_what_was_done_and_then_that_it_was_done_already(root: Path) -> None:
    first = klout(root, "--as-of", str(ago(7)))
    assert first.exit_code == 0
    assert f"{ago(7)}: 4 persons scored" in first.stdout
    assert "new since the beginning: 3,020 interactions" in first.stdout
    again = klout(root, "--as-of", str(ago(7)))
    assert again.stdout == f"{ago(7)}: published already; nothing changed\n"


def test_it_catches_up_day_by_day(root: Path) -> None:
    said = klout(root, "--from", str(ago(8)), "--to", str(ago(7)))
    assert said.exit_code == 0
    assert all(f"{ago(days)}: 4 persons scored" in said.stdout for days in (8, 7))


def test_quiet_says_nothing_and_still_leaves_the_report(root: Path) -> None:
    said = klout(root, "--as-of", str(ago(7)), "--quiet")
    assert (said.exit_code, said.stdout) == (0, "")
    assert report_of(root, ago(7)) is not None


def test_an_alarm_is_said_and_no_failure(root: Path) -> None:
    klout(root, "--as-of", str(ago(7)), "--quiet")
    said = klout(root, "--as-of", str(ago(0)))
    assert said.exit_code == 0
    assert "ALARM: twitter: interactions of 7 days changed by -90%" in said.stdout


def test_strict_fails_after_publishing_and_again_when_run_again(root: Path) -> None:
    assert klout(root, "--as-of", str(ago(7)), "--strict").exit_code == 0
    for _ in range(2):
        said = klout(root, "--as-of", str(ago(0)), "--strict")
        assert isinstance(said.exception, KloutError)
        assert f"{ago(0)}: " in str(said.exception)
        assert (root / "published" / f"{ago(0)}.parquet").exists()


def test_thresholds_come_from_the_params_given(root: Path) -> None:
    (root.parent / "params.yaml").write_text("daily: {change: 2, psi: 100}")
    params = ["--params", str(root.parent / "params.yaml")]
    klout(root, "--as-of", str(ago(7)), "--quiet")
    said = klout(root, "--as-of", str(ago(0)), "--strict", *params)
    assert said.exit_code == 0


@pytest.mark.slow
def test_mlflow_holds_a_run_for_each_day(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = tracking.metrics
    monkeypatch.setattr(tracking, "metrics", lambda report: known(report) | {"odd": math.nan})
    uri = f"sqlite:///{root.parent / 'mlflow.db'}"
    days = ["--from", str(ago(8)), "--to", str(ago(7)), "--quiet", "--mlflow", uri]
    for _ in range(2):
        assert klout(root, *days).exit_code == 0
    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name("daily")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id], order_by=["tags.as_of"])
    assert [run.info.run_name for run in runs] == [str(ago(8)), str(ago(7))]
    assert runs[1].data.metrics["arrivals.rows.interactions"] == 20
    assert runs[1].data.metrics["people"] == 4
    assert "MLFLOW_TRACKING_URI" not in os.environ
    kept = client.download_artifacts(runs[1].info.run_id, f"{ago(7)}.json")
    assert RunReport.from_json(Path(kept).read_text()) == report_of(root, ago(7))
    assert "odd" not in runs[1].data.metrics
    assert runs[1].data.tags["not_finite"] == "odd nan"
    assert {"cost.jobs.slide", "moves.up.0.1", "alarms"} <= runs[1].data.metrics.keys()


def test_an_mlflow_that_is_not_there_is_said_and_the_scores_are_published(root: Path) -> None:
    uri = f"sqlite:///{root.parent / 'model' / 'model.json'}"
    said = klout(root, "--as-of", str(ago(7)), "--quiet", "--mlflow", uri)
    assert isinstance(said.exception, KloutError)
    assert "can't be logged" in str(said.exception)
    assert (root / "published" / f"{ago(7)}.parquet").exists()
