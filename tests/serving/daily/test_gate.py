"""What a day must keep beside the day before, and how far a handful of people may go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import yaml

from features.errors import KloutError
from serving.daily.alarms import USUAL, Thresholds
from serving.daily.gate import Bounds, Figures, broken
from tests.serving.conftest import ROOT

BEFORE = Figures(
    people=10_000,
    top=500,
    parts={"twitter": 4_000.0, "wikipedia": 90.0},
    with_part={"twitter": 7_000, "wikipedia": 400},
)


def said(then: Figures | None, now: Figures, most: Bounds = USUAL.gate) -> list[str]:
    return list(broken(then, now, most))


def other(**figures: object) -> Figures:
    return replace(BEFORE, **figures)  # type: ignore[arg-type]


def test_a_day_as_the_one_before_keeps_its_bounds() -> None:
    assert said(BEFORE, BEFORE) == []
    assert (
        said(BEFORE, other(people=10_900, top=560, parts={"twitter": 3_700.0, "wikipedia": 98}))
        == []
    )


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (other(people=8_000, top=400), "persons -20.0%, from 10,000 to 8,000 (bound 0.1)"),
        (other(people=13_000, top=650), "persons +30.0%, from 10,000 to 13,000 (bound 0.1)"),
        (
            other(top=720),
            "share at 63 and above +2.20%, from 5.00% to 7.20% (bound 0.01)",
        ),
        (other(top=0), "share at 63 and above -5.00%, from 5.00% to 0.00% (bound 0.01)"),
        (
            other(parts={"twitter": 3_000.0, "wikipedia": 90.0}),
            "parts of twitter -25.0%, from 4,000.0 to 3,000.0 (bound 0.1)",
        ),
        (
            other(parts={"twitter": 4_000.0}, with_part={"twitter": 7_000}),
            "parts of wikipedia -100.0%, from 90.0 to 0.0 (bound 0.1)",
        ),
        (
            other(
                parts={**BEFORE.parts, "facebook": 60.0},
                with_part={**BEFORE.with_part, "facebook": 3_000},
            ),
            "parts of facebook are new, from 0.0 to 60.0 (bound 0.1)",
        ),
    ],
)
def test_what_is_beyond_a_bound_is_said_with_by_how_much(now: Figures, wanted: str) -> None:
    assert said(BEFORE, now) == [wanted]


@pytest.mark.parametrize("people", [1, 5, 60])
def test_a_handful_of_people_may_do_as_it_likes(people: int) -> None:
    then = Figures(people, people // 5, {"twitter": 3.0}, {"twitter": people})
    now = Figures(2 * people, 2 * people, {"twitter": 30.0}, {"twitter": people})
    assert said(then, now) == []


def test_that_everybody_is_at_the_top_shows_among_a_few_hundred() -> None:
    then = Figures(300, 15)
    assert len(said(then, Figures(300, 300))) == 1


def test_that_nobody_has_a_score_is_never_published_by_itself() -> None:
    assert said(None, Figures(0, 0)) == ["nobody has a score"]
    assert said(Figures(4, 0), Figures(0, 0)) == ["nobody has a score"]


def test_the_first_day_has_nothing_to_keep() -> None:
    assert said(None, Figures(1, 1)) == []


def test_where_parts_can_not_be_compared_people_are() -> None:
    then = replace(BEFORE, parts={}, with_part={})
    assert said(then, BEFORE) == []
    assert len(said(then, other(people=5_000, top=250))) == 1


def test_figures_are_of_all_rows() -> None:
    rows = {"person": ["a", "b", "c"], "score": [62.9, 63.0, 99.0]}
    parts = {"part.twitter": [0.0, 1.5, 2.5], "part.wikipedia": [0.0, 0.0, 0.25]}
    found = Figures.of(pl.DataFrame(rows | parts).lazy())
    assert found == Figures(
        3, 2, {"twitter": 4.0, "wikipedia": 0.25}, {"twitter": 2, "wikipedia": 1}
    )
    assert Figures.of(pl.DataFrame(rows).lazy()) == Figures(3, 2)
    nobody = Figures.of(pl.DataFrame(schema={"person": pl.String, "score": pl.Float64}).lazy())
    assert nobody == Figures(0, 0)


def test_the_bounds_of_the_pipeline_are_those_that_hold_by_default() -> None:
    given = yaml.safe_load((ROOT / "params.yaml").read_text())["daily"]["gate"]
    assert Bounds(**given) == Bounds()
    assert Thresholds.read(ROOT / "params.yaml") == USUAL


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{gate: {rows: 1}}", "no parameter daily.gate.rows; there are"),
        ("{gate: {people: -1}}", "daily.gate.people must be a number from 0"),
        ("{gate: {top: yes}}", "daily.gate.top must be a number from 0"),
        ("{gate: {parts: .nan}}", "daily.gate.parts must be a number from 0"),
        ("{gate: 3}", "daily.gate must be a table of"),
        ("{people: 3}", "no parameter daily.people"),
    ],
)
def test_a_bound_that_means_nothing_is_refused(text: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(f"daily: {text}")
    with pytest.raises(KloutError, match=wanted):
        Thresholds.read(tmp_path / "params.yaml")


def test_bounds_are_read_beside_thresholds(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("daily: {psi: 1, gate: {people: .inf, fewest: 0}}")
    read = Thresholds.read(tmp_path / "params.yaml")
    assert (read.psi, read.gate.people, read.gate.fewest) == (1, float("inf"), 0)
    assert read.gate.parts == Bounds().parts
