"""Wherever a run is killed, each published day has its report, and no other day has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.daily import publishing, recording, stages
from serving.daily.recording import RUNS, report_of
from serving.daily.run import daily
from tests.support.days import ago, came, likes, model, ran


class KilledError(Exception):
    """Stands for a SIGKILL."""


def _killed(*_: object) -> None:
    raise KilledError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "lake"
    came(root, 0, likes(ago(9), 20))
    ran(root, ago(8))
    came(root, 1, [*likes(ago(8), 7), *likes(ago(9), 2)])
    return root


def _kill(root: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, _killed)
        with pytest.raises(KilledError):
            daily(root, ago(7), model())


def test_killed_after_publishing_the_same_day_run_again_leaves_the_report(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill(root, monkeypatch, stages.Run, "commit")
    assert report_of(root, ago(7)) is None
    assert daily(root, ago(7), model()) is None
    report = report_of(root, ago(7))
    assert report is not None
    assert not report.finished
    assert report.arrivals.late == {str(ago(9)): 2}
    assert report.arrivals.rows["interactions"] == 9
    assert report.disk.published > 0


def test_killed_after_publishing_the_next_day_run_leaves_both_reports(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill(root, monkeypatch, stages.Run, "commit")
    after = ran(root, ago(6))
    report = report_of(root, ago(7))
    assert report is not None
    assert after.since == ago(7)
    assert after.arrivals.rows["interactions"] == 0
    assert [file.name for file in sorted((root / RUNS).iterdir())] == [
        f"{ago(days)}.json" for days in (8, 7, 6)
    ]


def test_killed_before_publishing_there_is_no_report(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill(root, monkeypatch, publishing, "publish")
    assert report_of(root, ago(7)) is None
    assert ran(root, ago(6)).since == ago(8)
    assert report_of(root, ago(7)) is None


def test_killed_before_publishing_and_run_again_the_report_is_of_the_second_run(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill(root, monkeypatch, publishing, "publish")
    came(root, 2, likes(ago(8), 5))
    report = ran(root, ago(7))
    assert report.arrivals.rows["interactions"] == 14
    assert report.finished


def test_killed_at_the_very_end_the_report_stays_the_finished_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = recording._write

    def write_twice(file: Path, report: recording.RunReport) -> None:
        real(file, report)
        if report.finished:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(recording, "_write", write_twice)
        with pytest.raises(KilledError):
            daily(root, ago(7), model())
    assert daily(root, ago(7), model()) is None
    report = report_of(root, ago(7))
    assert report is not None
    assert report.finished
    assert not (root / RUNS / ".pending.json").exists()
