"""Saved views of the runs: which columns MLflow shows, as tags of the experiment.

MLflow keeps a view that somebody saves in the browser as such a tag. It shows no columns of metrics
by itself, so these are put there; they stand under *Views* above the list of runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

SHARED = "mlflow.sharedViewState."


@dataclass(frozen=True)
class View:
    """One view: its title, the tag `stage` of the runs it shows, and the columns by their kind."""

    title: str
    stage: str
    tags: tuple[str, ...]
    metrics: tuple[str, ...]
    params: tuple[str, ...]

    def to_json(self) -> str:
        """Write it as MLflow's browser side reads it."""
        kinds = {"tags": self.tags, "metrics": self.metrics, "params": self.params}
        state = {
            "searchFilter": f'tags.stage = "{self.stage}"',
            "orderByKey": "attributes.start_time",
            "orderByAsc": False,
            "selectedColumns": [f"{kind}.`{each}`" for kind in kinds for each in kinds[kind]],
        }
        # The times are asked for; constant ones let an unchanged view be told from a changed one.
        view = {"name": self.title, "createdAt": 0, "updatedAt": 0, "state": json.dumps(state)}
        return json.dumps(view)


_LEARNING = ("trees", "learning_rate", "num_leaves", "feature_fraction", "link_power")

VIEWS = (
    View(
        "Candidates",
        "promote",
        ("alias", "promoted"),
        (
            "log_loss",
            "accuracy",
            "auc",
            "gate.better.gain",
            "gate.better.confidence",
            "gate.shift.mean_change",
            "gate.shift.rank_correlation",
        ),
        _LEARNING,
    ),
    View(
        "Trials",
        "trial",
        ("state",),
        ("cv_log_loss",),
        (*_LEARNING, "min_sum_hessian_in_leaf", "lambda_l2"),
    ),
)


def views() -> dict[str, str]:
    """Write the views as tags: key to value.

    >>> list(views())
    ['mlflow.sharedViewState.candidates', 'mlflow.sharedViewState.trials']
    """
    return {f"{SHARED}{view.title.lower()}": view.to_json() for view in VIEWS}
