"""`klout tune` from files to files, and what it leaves in MLflow."""

from __future__ import annotations

import subprocess
import sys
import time

import mlflow
import optuna
import polars as pl
import pytest
import yaml
from optuna.trial import TrialState
from sqlalchemy.exc import SQLAlchemyError
from typer.testing import CliRunner

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from serving.cli.app import app
from tests.support.populations import judged, population
from tests.training.tuning.test_tune import SPACE
from training.influence.params import TrainingParams
from training.registry.registry import Registry
from training.tuning.pruning import MedianStopping
from training.tuning.study import FINISHED

PARAMS = """\
train:
  num_trees: 12        # few
  patience: 4
  learning_rate: 0.1   # how fast
  num_leaves: 4
  min_sum_hessian_in_leaf: 0.01
tune:
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with signals, judgements and parameters; the catalogue is the built-in one."""
    monkeypatch.chdir(tmp_path)
    signals, influence = population(Catalogue(load_networks()), seed=1, persons=150)
    signals.write_parquet("signals.parquet")
    judged(influence, seed=2, pairs=300).write_parquet("train.parquet")
    tune = {"folds": 2, "trials": 3, "space": SPACE}
    text = yaml.safe_dump({"tune": tune}).removeprefix("tune:\n")
    (tmp_path / "params.yaml").write_text(PARAMS + text)
    return tmp_path


def klout_tune(*more: str) -> str:
    files = "--signals signals.parquet --judgements train.parquet --params params.yaml"
    result = CliRunner().invoke(app, ["tune", *files.split(), "--out", "best.yaml", *more])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def runs() -> list[mlflow.entities.Run]:
    Registry().connect()
    return mlflow.search_runs(search_all_experiments=True, output_format="list")


def test_a_study_is_written_down_and_goes_on_in_the_same_runs(place, monkeypatch):
    monkeypatch.setattr(MedianStopping, "prune", lambda self, study, trial: trial.number == 1)
    assert "3 trials, 1 of them pruned" in klout_tune("--write")
    best = TrainingParams.read(place / "best.yaml")
    assert TrainingParams.read(place / "params.yaml") == best
    assert "# how fast" in (place / "params.yaml").read_text()

    monkeypatch.setattr("training.tuning.record.ENOUGH", 4)
    assert klout_tune("--trials", "5", "--quiet") == ""
    parents = [run for run in runs() if run.data.tags["stage"] == "tune"]
    children = [run for run in runs() if run.data.tags["stage"] == "trial"]
    assert [run.info.run_name for run in parents] == ["tuning klout"]
    assert sorted(int(run.data.tags["trial"]) for run in children) == [0, 1, 2, 3, 4]
    parent = parents[0]
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    assert {run.info.status for run in runs()} == {"FINISHED"}

    searched_on = {each.dataset.digest for each in parent.inputs.dataset_inputs}
    assert searched_on == {parent.data.tags[f"data.{name}"] for name in ("signals", "training")}
    assert len(searched_on) == 2
    assert parent.data.tags.keys() >= {"git_commit", "data.version", "catalogue", "dvc.lock"}
    # By the names of candidates' runs: those of the model's facts, and the trees found.
    assert {*children[0].data.params} == {*best.to_dict(), "trees"}

    pruned = [run for run in children if run.data.tags["state"] == "pruned"]
    assert [run.data.tags["trial"] for run in pruned] == ["1"]
    assert "cv_log_loss" not in pruned[0].data.metrics
    complete = [run for run in children if run.data.tags["state"] == "complete"]
    losses = [run.data.metrics["cv_log_loss"] for run in complete]
    assert parent.data.metrics["cv_log_loss"] == min(losses)
    winner = complete[losses.index(min(losses))]
    assert len(set(losses)) > 1
    assert float(winner.data.params["learning_rate"]) == parent.data.metrics["best.learning_rate"]
    client = mlflow.MlflowClient()
    assert len(client.get_metric_history(winner.info.run_id, "fold_log_loss")) == 2
    names = {file.path for file in client.list_artifacts(parent.info.run_id, "plots")}
    stems = {"history.png", *(f"{what}.{form}" for what in ("slices", "importances")
                              for form in ("png", "csv"))}  # fmt: skip
    assert names == {f"plots/{stem}" for stem in stems}
    slices = read_artifact(parent, "plots/slices.csv")
    assert slices["trial"].to_list() == [0, 1, 2, 3, 4]
    assert slices["log_loss"].min() == min(losses)
    assert slices["log_loss"].null_count() == 1
    weights = read_artifact(parent, "plots/importances.csv")
    assert set(weights["parameter"]) == {*SPACE}
    assert weights["importance"].sum() == pytest.approx(1)


