"""The model as a run of MLflow holds it: with signature, example and requirements."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import polars as pl
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema

import training
from features.catalogue.catalogue import Catalogue
from features.storage.atomic import standing
from training.promotion.lineage import packages

_TRAINING = Path(training.__file__).parent


def log_model(folder: Path, catalogue: Catalogue, people: pl.DataFrame) -> ModelInfo:
    """Log a model's folder into the active run.

    Parameters
    ----------
    folder
        The model's folder.
    catalogue
        The model's, for the signature.
    people
        Two of them are the input example.
    """
    with TemporaryDirectory(prefix="klout-") as plain:
        # MLflow reads a path as a URL, in which % and # mean something, and of a link takes the
        # link itself.
        copy = shutil.copytree(standing(folder), Path(plain) / "model")
        info: ModelInfo = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(_TRAINING / "registry" / "mlflow_model.py"),
            artifacts={"model": str(copy)},
            code_paths=[str(_TRAINING.parent / part) for part in ("features", "training")],
            signature=signature(catalogue),
            input_example=people.head(2).select("person", *catalogue.names).to_pandas(),
            pip_requirements=[f"{name}=={number}" for name, number in packages().items()],
        )
    return info


def signature(catalogue: Catalogue) -> ModelSignature:
    """Derive the MLflow signature: MLflow cannot infer one from Polars."""
    parts = [f"part.{network.name}" for network in catalogue.networks]
    figures = ["influence", "score", "percentile", *parts]
    return ModelSignature(inputs=_schema(catalogue.names), outputs=_schema(figures))


def _schema(numbers: list[str]) -> Schema:
    person = ColSpec(DataType.string, "person")
    return Schema([person, *(ColSpec(DataType.double, name) for name in numbers)])
