"""Reports as runs of MLflow: one for each day, in the experiment `daily`."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import mlflow

from features.errors import KloutError
from features.storage.objects import is_remote
from serving.daily.report import RunReport
from training.registry.artifacts import ADDRESS
from training.registry.figures import finite, flat

EXPERIMENT = "daily"
_URI = "MLFLOW_TRACKING_URI"


def log_report(report: RunReport, lake: Path, uri: str) -> None:
    """Log a report, unless the same day of the same lake is there already.

    Parameters
    ----------
    report
        Its numbers become metrics, and the whole of it `DAY.json`.
    lake
        The lake's directory, by which the runs of several lakes are told apart.
    uri
        A tracking server or store, as MLflow takes it.

    Raises
    ------
    KloutError
        If MLflow can't be reached; the scores are published all the same.
    """
    tags = {
        "as_of": report.as_of.isoformat(),
        "lake": str(lake if is_remote(lake) else lake.resolve()),
        "model_version": report.model,
        # Another number where the day was withdrawn and published again.
        "entries": str(report.entries),
    }
    try:
        with _hushed(), _pointed_back():
            mlflow.set_tracking_uri(uri)
            _choose_experiment(uri)
            _log(report, tags)
    # A server, a database and a folder each fail in ways of their own, and all mean the same.
    except Exception as error:
        day = report.as_of
        raise KloutError(f"{uri}: the report of {day} can't be logged: {error}") from error


def metrics(report: RunReport) -> dict[str, float]:
    """Name a report's numbers as MLflow does; late rows are added up over their days."""
    data = asdict(report)
    late = sum(data["arrivals"].pop("late").values())
    seconds = sum(report.cost.seconds.values())
    return flat(data) | {"arrivals.late": late, "alarms": len(report.alarms), "seconds": seconds}


def _choose_experiment(uri: str) -> None:
    """Make it if it is not there; a local database has its artifacts beside it."""
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        mlflow.create_experiment(EXPERIMENT, ADDRESS if uri.startswith("sqlite:") else None)
    mlflow.set_experiment(EXPERIMENT)


def _log(report: RunReport, tags: dict[str, str]) -> None:
    if _is_logged(tags):
        return
    kept, odd = finite(metrics(report))
    with mlflow.start_run(run_name=tags["as_of"], tags=tags | odd):
        mlflow.log_metrics(kept)
        mlflow.log_text(report.to_json(), f"{tags['as_of']}.json")


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep MLflow's hints off the terminal: they hide what `klout` says."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _pointed_back() -> Iterator[None]:
    """Leave MLflow pointing where it did.

    It keeps that in the environment too, which would have each later run in this process log there.
    """
    before, said = mlflow.get_tracking_uri(), os.environ.get(_URI)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)
        if said is None:
            os.environ.pop(_URI, None)


def _is_logged(tags: dict[str, str]) -> bool:
    same = (f"tags.{name} = '{tags[name]}'" for name in ("as_of", "lake", "entries"))
    # A run that was killed on the way holds a part of the report, or nothing.
    wanted = " and ".join(("attributes.status = 'FINISHED'", *same))
    found = mlflow.search_runs(
        experiment_names=[EXPERIMENT], filter_string=wanted, max_results=1, output_format="list"
    )
    return len(found) > 0