def read_artifact(run: mlflow.entities.Run, path: str) -> pl.DataFrame:
    return pl.read_csv(
        mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=path)
    )


def test_trials_that_were_not_recorded_before_a_kill_are_recorded_later(place, monkeypatch):
    from training.tuning.record import Record

    with monkeypatch.context() as patch:
        patch.setattr(Record, "catch_up", lambda *_: None)
        klout_tune()
    klout_tune()
    assert sum(run.data.tags["stage"] == "trial" for run in runs()) == 3


def test_bad_settings_are_refused_before_anything_is_read(place):
    (place / "signals.parquet").unlink()
    text = (place / "params.yaml").read_text()
    forbidden = "  space:\n    path_smooth: {low: 0.0, high: 1.0}\n"
    (place / "params.yaml").write_text(text.replace("  space:\n", forbidden))
    with pytest.raises(KloutError, match=r"tune.space.path_smooth: breaks"):
        klout_tune()
    (place / "params.yaml").write_text(text.replace("num_leaves: 4", "num_leaves: 40"))
    with pytest.raises(KloutError, match=r"leaves out the present train.num_leaves"):
        klout_tune()


WORDS = (
    "tune --signals signals.parquet --judgements train.parquet --params params.yaml --trials 10 "
    "--quiet --out"
)
TUNER = "from serving.cli.app import main; main()"
STUCK = (
    "import time; from training.tuning.folds import CrossValidation; "
    f"CrossValidation.run = lambda *_: time.sleep(3600); {TUNER}"
)


def begun(code: str, out: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", code, *WORDS.split(), out]
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True)


def trials() -> list[optuna.trial.FrozenTrial]:
    try:
        return optuna.load_study(study_name="klout", storage="sqlite:///tuning.db").trials
    except (KeyError, SQLAlchemyError):  # not made yet
        return []


def placed(*states: TrialState) -> list[int]:
    found = (trial for trial in trials() if trial.state in states)
    return sorted(trial.user_attrs["place"] for trial in found if "place" in trial.user_attrs)


def wait_for(places: list[int], *states: TrialState) -> None:
    end = time.monotonic() + 600
    while placed(*states) != places:
        assert time.monotonic() < end, [(each.state, each.user_attrs) for each in trials()]
        time.sleep(0.1)


def test_tuners_share_a_study_and_what_a_killed_one_tried_is_tried_again(place):
    """Three real processes: one is stuck in its first trial, and the others leave that alone."""
    with begun(STUCK, "stuck.yaml") as stuck:
        wait_for([0], TrialState.RUNNING)
        tuners = [begun(TUNER, out) for out in ("a.yaml", "b.yaml")]
        wait_for([*range(1, 10)], *FINISHED)
        assert trials()[0].state == TrialState.RUNNING
        assert [tuner.poll() for tuner in tuners] == [None, None]
        stuck.kill()
    for tuner in tuners:
        _, said = tuner.communicate(timeout=600)
        assert (tuner.returncode, said) == (0, "")
    assert placed(*FINISHED) == [*range(10)]
    ended = [trial for trial in trials() if trial.state in FINISHED]
    lost = [trial for trial in trials() if trial.state not in FINISHED]
    assert {trial.state for trial in lost} == {TrialState.FAIL}
    assert {trial.user_attrs["process"][1] for trial in ended} == {each.pid for each in tuners}
    assert len({str(trial.user_attrs["train"]) for trial in ended}) == 10
    assert (place / "a.yaml").read_bytes() == (place / "b.yaml").read_bytes()

    assert len([run for run in runs() if run.data.tags["stage"] == "tune"]) == 1
    recorded = [int(r.data.tags["trial"]) for r in runs() if r.data.tags["stage"] == "trial"]
    assert sorted(recorded) == sorted(trial.number for trial in ended)
