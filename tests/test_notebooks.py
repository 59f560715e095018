"""Notebooks run from top to bottom on the output of a small world."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from features.catalogue import Catalogue
from features.declaration import load_networks
from tests.populations import population, quick_model

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    catalogue = Catalogue(load_networks())
    signals, _ = population(catalogue, seed=1, persons=200)
    signals.write_parquet(folder / "signals.parquet")
    quick_model(catalogue, seed=1).score(signals).write_parquet(folder / "scores.parquet")
    return folder


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook, data):
    environment = {
        **os.environ, "KLOUT_DATA": str(data), "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, notebook], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
