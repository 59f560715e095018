"""Saved views of the runs: the columns and charts that MLflow shows, as tags of the experiment.

MLflow keeps a view that somebody saves in the browser as such a tag. It shows no columns of metrics
by itself, and a chart of ten runs for each metric there is, so these are put there; they stand
under *Views* above the list of runs, and a link opens one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from training.registry.charts import Chart, bars, parallel, placed, scatter

SHARED = "mlflow.sharedViewState."
KIND = {"mlflow.experimentKind": "custom_model_development"}
"""Tag by which MLflow opens the experiment at its runs, and not at traces of chats."""


@dataclass(frozen=True)
class View:
    """One view of runs.

    Attributes
    ----------
    title, stage
        Its name, and the tag `stage` of the runs it shows.
    tags, metrics, params
        The columns by their kind.
    charts
        From `training.registry.charts`.
    group
        The tag that runs are grouped by; empty: they are not.
    """

    title: str
    stage: str
    tags: tuple[str, ...]
    metrics: tuple[str, ...]
    params: tuple[str, ...]
    charts: tuple[Chart, ...]
    group: str = ""

    @property
    def key(self) -> str:
        """Its name in tags and links."""
        return self.title.lower().replace(" ", "-")

    def to_json(self) -> str:
        """Write it as MLflow's browser side reads it."""
        kinds = {"tags": self.tags, "metrics": self.metrics, "params": self.params}
        state: dict[str, Any] = {
            "searchFilter": f'tags.stage = "{self.stage}"',
            "orderByKey": "attributes.start_time",
            "orderByAsc": False,
            "selectedColumns": [f"{kind}.`{each}`" for kind in kinds for each in kinds[kind]],
            "runsHiddenMode": "FIRST_20_RUNS",  # of the list, in charts; by itself it takes ten
            **placed(self.charts),
        }
        if self.group:
            keys = [{"mode": "tag", "groupByData": self.group}]
            state["groupBy"] = {"aggregateFunction": "average", "groupByKeys": keys}
            state["useGroupedValuesInCharts"] = False
        # The times are asked for; constant ones let an unchanged view be told from a changed one.
        view = {"name": self.title, "createdAt": 0, "updatedAt": 0, "state": json.dumps(state)}
        return json.dumps(view)


_LEARNING = ("trees", "learning_rate", "num_leaves", "feature_fraction", "link_power")
_JUDGED = ("log_loss", "accuracy", "auc")
_GATES = (
    "gate.better.gain",
    "gate.better.confidence",
    "gate.shift.mean_change",
    "gate.shift.rank_correlation",
)
# Bars begin at 0: log-losses of .44 and .45 would look the same, their gains don't.
_COMPARED = (
    *map(bars, ("gate.better.gain", "gate.shift.mean_change", "calibration_error")),
    scatter("log_loss", "accuracy"),
    scatter("gate.shift.mean_change", "gate.better.gain"),
    scatter("log_loss", "gate.shift.rank_correlation"),
    parallel(_LEARNING, ("log_loss",)),
)

VIEWS = (
    View(
        "Candidates",
        "candidate",
        ("alias", "promoted", "dvc.exp"),
        (*_JUDGED, *_GATES),
        _LEARNING,
        _COMPARED,
    ),
    View(
        "By data",
        "candidate",
        ("alias", "promoted", "data.version"),
        _JUDGED,
        _LEARNING,
        _COMPARED,
        group="data.version",
    ),
    View(
        "Trials",
        "trial",
        ("state",),
        ("cv_log_loss",),
        (*_LEARNING, "min_sum_hessian_in_leaf", "lambda_l2"),
        (parallel((*_LEARNING, "min_sum_hessian_in_leaf", "lambda_l2"), ("cv_log_loss",)),),
    ),
)


def views() -> dict[str, str]:
    """Write the views as tags: key to value.

    >>> list(views())[:2]
    ['mlflow.sharedViewState.candidates', 'mlflow.sharedViewState.by-data']
    """
    return {f"{SHARED}{view.key}": view.to_json() for view in VIEWS}
