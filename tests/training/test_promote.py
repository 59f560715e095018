"""The better of two models is the champion, in MLflow and in the folder that is served."""

from __future__ import annotations

import json

import mlflow
import polars as pl
import pytest

from features.errors import KloutError
from tests.populations import QUICK, judged
from tests.training.conftest import CATALOGUE
from training.fit import fit
from training.model import Model
from training.promote import promote
from training.registry import CHAMPION, NAME, Registry

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own


@pytest.fixture
def place(tmp_path, monkeypatch, world):
    """A folder with signals, judgements, metrics and plots, and no model yet."""
    monkeypatch.chdir(tmp_path)
    signals, influence, _ = world
    signals.write_parquet("signals.parquet")
    judged(influence, seed=7).write_parquet("test.parquet")
    (tmp_path / "metrics.json").write_text(json.dumps({"accuracy": 0.7}))
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "sheet.png").write_bytes(b"picture")
    return tmp_path


def decide(place, model: Model) -> str:
    model.save(place / "candidate")
    names = ("candidate", "champion", "signals.parquet", "test.parquet", "metrics.json", "plots")
    return promote(*(place / name for name in names))


def test_a_worse_model_does_not_replace_the_champion_and_a_better_one_does(place, world, model):
    signals, influence, _ = world
    few = fit(signals, judged(influence, seed=3, pairs=400), CATALOGUE, QUICK)
    assert "first champion" in decide(place, few)
    assert Model.load(place / "champion").version == few.version
    assert "replaces" in decide(place, model)
    assert "does not replace" in decide(place, few)
    assert Model.load(place / "champion").version == model.version
    assert "already" in decide(place, model)
    assert len(mlflow.search_runs(search_all_experiments=True)) == 3


def test_the_registered_model_gives_the_same_scores(place, world, model):
    decide(place, model)
    Registry().connect()
    loaded = mlflow.pyfunc.load_model(f"models:/{NAME}@{CHAMPION}")
    expected = model.score(world[0].head(20))
    assert pl.from_pandas(loaded.predict(world[0].head(20).to_pandas())).equals(expected)
    assert loaded.metadata.signature.inputs.input_names() == ["person", *CATALOGUE.names]


def test_a_model_that_fails_the_audit_is_refused(place, model):
    import dataclasses

    head, tree = model.trees.split("Tree=0\n", 1)
    values = next(line for line in tree.splitlines() if line.startswith("leaf_value="))
    turned = " ".join(values.removeprefix("leaf_value=").split()[::-1])
    text = f"{head}Tree=0\n{tree.replace(values, f'leaf_value={turned}', 1)}"
    with pytest.raises(KloutError, match="audit"):
        decide(place, dataclasses.replace(model, trees=text))
