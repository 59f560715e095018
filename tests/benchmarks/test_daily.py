"""The benchmark of the day's run, on lakes of a few people."""

from __future__ import annotations

import json
from datetime import timedelta

import polars as pl
import pytest

from benchmarks import daily
from benchmarks.bulk import AS_OF, Bulk, generate
from benchmarks.daily_lakes import Shape, interactions, last_day, next_day
from benchmarks.daily_pandas import by_pandas
from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.signals.materialize import materialize
from tests.support.populations import quick_model

EVERYTHING = Catalogue(load_networks())
SOME = Catalogue(tuple(n for n in load_networks() if n.name in ("twitter", "linkedin")))
"""LinkedIn counts persons only, so its pages receive nothing."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Lake:
    """A lake of two networks, as long as a window."""
    root = tmp_path_factory.mktemp("bulk")
    generate(Bulk(200 * HORIZON, SOME, people=300, spare=1), root)
    return Lake(root)


def test_pandas_computes_what_we_do(lake, tmp_path):
    by_pandas(lake, AS_OF, SOME, tmp_path / "pandas")
    theirs = pl.read_parquet(tmp_path / "pandas").sort("person")
    ours = materialize(lake, AS_OF, SOME).collect()
    kinds = sum(len(network.reactions) + 1 for network in SOME.networks)
    assert theirs.width == 1 + kinds * 4 * 3
    received = ours.filter(pl.any_horizontal(pl.col("^.*any.count.90d$") > 0))
    assert theirs.equals(received.select(theirs.columns))
    assert (theirs["linkedin.any.attention.90d"] % 1 > 0).any()


def test_a_lake_has_the_days_and_the_interactions_of_its_shape(tmp_path):
    shape = Shape(100, 1_000, before=10, after=2)
    generate(shape.bulk(), tmp_path)
    lake = Lake(tmp_path)
    assert next_day(lake) == AS_OF
    assert last_day(lake) == AS_OF + timedelta(2)
    assert interactions(lake, last_day(lake), 12) == pytest.approx(shape.interactions, rel=0.1)
    assert interactions(lake, AS_OF, 1) < 1_500


@pytest.mark.slow
def test_a_benchmark_runs_days_and_peers_and_goes_on_where_it_ended(tmp_path, capsys):
    quick_model(EVERYTHING, seed=1).save(tmp_path / "model")
    document = tmp_path / "benchmarks.md"
    arguments = ["--shapes", "sparse", "--scale", "0.001", "--days", "2"]
    arguments += ["--model", str(tmp_path / "model"), "--lakes", str(tmp_path / "lakes")]
    arguments += ["--folder", str(tmp_path), "--document", str(document)]

    daily.main(arguments)
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["interactions_per_s"] is None
    assert figures["interactions_per_s_sparse"] > 0
    assert figures["ratio_duckdb"] > 0
    assert 0 < figures["peak_gb"] < 4
    text = document.read_text()
    assert "none: " not in text
    assert "sparse: 2014-03-03" in text

    daily.main([*arguments, "--peers"])
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["ratio_duckdb"] is None
    text = document.read_text()
    assert "first run," not in text
    assert "sparse: 2014-03-05" in text


def test_a_model_that_is_missing_is_asked_for(tmp_path):
    with pytest.raises(SystemExit, match="run `make` first"):
        daily.main(["--model", str(tmp_path / "none")])


def test_a_lake_may_have_a_share_of_its_rows_take_back_what_was_done_before(tmp_path):
    shape = Shape(100, 1_000, before=10, after=2, retracted=0.1)
    generate(shape.bulk(), tmp_path)
    lake = Lake(tmp_path)
    taken = lake.scan("retractions").collect()
    made = lake.scan("interactions").collect()
    assert len(taken) / (len(taken) + len(made)) == pytest.approx(0.1, abs=0.01)
    both = taken.join(made, on=["network", "id"], suffix="_made")
    assert len(both) == len(taken)
    back = (both["at"].dt.date() - both["at_made"].dt.date()).dt.total_days()
    assert back.min() == 0
    assert 0.4 < (back == 0).mean() < 0.75  # of the first days it can only be the same day
    assert made.select("network", "id").n_unique() == len(made)


@pytest.mark.slow
def test_a_benchmark_measures_days_without_and_with_retractions(tmp_path, capsys):
    quick_model(EVERYTHING, seed=1).save(tmp_path / "model")
    arguments = ["--shapes", "sparse", "--scale", "0.001", "--days", "2", "--retracted", "0.1"]
    arguments += ["--model", str(tmp_path / "model"), "--document", str(tmp_path / "b.md")]
    daily.main([*arguments, "--folder", str(tmp_path)])
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["retracted"] == 0.1
    assert figures["cpu_ratio"]["sparse"] > 0
    assert "bench-daily-retracted" in (tmp_path / "b.md").read_text()
