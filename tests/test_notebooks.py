"""Notebooks run from top to bottom on the output of a small world."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import matplotlib
import polars as pl
import pytest
from matplotlib.figure import Figure

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from tests.support.doubted import RING, believed, frame, ring_world
from tests.support.populations import QUICK, judged, population
from tests.support.worlds import lake_of
from training.influence.fit import fit

ROOT = Path(__file__).resolve().parents[1]
TINY = replace(QUICK, num_trees=20, feature_fraction=0.1)
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """What `make` leaves behind, of 200 persons: signals, judgements, two models and scores.

    And a lake of its own in which a ring of five is found out.
    """
    folder = tmp_path_factory.mktemp("world")
    catalogue = Catalogue(load_networks())
    signals, influence = population(catalogue, seed=1, persons=200)
    judgements = named_judges(judged(influence, seed=2))
    (folder / "judgements").mkdir()
    for part in ("train", "test"):
        judgements.write_parquet(folder / "judgements" / f"{part}.parquet")
    models = {
        "champion": fit(signals, judgements, catalogue, TINY),
        "cold": fit(signals, judgements, catalogue, replace(TINY, num_trees=10)),
    }
    for name, model in models.items():
        model.save(folder / "models" / name)
    signals.write_parquet(folder / "signals.parquet")
    models["champion"].score(signals).write_parquet(folder / "scores.parquet")
    lake_of(ring_world(), folder / "lake")
    steps = frame([believed(account, 0.25, "clique 1") for account in RING])
    steps.write_parquet(folder / "authenticity.parquet")
    return folder


def named_judges(judgements):
    """Judgements by twenty judges in turn; 3,000 of 200 persons: some pairs come more than once."""
    return judgements.with_columns(judge=pl.format("judge {}", pl.int_range(pl.len()) % 20))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_pictures(notebook, world, monkeypatch):
    # As a script, but in this process: a new one would spend most of its time on imports.
    monkeypatch.setenv("KLOUT_DATA", str(world))
    monkeypatch.setenv("KLOUT_MODELS", str(world / "models"))
    matplotlib.use("Agg")
    outputs, _ = runpy.run_path(str(notebook), run_name="__main__")["app"].run()
    figures = [output for output in outputs if isinstance(output, Figure)]
    assert figures
    for figure in figures:
        assert all(axes.has_data() for axes in figure.axes)
        figure.canvas.draw()
