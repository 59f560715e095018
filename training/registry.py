"""Runs and models in MLflow: what was trained, how good it is, and which one is the champion."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
from mlflow.data.polars_dataset import from_polars
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from features.catalogue import Catalogue
from training.model import Model

NAME = "klout-score"
CHAMPION = "champion"
EXPERIMENT = "klout-score"
REQUIREMENTS = ("lightgbm", "numpy", "polars", "pyarrow", "pandas", "scikit-learn", "scipy")
"""What the logged model needs, with the versions installed here; inferring them takes 16 s."""


@dataclass(frozen=True)
class Registry:
    """The tracking server's home: a SQLite store and a folder of artifacts beside it."""

    home: Path = Path("mlflow")

    def connect(self) -> mlflow.MlflowClient:
        """Point MLflow at the store, and make the experiment if it is not there."""
        _hush()
        store = f"sqlite:///{self.home.resolve() / 'mlflow.db'}"
        self.home.mkdir(parents=True, exist_ok=True)
        mlflow.set_tracking_uri(store)
        mlflow.set_registry_uri(store)
        if mlflow.get_experiment_by_name(EXPERIMENT) is None:
            artifacts = (self.home.resolve() / "artifacts").as_uri()
            mlflow.create_experiment(EXPERIMENT, artifact_location=artifacts)
        mlflow.set_experiment(EXPERIMENT)
        return mlflow.MlflowClient()

    def champion(self) -> Model | None:
        """Load the model that holds the alias, if there is one."""
        client = self.connect()
        try:
            found = client.get_model_version_by_alias(NAME, CHAMPION)
        except MlflowException:
            return None
        with tempfile.TemporaryDirectory() as folder:
            uri = f"models:/{NAME}/{found.version}"
            local = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder)
            return Model.load(next(Path(local).rglob("model.json")).parent)

    def log(
        self,
        folder: Path,
        metrics: dict[str, Any],
        plots: Path,
        signals: Path,
        judgements: Path,
        *,
        promoted: bool,
    ) -> str:
        """Record a run with its model; a promoted one gets the alias.

        Parameters
        ----------
        folder
            The model's folder.
        metrics
            From `training.evaluate.evaluate`.
        plots
            A folder of plots.
        signals, judgements
            The files it was trained on.

        Returns
        -------
        str
            The id of the run.
        """
        client = self.connect()
        model = Model.load(folder)
        with mlflow.start_run(run_name=model.version) as run:
            mlflow.set_tags({"model_version": model.version, "promoted": str(promoted).lower()})
            mlflow.log_params({**model.facts["params"], "trees": model.facts["trees"]})
            mlflow.log_metrics(flat(metrics))
            _log_data(signals, "signals")
            _log_data(judgements, "judgements")
            mlflow.log_artifacts(str(plots), "plots")
            info = mlflow.pyfunc.log_model(
                name="model",
                python_model=str(Path(__file__).with_name("mlflow_model.py")),
                artifacts={"model": str(folder)},
                code_paths=[
                    str(Path(__file__).parents[1] / part) for part in ("features", "training")
                ],
                signature=signature(model.catalogue),
                input_example=_example(signals, model.catalogue),
                pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
                registered_model_name=NAME,
            )
        if promoted:
            client.set_registered_model_alias(NAME, CHAMPION, info.registered_model_version)
        return str(run.info.run_id)


def _hush() -> None:
    """Keep MLflow's progress bars and hints off the terminal: they hide what `klout` says."""
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="mlflow")
    warnings.filterwarnings("ignore", message=".*[Tt]ype hint")


def flat(metrics: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Name nested metrics by their path.

    >>> flat({"auc": 0.8, "baselines": {"followers": 0.7}, "model_version": "ab"})
    {'auc': 0.8, 'baselines.followers': 0.7}
    """
    numbers: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, dict):
            numbers |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            numbers[f"{prefix}{name}"] = value
    return numbers


def signature(catalogue: Catalogue) -> ModelSignature:
    """Derive the MLflow signature: MLflow cannot infer one from Polars."""
    parts = [f"part.{network.name}" for network in catalogue.networks]
    figures = ["influence", "score", "percentile", *parts]
    return ModelSignature(inputs=_schema(catalogue.names), outputs=_schema(figures))


def _schema(numbers: list[str]) -> Schema:
    person = ColSpec(DataType.string, "person")
    return Schema([person, *(ColSpec(DataType.double, name) for name in numbers)])


def _example(signals: Path, catalogue: Catalogue) -> Any:
    return pl.read_parquet(signals, columns=["person", *catalogue.names], n_rows=2).to_pandas()


def _log_data(file: Path, context: str) -> None:
    frame = pl.read_parquet(file)
    # The digest and the shape are what a run is compared by; 900 columns of profile are not.
    small = frame.select(frame.columns[:5])
    data = from_polars(small, source=str(file), name=f"{context} ({len(frame):,} rows)")
    mlflow.log_input(data, context=context)
