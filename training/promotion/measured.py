"""A measured model's run in MLflow, before the gates: what experiments are compared by.

`klout promote` goes on in the same run: a candidate has one, whoever looks at it first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_SOURCE_NAME

from features.errors import KloutError
from features.storage.folders import PLOTS, check_made
from training.influence.model import Model
from training.promotion.changes import RunFacts, changes
from training.promotion.lineage import DATA, Lineage
from training.registry.data_sets import log_data
from training.registry.figures import finite, flat
from training.registry.registry import CHAMPION, EXPERIMENT, NOTE, Registry, model_of

STAGE = "candidate"
"""Tag `stage` of runs of candidates, judged or not."""
VERDICT = "promoted"
"""Tag that a run has once gates have judged its model."""
OWN_FOLDERS = (".dvc", "tmp", "exps")
"""Where in a checkout DVC keeps folders of experiments' own."""


@dataclass(frozen=True)
class Measured:
    """A measured model's files.

    Attributes
    ----------
    candidate
        The model's folder.
    metrics, plots
        From `klout evaluate`.
    files
        Data files by what they are: ``signals``, ``judgements`` and perhaps ``training``.
    as_of
        Of the signals.
    """

    candidate: Path
    metrics: Path
    plots: Path
    files: dict[str, Path]
    as_of: date | None = None


def shared_registry(folder: Path) -> Registry:
    """Find where runs of a folder go: of an experiment's own, to the checkout that tries it.

    Examples
    --------
    >>> shared_registry(Path("/k/.dvc/tmp/exps/standalone/tmpa")).home.as_posix()
    '/k/mlflow'
    """
    parts = folder.parts
    for start in range(1, len(parts) - len(OWN_FOLDERS)):
        if parts[start : start + len(OWN_FOLDERS)] == OWN_FOLDERS:
            return Registry(Path(*parts[:start]) / Registry().home)
    return Registry()


def record_measured(measured: Measured, registry: Registry) -> str:
    """Record a measured model, once: on the same data it keeps the run that it has.

    Returns
    -------
    str
        The run's id.

    Raises
    ------
    KloutError
        If a file is not as its contract says.
    """
    check_made(measured.plots, PLOTS, "klout evaluate --plots")
    model, metrics = Model.read(measured.candidate), read_metrics(measured.metrics)
    origin = Lineage.of(measured.files, model.catalogue, measured.as_of, measured.candidate)
    if known := runs_of(registry, model.version, origin):
        return str(known[0].info.run_id)
    facts = RunFacts(params(model), flat(metrics), origin.tags())
    figures, odd = finite(facts.metrics)
    note = "\n\n".join([*odd.values(), beside_champion(registry, facts)])
    said = {"stage": STAGE, MLFLOW_SOURCE_NAME: "klout record", "model_version": model.version}
    with mlflow.start_run(run_name=model.version) as run:
        mlflow.set_tags(said | origin.tags() | odd | {NOTE: note})
        mlflow.log_params(dict(facts.params))
        mlflow.log_metrics(figures)
        for context, file in measured.files.items():
            log_data(file, context, origin.tags()[f"data.{context}"])
        mlflow.log_artifacts(str(measured.plots), "plots")
    return str(run.info.run_id)


def runs_of(registry: Registry, version: str, origin: Lineage) -> list[Run]:
    """List a model's runs on these data, the latest first."""
    client = registry.connect()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None, "connect() makes it"
    wanted = {"stage": STAGE, "model_version": version, DATA: origin.data}
    asked = " and ".join(f"tags.`{name}` = '{value}'" for name, value in wanted.items())
    return list(client.search_runs([experiment.experiment_id], asked))


def not_judged(registry: Registry, version: str, origin: Lineage) -> str | None:
    """Look up the run of a model on these data that no gate has judged; None: there is none."""
    runs = runs_of(registry, version, origin)
    return next((run.info.run_id for run in runs if VERDICT not in run.data.tags), None)


def beside_champion(registry: Registry, own: RunFacts) -> str:
    """Write what is different from the champion, as its run tells of it."""
    holder = registry.version(CHAMPION)
    if holder is None or not holder.run_id:
        return ""
    run = registry.connect().get_run(holder.run_id).data
    theirs = {name: run.tags[name] for name in own.data if name in run.tags}
    return changes(own, RunFacts(run.params, run.metrics, theirs), model_of(holder))


def params(model: Model) -> dict[str, object]:
    """Parameters by the names they have in `params.yaml`, and the number of trees found."""
    return {**model.facts.get("params", {}), "trees": model.facts.get("trees", "unknown")}


def read_metrics(file: Path) -> dict[str, Any]:
    """Read the figures of `klout evaluate`.

    Raises
    ------
    KloutError
        If they are not there, or none.
    """
    try:
        metrics = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise KloutError(f"{file}: not metrics in JSON: {error}") from error
    if not isinstance(metrics, dict):
        raise KloutError(f"{file}: must be an object of metrics, is {type(metrics).__name__}")
    return metrics
