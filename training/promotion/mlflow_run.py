"""A candidate's run in MLflow: figures, gates, data, plots, the card, and the model itself.

The model as a run of MLflow holds it: with signature, example and requirements.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
import polars as pl
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME, MLFLOW_SOURCE_NAME

import training
from features.catalogue.catalogue import Catalogue
from features.storage.atomic import standing
from training.influence.confidence import FIGURES
from training.promotion.candidate_record import MOVERS, CandidateRecord, markdown
from training.promotion.card import card, short
from training.promotion.changes import RunFacts
from training.promotion.lineage import packages
from training.promotion.measured import STAGE, VERDICT, beside_champion, not_judged, params
from training.promotion.shadow import Shadow, draw_shadow
from training.registry.data_sets import log_data
from training.registry.figures import finite, flat
from training.registry.registry import NOTE, Registry

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
    with pyfunc_arguments(folder, catalogue, people) as arguments:
        info: ModelInfo = mlflow.pyfunc.log_model(name="model", **arguments)
    return info


@contextmanager
def pyfunc_arguments(
    folder: Path, catalogue: Catalogue, people: pl.DataFrame
) -> Iterator[dict[str, Any]]:
    """Say what MLflow packs with a model: parameters as of `log_model`."""
    with TemporaryDirectory(prefix="klout-") as plain:
        # MLflow reads a path as a URL, in which % and # mean something, and of a link takes the
        # link itself.
        copy = shutil.copytree(standing(folder), Path(plain) / "model")
        yield {
            "python_model": str(_TRAINING / "registry" / "mlflow_model.py"),
            "artifacts": {"model": str(copy)},
            "code_paths": [str(_TRAINING.parent / part) for part in ("features", "training")],
            "signature": signature(catalogue),
            "input_example": people.head(2).select("person", *catalogue.names).to_pandas(),
            "pip_requirements": [f"{name}=={number}" for name, number in packages().items()],
        }


def signature(catalogue: Catalogue) -> ModelSignature:
    """Derive the MLflow signature: MLflow cannot infer one from Polars."""
    parts = [f"part.{network.name}" for network in catalogue.networks]
    return ModelSignature(inputs=_schema(catalogue.names), outputs=_schema([*FIGURES, *parts]))


def _schema(numbers: list[str]) -> Schema:
    person = ColSpec(DataType.string, "person")
    return Schema([person, *(ColSpec(DataType.double, name) for name in numbers)])


LONGEST = 5000
"""Characters that MLflow keeps of a version's description."""


@dataclass(frozen=True)
class Recorded:
    """The id of a run, and the version registered of it; empty if the audit failed."""

    run: str
    version: str


def record(
    registry: Registry, story: CandidateRecord, folder: Path, people: pl.DataFrame, plots: Path
) -> Recorded:
    """Record a run, or go on in that of `klout record`.

    A model that passed the audit becomes a registered version.

    Parameters
    ----------
    registry
        Where to.
    story
        What is known of the model.
    folder
        The model's.
    people
        The signals that both models scored.
    plots
        A folder of plots.

    """
    registry.connect()
    text, (figures, odd) = card(story), finite(metrics(story))
    facts = RunFacts(params(story.model), metrics(story), story.origin.tags())
    note = "\n\n".join([short(story), *odd.values(), beside_champion(registry, facts)])
    measured = not_judged(registry, story.model.version, story.origin)
    with mlflow.start_run(run_id=measured) as run:
        mlflow.set_tags(tags(story) | odd | {NOTE: note, MLFLOW_RUN_NAME: name(story)})
        mlflow.log_params(dict(facts.params))
        info = log_model(folder, story.model.catalogue, people)
        # Said of the model and not of the run alone, they are on the pages of both.
        mlflow.log_metrics(figures, model_id=info.model_id)
        for context, file in story.files.items():
            log_data(file, context, story.origin.tags()[f"data.{context}"])
        mlflow.log_artifacts(str(plots), "plots")
        mlflow.log_text(text, "card.md")
        if story.shadow is not None:
            _log_shadow(story.shadow)
    if not all(gate.passed for gate in story.gates if gate.name == "audit"):
        return Recorded(run.info.run_id, "")
    version = registry.register(info, run.info.run_id, _version_tags(story), _within(text))
    return Recorded(run.info.run_id, version)


def name(story: CandidateRecord) -> str:
    """Name the run by its model and what became of it: the list of runs shows little else."""
    failed = ", ".join(gate.name for gate in story.gates if not gate.passed)
    return f"{story.model.version} {f'refused: {failed}' if failed else 'promoted'}"


def tags(story: CandidateRecord) -> dict[str, str]:
    """Tags of the run: what it is of, and how each gate decided."""
    return {
        "stage": STAGE,
        MLFLOW_SOURCE_NAME: "klout promote",  # and not the path of this checkout's program
        "model_version": story.model.version,
        VERDICT: str(story.promoted).lower(),
        **story.origin.tags(),
        **{f"gate.{gate.name}": "passed" if gate.passed else "failed" for gate in story.gates},
        **({} if story.allowed is None else {"allow_shift": story.allowed}),
    }


def metrics(story: CandidateRecord) -> dict[str, float]:
    """Name all figures as MLflow does, also those that are no finite numbers."""
    return flat(story.metrics) | gate_metrics(story)


def gate_metrics(story: CandidateRecord) -> dict[str, float]:
    """Name the gates' figures, as ``gate.shift.mean_change``."""
    return {
        f"gate.{gate.name}.{name}": value
        for gate in story.gates
        for name, value in gate.figures.items()
    }


def _version_tags(story: CandidateRecord) -> dict[str, str]:
    """What the list of versions shows beside each."""
    names = ("accuracy", "auc", "log_loss")
    figures = {name: f"{story.metrics[name]:.4f}" for name in names if name in story.metrics}
    failed = [gate.name for gate in story.gates if not gate.passed]
    return {
        "model_version": story.model.version,
        "promoted": str(story.promoted).lower(),
        "gates": f"failed: {', '.join(failed)}" if failed else "all passed",
        **figures,
    }


def _within(text: str) -> str:
    """Leave out the last sections if all are too long: they are the run's parameters and tags."""
    rest = "\n*The rest is in the run's artifact `card.md`.*\n"
    if len(text) <= LONGEST:
        return text
    while len(text) > LONGEST - len(rest) and "\n## " in text:
        text = text.rpartition("\n## ")[0]
    return text + rest


def _log_shadow(shadow: Shadow) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shadow.table.write_csv(Path(folder) / "shadow.csv")
        draw_shadow(shadow, Path(folder) / "shadow.png")
        tables = (shadow.movers(MOVERS), shadow.by_network())
        (Path(folder) / "movers.md").write_text("\n\n".join(map(markdown, tables)) + "\n")
        mlflow.log_artifacts(folder, "shadow")
