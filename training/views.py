"""Saved views of the runs: which columns MLflow shows, as tags of the experiment.

MLflow keeps a view that somebody saves in the browser as such a tag. It shows no columns of metrics
by itself, so these are put there; they stand under *Views* above the list of runs.
"""

from __future__ import annotations

import json

SHARED = "mlflow.sharedViewState."
COLUMNS = {
    "Candidates": {
        "tags": ("alias", "promoted"),
        "metrics": (
            "log_loss",
            "accuracy",
            "auc",
            "gate.better.gain",
            "gate.better.confidence",
            "gate.shift.mean_change",
            "gate.shift.rank_correlation",
        ),
        "params": ("trees", "learning_rate", "num_leaves", "feature_fraction"),
    },
}
"""Title to the columns shown, by their kind."""
STAGES = {"Candidates": "promote"}
"""Title to the runs shown, by their tag `stage`."""


def views() -> dict[str, str]:
    """Write the views as tags: key to value.

    >>> list(views())
    ['mlflow.sharedViewState.candidates']
    """
    return {f"{SHARED}{title.lower()}": _view(title) for title in COLUMNS}


def _view(title: str) -> str:
    columns = [f"{kind}.`{name}`" for kind, names in COLUMNS[title].items() for name in names]
    state = {
        "searchFilter": f'tags.stage = "{STAGES[title]}"',
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "selectedColumns": columns,
    }
    # The times are asked for; constant ones let an unchanged view be told from a changed one.
    view = {"name": title, "createdAt": 0, "updatedAt": 0, "state": json.dumps(state)}
    return json.dumps(view)
