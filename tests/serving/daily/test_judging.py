"""Accounts are judged within the day's run, on the days that are due."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from pathlib import Path

import pytest

from features.errors import KloutError
from features.lake import Lake
from serving.daily.judging import Judging, judge
from tests.features.sliding.histories import arrive
from tests.features.worlds import AS_OF, SMALL, big_world


def test_a_judgement_is_due_once_in_so_many_days_of_the_calendar() -> None:
    judging = Judging(Path("models/integrity"), every=7)
    due = [n for n in range(28) if judging.is_due(date(2014, 3, 1) + timedelta(n))]
    assert [later - earlier for earlier, later in itertools.pairwise(due)] == [7, 7, 7]


def test_nobody_is_judged_on_other_days_or_without_a_judge(tmp_path: Path) -> None:
    lake = arrive(tmp_path / "lake", big_world(seed=3, size=50), 0)
    never = Judging(tmp_path / "there is none", every=10**7)
    assert judge(lake, AS_OF, SMALL, never) is lake
    assert judge(lake, AS_OF, SMALL, None) is lake
    assert not Lake(lake.root).files("authenticity")


def test_a_judge_that_is_not_there_is_missed_on_a_day_that_is_due(tmp_path: Path) -> None:
    lake = arrive(tmp_path / "lake", big_world(seed=3, size=50), 0)
    with pytest.raises(KloutError, match="there is none"):
        judge(lake, AS_OF, SMALL, Judging(tmp_path / "there is none", every=1))
