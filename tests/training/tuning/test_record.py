"""What of a trial MLflow is given."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import optuna
from mlflow.entities import Metric, RunTag
from optuna.trial import create_trial

from training.tuning.record import Record


class Client:
    """Takes what a run is given, as MLflow's client does."""

    def __init__(self) -> None:
        self.metrics: list[Metric] = []
        self.tags: list[RunTag] = []

    def log_batch(self, _run: str, metrics: list[Metric], _params: Any, tags: list[RunTag]) -> None:
        self.metrics += metrics
        self.tags += tags

    def __getattr__(self, _name: str) -> Any:
        return lambda *_, **__: self

    info = property(lambda self: self)
    run_id = "run"


def test_a_loss_that_is_no_number_is_named_and_not_logged():
    study = optuna.create_study()
    at = datetime(2026, 1, 1)
    trial = create_trial(
        value=0.5, user_attrs={"fold_log_loss": [0.5, math.nan], "trees": [3, 4], "train": {}}
    )
    trial.datetime_start = trial.datetime_complete = at
    study.add_trial(trial)
    client = Client()
    Record(client, "1", "parent", set())._log_trial(study, study.trials[0])  # type: ignore[arg-type]
    assert [each.value for each in client.metrics if each.key == "fold_log_loss"] == [0.5]
    assert [(each.key, each.value) for each in client.tags] == [
        ("not_finite", "fold_log_loss 1 nan")
    ]
