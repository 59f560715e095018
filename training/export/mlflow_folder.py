"""A model in a folder of MLflow's, which loads and serves without a tracking server."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import polars as pl

from features.storage.atomic import replacing_folder
from features.storage.folders import EXPORTED
from training.influence.model import Model
from training.promotion.mlflow_run import pyfunc_arguments
from training.registry.registry import hush


def write_mlflow(model: Model, source: Path, folder: Path) -> None:
    """Write a model as MLflow keeps it: its folder, our code, signature and requirements.

    Parameters
    ----------
    source
        The model's own folder.
    folder
        New, empty, or one that this has written: it is replaced whole.

    Raises
    ------
    KloutError
        If the folder holds anything else, or can't be written.
    """
    hush()
    names = model.catalogue.names
    nobody = pl.DataFrame({"person": ["nobody"], **dict.fromkeys(names, 0.0)})
    with replacing_folder(folder, EXPORTED, model.version) as draft, TemporaryDirectory() as made:
        with pyfunc_arguments(source, model.catalogue, nobody) as arguments:
            mlflow.pyfunc.save_model(str(Path(made) / "model"), **arguments)
        shutil.copytree(Path(made) / "model", draft, dirs_exist_ok=True)
