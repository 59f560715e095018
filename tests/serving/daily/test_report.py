"""A day's run leaves a report: what came, whom it scored, who moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from features.lake import Piece, Source, write
from serving.daily.recording import RUNS, latest, report_of
from serving.daily.report import RunReport
from serving.daily.run import daily
from serving.daily.steps import StepTimes
from tests.support.days import ONE, ago, came, likes, model, ran, scores, tweets
from tests.support.worlds import NOW


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def test_the_first_report_counts_all_that_came_and_compares_with_nothing(root: Path) -> None:
    came(root, 0, [*likes(ago(9), 20), *likes(ago(8), 30)], tweets(ago(8), 3))
    report = ran(root, ago(7))
    assert report.arrivals.rows == {"interactions": 50, "contents": 3, "counters": 0}
    assert report.since is report.moves is report.drift is None
    assert not report.arrivals.late
    assert report.people == report.rescored == len(scores(root, ago(7)))
    assert report.finished


def test_only_what_is_new_since_the_run_before_is_counted(root: Path) -> None:
    came(root, 0, likes(ago(9), 20))
    ran(root, ago(8))
    came(root, 1, likes(ago(8), 7), tweets(ago(8), 2))
    report = ran(root, ago(7))
    assert report.since == ago(8)
    assert report.arrivals.rows == {"interactions": 7, "contents": 2, "counters": 0}
    assert report.arrivals.came == 9


def test_rows_that_came_before_their_day_count_on_their_day(root: Path) -> None:
    came(root, 0, [*likes(ago(9), 20), *likes(ago(8), 5)])
    assert ran(root, ago(8)).arrivals.rows["interactions"] == 20
    assert ran(root, ago(7)).arrivals.rows["interactions"] == 5


def test_late_rows_are_noted_by_day_and_past_scores_stay_as_published(root: Path) -> None:
    came(root, 0, likes(ago(9), 20))
    ran(root, ago(8))
    published = (root / "published" / f"{ago(8)}.parquet").read_bytes()
    came(root, 1, [*likes(ago(8), 7), *likes(ago(9), 3), *likes(ago(20), 2), *likes(ago(150), 4)])
    report = ran(root, ago(7))
    late = {str(ago(150)): 4, str(ago(20)): 2, str(ago(9)): 3}
    assert report.arrivals.late == late
    assert report.arrivals.too_old == 4
    assert report.arrivals.rows["interactions"] == 12
    assert (root / "published" / f"{ago(8)}.parquet").read_bytes() == published


def test_rows_that_were_left_out_are_counted_once(root: Path) -> None:
    rows = likes(ago(9), 20)
    came(root, 0, [*rows, {**rows[0], "id": "1"}])
    ran(root, ago(8))
    texts = pl.DataFrame([{**rows[0], "reaction": "shrug"}, {**rows[0], "id": "1"}])
    piece = Piece("interactions", texts.with_row_index("row").cast({"row": pl.UInt64}), "x")
    write(root, [piece], Source("x", "test", "x" * 12), ONE, NOW)
    report = ran(root, ago(7))
    assert (report.arrivals.quarantined, report.arrivals.repeated) == (1, 1)
    assert report.arrivals.share_quarantined == 0.5
    assert len(report.alarms) == 1
    assert "quarantined" in report.alarms[0]
    after = ran(root, ago(6))
    assert after.arrivals.quarantined == 0
    assert not after.alarms


def test_moves_are_those_between_the_published_scores(root: Path) -> None:
    came(root, 0, likes(ago(9), 40))
    ran(root, ago(8))
    came(root, 1, [*likes(ago(8), 300, people=3), *likes(ago(9), 50, people=9)])
    moved = ran(root, ago(7)).moves
    before, after = (
        dict(scores(root, ago(d)).select("person", "score").iter_rows()) for d in (8, 7)
    )
    changes = sorted(after[person] - before[person] for person in after if person in before)
    assert moved is not None
    assert moved.people == len(changes)
    assert moved.new == len(after.keys() - before.keys()) > 0
    for points in (0.1, 1, 5):
        assert moved.up[f"{points:g}"] == sum(change > points for change in changes)
        assert moved.down[f"{points:g}"] == sum(change < -points for change in changes)
    assert moved.up["0.1"] > 0
    assert changes[0] <= moved.change["q0.01"] <= moved.change["q0.99"] <= changes[-1]


def test_time_memory_and_space_are_told(root: Path) -> None:
    came(root, 0, likes(ago(9), 20))
    expected: list[int] = []
    assert daily(root, ago(8), model(), StepTimes(on_total=expected.append)) is not None
    report = report_of(root, ago(8))
    assert report is not None
    assert expected == [report.cost.folded] == [20]
    assert {"networks", "publish", "keep"} <= report.cost.seconds.keys()
    assert report.cost.peak_gb.keys() == report.cost.seconds.keys()
    assert report.cost.jobs.keys() == {"slide", "signals", "score"}
    total = sum(report.cost.seconds.values())
    assert report.cost.interactions_per_second == pytest.approx(20 / total)
    files = sum(file.stat().st_size for file in (root / "interactions").rglob("*.parquet"))
    assert report.disk.interactions == files
    assert report.disk.per_million["interactions"] == pytest.approx(files / 20 * 1e6)
    assert report.disk.cache > 0 < report.disk.published


def test_a_cache_that_is_gone_changes_nothing_but_the_work(root: Path) -> None:
    came(root, 0, likes(ago(9), 20))
    ran(root, ago(8))
    (root / "cache" / "manifest.json").unlink()
    came(root, 1, likes(ago(8), 7))
    report = ran(root, ago(7))
    assert (report.arrivals.rows["interactions"], report.cost.folded) == (7, 27)


def test_a_report_is_the_same_once_written_and_read(root: Path) -> None:
    came(root, 0, likes(ago(9), 20))
    ran(root, ago(8))
    report = ran(root, ago(1))
    assert report.drift is not None is not report.moves
    assert RunReport.from_json(report.to_json()) == report


def test_nobody_is_named_in_a_report(root: Path) -> None:
    came(root, 0, likes(ago(9), 20))
    ran(root, ago(8))
    ran(root, ago(1))
    for file in (root / RUNS).iterdir():
        assert "star" not in file.read_text()
        assert "fan" not in file.read_text()


def test_a_lake_without_people_has_a_report_too(root: Path) -> None:
    came(root, 0, likes(ago(0), 3))
    ran(root, ago(8), accept="nobody has come yet")
    report = ran(root, ago(1), accept="nobody has come yet")
    assert (report.people, report.rescored) == (0, 0)
    assert report.drift is not None
    assert report.drift.psi is None


@pytest.mark.parametrize(
    ("there", "found"),
    [((7, 8), 7), ((6, 9, 10), 9), ((14,), 14), ((15, 6), None), ((), None)],
)
def test_the_week_before_is_seven_days_ago_or_the_last_within_fourteen(
    root: Path, there: tuple[int, ...], found: int | None
) -> None:
    came(root, 0, likes(ago(20), 20))
    report = ran(root, ago(16))
    for days in there:
        other = replace(report, as_of=ago(days))
        (root / RUNS / f"{ago(days)}.json").write_text(other.to_json())
    drift = ran(root, ago(0)).drift
    assert (drift and drift.against) == (None if found is None else str(ago(found)))


def test_a_damaged_report_is_none_and_stops_no_run(root: Path) -> None:
    came(root, 0, likes(ago(9), 20))
    ran(root, ago(8))
    (root / RUNS / f"{ago(8)}.json").write_text('{"form": 1, "as_of": 3}')
    assert report_of(root, ago(8)) is None
    assert latest(root, ago(100), ago(0)) is None
    assert ran(root, ago(7)).since is None
