"""Reports as runs of MLflow: one for each day, in the experiment `daily`."""

from __future__ import annotations

import logging
from dataclasses import asdict
from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException

from features.errors import KloutError
from serving.daily.report import RunReport
from training.registry import flat

EXPERIMENT = "daily"


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
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    day, before = report.as_of.isoformat(), mlflow.get_tracking_uri()
    tags = {"as_of": day, "lake": str(lake.resolve()), "model_version": report.model}
    try:
        mlflow.set_tracking_uri(uri)
        mlflow.set_experiment(EXPERIMENT)
        if _is_logged(tags):
            return
        with mlflow.start_run(run_name=day, tags=tags):
            mlflow.log_metrics(metrics(report))
            mlflow.log_text(report.to_json(), f"{day}.json")
    except (MlflowException, OSError) as error:
        raise KloutError(f"{uri}: the report of {day} can't be logged: {error}") from error
    finally:
        mlflow.set_tracking_uri(before)


def metrics(report: RunReport) -> dict[str, float]:
    """Name a report's numbers as MLflow does; late rows are added up over their days."""
    data = asdict(report)
    late = sum(data["arrivals"].pop("late").values())
    seconds = sum(report.cost.seconds.values())
    return flat(data) | {"arrivals.late": late, "alarms": len(report.alarms), "seconds": seconds}


def _is_logged(tags: dict[str, str]) -> bool:
    wanted = " and ".join(f"tags.{name} = '{tags[name]}'" for name in ("as_of", "lake"))
    found = mlflow.search_runs(
        experiment_names=[EXPERIMENT], filter_string=wanted, max_results=1, output_format="list"
    )
    return len(found) > 0
