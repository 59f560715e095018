"""The report as lines that a person reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from serving.daily.arrivals import Arrivals
from serving.daily.disk import Disk
from serving.daily.drift import Drift, ReportSnapshot
from serving.daily.moves import Moves
from serving.daily.report import Cost, RunReport
from serving.daily.report_text import words

QUIET = RunReport(
    as_of=date(2014, 10, 1),
    since=None,
    model="abc",
    finished=True,
    entries=3,
    arrivals=Arrivals({"interactions": 1_200_000, "contents": 40, "counters": 0}),
    cost=Cost(
        {"networks": 70.0, "keep": 5.0},
        {"slide": 130.0, "score": 8.0},
        {"networks": 1.5, "keep": 2.25},
        1_200_000,
        16_000.0,
    ),
    disk=Disk(4_000_000, 9_000_000, 100_000, {"interactions": 3.3e6}),
    people=20_000,
    rescored=1_311,
    moves=None,
    snapshot=ReportSnapshot({}, None),
    drift=None,
)


def test_a_quiet_first_day_takes_six_lines() -> None:
    assert list(words(QUIET)) == [
        "2014-10-01: 20,000 persons scored by model abc, 1,311 of them anew",
        "new since the beginning: 1,200,000 interactions, 40 contents, 0 counters",
        "took 0:01:15 (seconds: networks 70.0, keep 5.0)",
        "networks' jobs, some at the same time: slide 130.0, score 8.0",
        "folded 1,200,000 interactions, 16,000 a second of the whole run; at most 2.25 GB of "
        "memory",
        "disk: interactions 4.0 MB (3.3 per million interactions), cache 9.0 MB, published 0.1 MB",
    ]


def test_late_rows_say_what_becomes_of_the_days_they_belong_to() -> None:
    came = replace(QUIET.arrivals, late={"2014-06-01": 2, "2014-09-29": 1_000}, too_old=2)
    said = "\n".join(words(replace(QUIET, since=date(2014, 9, 30), arrivals=came)))
    assert "new since 2014-09-30" in said
    assert "late: 1,002 interactions of 2 days, 2014-06-01 to 2014-09-29 (2 too old to" in said
    assert "scores of days gone by stay as published" in said


def test_what_was_left_out_is_said() -> None:
    came = replace(QUIET.arrivals, quarantined=3, repeated=4)
    said = list(words(replace(QUIET, arrivals=came)))
    assert "left out: 3 quarantined, 4 repeated, 0 of people who were forgotten" in said


def test_moves_and_drift_are_said() -> None:
    moved = Moves("2014-09-30", 19_990, 10, 5, {"0.1": 30, "5": 0}, {"0.1": 20, "5": 1}, {})
    signals = {
        "twitter": {"interactions": 0.031, "contents": None},
        "facebook": {"interactions": 0.0, "contents": 0.0},
    }
    drift = Drift("2014-09-24", "older", signals, 0.0123, 0.5, -0.1, 0.0, 1.0)
    said = list(words(replace(QUIET, moves=moved, drift=drift)))
    assert (
        "moved since 2014-09-30: 50 by more than 0.1 (30 up, 20 down), 1 by more than 5 (0 up, "
        "1 down) of 19,990; 10 persons are new, 5 gone"
    ) in said
    assert (
        "scores against 2014-09-24 (by model older): PSI 0.012, mean +0.50, q05 -0.10, "
        "median +0.00, q95 +1.00"
    ) in said
    assert "  twitter, 7 days: interactions +3.1%, contents new" in said
    assert not any("facebook" in line for line in said)


def test_alarms_come_last() -> None:
    said = list(words(replace(QUIET, finished=False, alarms=("one", "two"))))
    assert said[-2:] == ["ALARM: one", "ALARM: two"]
    assert "killed" in said[-3]
