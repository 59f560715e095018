"""The SQL of the benchmark is a third, independent computing of the signals: it must agree too."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings

from benchmarks.signals_sql import run
from features.catalogue.catalogue import Catalogue
from tests.features.signals.test_materialize import RAM
from tests.support.naive import naive
from tests.support.worlds import AS_OF, SMALL, World, big_world, frame, lake_of, standings, worlds


def by_sql(world: World, standing: dict[str, float] | None, catalogue: Catalogue) -> pl.DataFrame:
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        lake = lake_of(world, Path(folder) / "lake", catalogue)
        scores, out = Path(folder) / "scores.parquet", Path(folder) / "out.parquet"
        if standing is not None:
            frame(standing).write_parquet(scores)
        run(lake, AS_OF, catalogue, scores if standing is not None else None, out)
        return pl.read_parquet(out)


def assert_equal_but_pagerank(world: World, standing: dict[str, float] | None) -> None:
    found = {row.pop("person"): row for row in by_sql(world, standing, SMALL).to_dicts()}
    wanted = naive(world, AS_OF, SMALL, standing)
    assert found.keys() == wanted.keys()
    for person, values in wanted.items():
        for name, value in values.items():
            if not name.endswith(".pagerank"):
                assert found[person][name] == value, (person, name)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), standings())
def test_sql_equals_the_naive_twin(world: World, standing: dict[str, float] | None) -> None:
    assert_equal_but_pagerank(world, standing)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), standings())
def test_sql_equals_the_naive_twin_without_a_history_of_scores(
    world: World, standing: dict[str, float] | None
) -> None:
    assert_equal_but_pagerank(world | {"scores": []}, standing)


def test_sql_equals_the_naive_twin_on_a_busy_world() -> None:
    given = {f"p{number}": 5.0 * number + 1 for number in range(20)}
    world = big_world(seed=7)
    for row in world["counters"]:
        row["value"] = float(int(10 * row["value"]))  # SQL adds in any order
    assert_equal_but_pagerank(world, given)
