"""Drift: how far a day's scores and totals are from the week before, and when that is an alarm."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import KloutError
from features.lake import Lake
from features.signals.materialize import materialize
from serving.daily.alarms import USUAL, Thresholds, alarms
from serving.daily.arrivals import Arrivals
from serving.daily.distribution import Distribution, psi
from serving.daily.drift import ReportSnapshot, drift
from serving.daily.totals import Totals
from tests.support.days import NETWORK, ONE, ago, came, likes, ran, tweets

SCORES = st.lists(st.sampled_from((1.0, 10.0, 10.5, 40.0, 63.0, 99.5)), min_size=1, max_size=60)
TOTALS = Totals(receivers=2e3, interactions=8e3, reactors=6e3, attention=5e3, contents=3e3)
PARAMS = Path(__file__).parents[3] / "params.yaml"


def slow_psi(then: list[float], now: list[float]) -> float:
    """Bin by bin and person by person."""
    edges = sorted({float(np.quantile(then, tenth / 10)) for tenth in range(1, 10)})
    bounds = list(zip([-math.inf, *edges], [*edges, math.inf], strict=True))
    total, half = 0.0, 0.5 / min(len(then), len(now))
    for low, high in bounds:
        e = max(half, sum(low < score <= high for score in then) / len(then))
        a = max(half, sum(low < score <= high for score in now) / len(now))
        total += (a - e) * math.log(a / e)
    return total


def described(scores: list[float]) -> Distribution:
    found = Distribution.of(pl.Series(scores))
    assert found is not None
    return found


@given(SCORES, SCORES)
def test_psi_is_that_of_its_definition(then: list[float], now: list[float]) -> None:
    assert psi(described(then), pl.Series(now)) == pytest.approx(slow_psi(then, now))


@given(SCORES)
def test_psi_of_the_same_scores_is_zero(scores: list[float]) -> None:
    assert psi(described(scores), pl.Series(scores * 3)) == 0


def test_psi_of_a_known_shift() -> None:
    then, now = list(np.arange(1000) / 10), list(np.arange(1000) / 20 + 25)
    # Of ten bins of a tenth each, four have a fifth now, two a tenth, and four half a person.
    half = 0.5 / 1000
    wanted = 4 * 0.1 * math.log(2) + 4 * (half - 0.1) * math.log(half / 0.1)
    assert psi(described(then), pl.Series(now)) == pytest.approx(wanted, rel=0.01)


def test_totals_are_the_sums_of_peoples_signals(tmp_path: Path) -> None:
    came(tmp_path / "lake", 0, [*likes(ago(3), 40), *likes(ago(9), 30)], tweets(ago(2), 3))
    totals = ran(tmp_path / "lake", ago(0)).snapshot.totals[NETWORK]
    signals = materialize(Lake(tmp_path / "lake"), ago(0), ONE).collect()
    received = signals["twitter.any.count.7d"]
    assert totals == Totals(
        receivers=(received > 0).sum(),
        interactions=received.sum(),
        reactors=signals["twitter.any.reactors.7d"].sum(),
        attention=pytest.approx(signals["twitter.any.attention.7d"].sum()),  # type: ignore[arg-type]
        contents=3,
    )


def test_a_report_tells_what_is_otherwise_than_the_week_before(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    came(root, 0, [*likes(ago(9), 40), *likes(ago(1), 60)], tweets(ago(1), 2))
    then, now = ran(root, ago(7)), ran(root, ago(0))
    found, old, new = now.drift, then.snapshot.distribution, now.snapshot.distribution
    assert found is not None is not old
    assert new is not None
    assert (found.against, found.model) == (str(ago(7)), now.model)
    assert found.signals[NETWORK]["interactions"] == pytest.approx(0.5)
    assert found.signals[NETWORK]["contents"] is None
    assert found.mean == pytest.approx(new.mean - old.mean)
    assert found.median == pytest.approx(new.median - old.median)


def said(now: Totals, then: Totals = TOTALS, most: Thresholds = USUAL, shift: float = 0) -> str:
    """Give the alarms, in one text, of two days' totals and scores."""
    random = np.random.default_rng(1)
    before = pl.Series(random.normal(40, 10, 2_000).clip(1, 100))
    after = (before + shift).clip(1, 100)
    snapshots = [
        ReportSnapshot({NETWORK: totals}, Distribution.of(scores))
        for totals, scores in ((then, before), (now, after))
    ]
    changed = drift(ago(7), "m", *snapshots, after)
    return "\n".join(alarms(Arrivals(), changed, *snapshots, most))


def test_a_quiet_week_is_no_alarm() -> None:
    assert said(TOTALS) == ""
    assert said(replace(TOTALS, interactions=8e3 * 1.49), shift=1) == ""


def test_a_total_that_fell_or_rose_by_more_than_half_is_an_alarm() -> None:
    assert "twitter: interactions of 7 days changed by -51%" in said(
        replace(TOTALS, interactions=8e3 * 0.49)
    )
    assert "contents of 7 days changed by +60%" in said(replace(TOTALS, contents=4.8e3))


def test_a_total_that_went_to_nothing_or_came_from_nothing_is_an_alarm() -> None:
    none = replace(TOTALS, contents=0.0)
    assert "contents of 7 days changed by -100%, from 3,000" in said(none)
    assert "contents of 7 days are new, from 0" in said(TOTALS, then=none)


def test_a_handful_that_doubles_is_no_alarm() -> None:
    few = replace(TOTALS, contents=400.0)
    assert said(replace(few, contents=999.0), then=few) == ""
    assert said(replace(few, contents=1000.0), then=few) != ""


def test_scores_that_shifted_are_an_alarm() -> None:
    assert "scores have shifted" in said(TOTALS, shift=6)
    assert said(TOTALS, shift=6, most=replace(USUAL, psi=5)) == ""


def test_thresholds_can_be_set() -> None:
    changed = replace(TOTALS, contents=3.6e3)
    assert said(changed) == ""
    assert said(changed, most=Thresholds(change=0.1)) != ""


def test_more_than_one_in_a_hundred_quarantined_is_an_alarm() -> None:
    now = ReportSnapshot({}, None)
    few, many = Arrivals(came=990, quarantined=10), Arrivals(came=980, quarantined=20)
    assert not alarms(few, None, None, now, USUAL)
    assert alarms(many, None, None, now, USUAL) == (
        "20 rows were quarantined, 2.0% of what came; at most 0.01 of it should be",
    )


def test_the_projects_params_are_the_defaults() -> None:
    assert Thresholds.read(PARAMS) == Thresholds.read(None) == USUAL


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("daily: {psy: 1}", "no parameter daily.psy"),
        ("daily: {psi: high}", "daily.psi must be a number from 0"),
        ("daily: {psi: -1}", "daily.psi must be a number from 0"),
        ("daily: {psi: .nan}", "daily.psi must be a number from 0"),
        ("daily: {psi: true}", "daily.psi must be a number from 0"),
    ],
)
def test_thresholds_that_mean_nothing_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(KloutError, match=message):
        Thresholds.read(tmp_path / "params.yaml")
