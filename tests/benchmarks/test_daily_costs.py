"""The cost series: which lakes are measured, and what is said of them."""

from __future__ import annotations

import json

import pytest

from benchmarks import daily_costs
from benchmarks.daily_costs import _options, document, figures, growth, series_of, spread
from benchmarks.daily_days import Day, Days
from benchmarks.daily_lakes import Shape
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from tests.support.populations import quick_model


def days_at(cpu: float) -> Days:
    """Three days, of which one is slow."""
    done = [Day("2014-03-02", 9.0, each, 1_000, 5, 5, {"keep": 1.0}, {}) for each in (cpu, cpu, 99)]
    return Days(None, 0.0, done, 1.0, 0.5)


def test_a_lake_in_several_series_is_measured_once():
    series = series_of(_options([]))
    shapes = [shape for each in series for shape in each.shapes.values()]
    assert len(shapes) == 10
    assert len(set(shapes)) == 8
    assert {shape.after for shape in shapes} == {9}


def test_costs_are_said_by_what_grows():
    series = series_of(_options(["--traffic", "0.3", "3"]))
    cost = {shape: days_at(shape.daily / 1e5 + shape.before / 90) for shape in _shapes(series)}
    numbers = figures(series, cost)
    assert numbers["history_spread_from_90"] == 0.25
    assert 0.8 < numbers["traffic_exponent"] < 1
    assert numbers["people_exponent"] == 0
    text = document(series, cost, 1.0)
    assert "| 3,000,000 interactions a day | 31.00 |" in text
    assert "100,000 people, 300,000 interactions a day and 90 days" in text
    assert "differ by 25.0%" in text


def test_growth_of_one_is_linear_and_of_nought_flat():
    assert growth({1: 2.0, 10: 20.0}) == pytest.approx(1)
    assert growth({1: 2.0, 10: 2.0}) == 0
    assert spread({30: 1.0, 90: 2.0, 180: 2.2}) == pytest.approx(0.1)


@pytest.mark.slow
def test_costs_are_measured_and_written_down(tmp_path, capsys):
    quick_model(Catalogue(load_networks()), seed=1).save(tmp_path / "model")
    arguments = ["--scale", "0.01", "--history", "90", "--traffic", "0.3", "--people", "0.1"]
    arguments += ["--days", "1", "--rounds", "2", "--model", str(tmp_path / "model")]
    arguments += ["--folder", str(tmp_path), "--document", str(tmp_path / "benchmarks.md")]
    daily_costs.main(arguments)
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"history_spread_from_90": 0, "traffic_exponent": 0, "people_exponent": 0}
    assert "| 3,000 interactions a day |" in (tmp_path / "benchmarks.md").read_text()
    assert not list(tmp_path.glob("bench-*"))


def _shapes(series: list[daily_costs.Series]) -> set[Shape]:
    return {shape for each in series for shape in each.shapes.values()}
