"""A study in MLflow: a parent run for the study, and a nested run for each of its trials.

Processes that search beside each other record by turns, each what is not there yet.
"""

from __future__ import annotations

import fcntl
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import polars as pl
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME
from optuna.trial import FrozenTrial, TrialState

from training.registry.figures import finite
from training.registry.registry import EXPERIMENT
from training.tuning.best_params import write_params
from training.tuning.study import best_params, finished

RUN = "mlflow_run"
"""The study's attribute that holds the parent run's id."""
LOSS = "log-loss over the folds"
ENOUGH = 20
"""Finished trials before importances are drawn: those of fewer are noise."""


@dataclass(frozen=True)
class Record:
    """Writes trials into MLflow as they end.

    Attributes
    ----------
    client
        From `training.registry.registry.Registry.connect`.
    experiment
        Where the runs are.
    parent
        The study's run.
    home
        The folder of MLflow's database.
    """

    client: MlflowClient
    experiment: str
    parent: str
    home: Path

    @staticmethod
    def of(client: MlflowClient, study: optuna.Study, home: Path) -> Record:
        """Find a study's run, or make one."""
        found = client.get_experiment_by_name(EXPERIMENT)
        assert found is not None, "connect() makes it"
        experiment = str(found.experiment_id)
        with _turn(home):
            parent = study.user_attrs.get(RUN)
            if parent is None or not _is_there(client, parent):
                tags = {MLFLOW_RUN_NAME: f"tuning {study.study_name}", "stage": "tune"}
                parent = client.create_run(experiment, tags=tags).info.run_id
                study.set_user_attr(RUN, parent)
        return Record(client, experiment, parent, home)

    def catch_up(self, study: optuna.Study) -> None:
        """Record the finished trials that have no run yet."""
        ended = finished(study)
        if len(self.logged()) == len(ended):
            return
        with _turn(self.home):
            logged = self.logged()
            for trial in ended:
                if trial.number not in logged:
                    self._log_trial(study, trial)

    def logged(self) -> set[int]:
        """Look up the numbers of the trials that have a run."""
        wanted = f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{self.parent}'"
        runs = self.client.search_runs([self.experiment], wanted, max_results=50_000)
        return {int(run.data.tags["trial"]) for run in runs}

    def finish(self, study: optuna.Study) -> None:
        """Record the best parameters, and what was found as pictures and as tables."""
        with _turn(self.home):
            self._finish(study)

    def _finish(self, study: optuna.Study) -> None:
        best = best_params(study)
        # Metrics, for what is best may change when the study goes on, which a parameter may not.
        for name in study.best_params:
            self.client.log_metric(self.parent, f"best.{name}", float(getattr(best, name)))
        self.client.set_tag(self.parent, "best_trial", study.best_trial.number)
        with tempfile.TemporaryDirectory() as folder:
            write_params(Path(folder) / "train.yaml", best)
            draw(study, Path(folder) / "plots")
            write_tables(study, Path(folder) / "plots")
            self.client.log_artifacts(self.parent, folder)
        self.client.set_terminated(self.parent)

    def _log_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        begin, end = (_milliseconds(at) for at in (trial.datetime_start, trial.datetime_complete))
        tags = {
            MLFLOW_PARENT_RUN_ID: self.parent,
            MLFLOW_RUN_NAME: f"{study.study_name} {trial.number}",
            "stage": "trial",
            "trial": str(trial.number),
            "state": trial.state.name.lower(),
        }
        run = self.client.create_run(self.experiment, start_time=begin, tags=tags).info.run_id
        figures, odd = _metrics(trial, end)
        named = [RunTag(name, text) for name, text in odd.items()]
        self.client.log_batch(run, figures, _params(trial), named)
        self.client.set_terminated(run, end_time=end)
        if trial.state == TrialState.COMPLETE:
            self.client.log_metric(
                self.parent, "cv_log_loss", _best(study, trial.number), step=trial.number
            )


def draw(study: optuna.Study, folder: Path) -> None:
    """Draw Optuna's plots as PNG files: history, slices, and importances of enough trials."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import NullFormatter
    from optuna.visualization import matplotlib as plots

    folder.mkdir(parents=True)
    pictures: dict[str, Callable[..., Any]] = {
        "history": plots.plot_optimization_history,
        "slices": plots.plot_slice,
    }
    if _are_enough(study):
        pictures["importances"] = plots.plot_param_importances
    for name, plot in pictures.items():
        # Optuna sets a style for all of matplotlib, and calls its own plots experimental.
        with pyplot.style.context("default"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            axes = np.atleast_1d(plot(study, target_name=LOSS))
            for one in axes:
                one.xaxis.set_minor_formatter(NullFormatter())  # else labels lie on each other
            axes[0].figure.savefig(folder / f"{name}.png", dpi=100, bbox_inches="tight")
            pyplot.close("all")


def write_tables(study: optuna.Study, folder: Path) -> None:
    """Write what the plots draw as CSV files: the slices, and importances of enough trials."""
    ended = finished(study)
    rows = [
        {"trial": each.number, "state": each.state.name.lower(), **each.params,
         "log_loss": each.value if each.state == TrialState.COMPLETE else None}
        for each in ended
    ]  # fmt: skip
    pl.DataFrame(rows, infer_schema_length=None).write_csv(folder / "slices.csv")
    if _are_enough(study):
        weights = optuna.importance.get_param_importances(study)
        table = {"parameter": [*weights], "importance": [*weights.values()]}
        pl.DataFrame(table).write_csv(folder / "importances.csv")


def _are_enough(study: optuna.Study) -> bool:
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return len(complete) >= ENOUGH


@contextmanager
def _turn(home: Path) -> Iterator[None]:
    """Keep others that record into the same database waiting."""
    with (home / ".tuning.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _best(study: optuna.Study, number: int) -> float:
    """Lowest log-loss of the complete trials up to a number."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return min(t.value for t in complete if t.number <= number and t.value is not None)


def _metrics(trial: FrozenTrial, at: int) -> tuple[list[Metric], dict[str, str]]:
    """Give a trial's figures, and a tag that names those that are no finite numbers."""
    losses, trees = trial.user_attrs["fold_log_loss"], trial.user_attrs["trees"]
    found = [Metric("fold_log_loss", loss, at, fold) for fold, loss in enumerate(losses)]
    found += [Metric("fold_trees", count, at, fold) for fold, count in enumerate(trees)]
    # The value that Optuna gives a pruned trial is of what it got through: another thing.
    if trial.state == TrialState.COMPLETE and trial.value is not None:
        found.append(Metric("cv_log_loss", trial.value, at, 0))
    odd = {f"{each.key} {each.step}": each.value for each in found if not isfinite(each.value)}
    return [each for each in found if isfinite(each.value)], finite(odd)[1]


def _params(trial: FrozenTrial) -> list[Param]:
    """By the names that training logs; trees are the mean over the folds that were finished."""
    named = dict(trial.user_attrs["train"])
    if trees := trial.user_attrs["trees"]:
        named["trees"] = round(np.mean(trees))
    return [Param(name, str(value)) for name, value in named.items()]


def _milliseconds(at: Any) -> int:
    return int(at.timestamp() * 1000)


def _is_there(client: MlflowClient, run: str) -> bool:
    try:
        return bool(client.get_run(run).info.lifecycle_stage == "active")
    except MlflowException:
        return False
