"""Where MLflow's pages are: it opens at one for chats, from which models can't be reached.

`python -m training.registry.pages http://127.0.0.1:5000` prints them, as `make mlflow` does.
"""

from __future__ import annotations

import sys
from urllib.parse import urlencode

import mlflow

from training.registry.registry import EXPERIMENT, NAME, Registry
from training.registry.run_views import VIEWS

_LEARNING = {"workflowType": "machine_learning"}


def pages(server: str, experiment: str) -> dict[str, str]:
    """Name the pages of a server.

    >>> pages("http://127.0.0.1:5000", "1")["klout-score"]
    'http://127.0.0.1:5000/#/models/klout-score?workflowType=machine_learning'
    """
    runs = {
        view.title: f"{server}/#/experiments/{experiment}/runs?"
        + urlencode(_LEARNING | {"viewStateShareKey": view.key, "compareRunsMode": "CHART"})
        for view in VIEWS
    }
    return {NAME: f"{server}/#/models/{NAME}?{urlencode(_LEARNING)}", **runs}


def main(server: str) -> None:
    """Print the pages of the working directory's experiment."""
    Registry().connect()
    found = mlflow.get_experiment_by_name(EXPERIMENT)
    assert found is not None, "connect() makes it"
    for title, page in pages(server, found.experiment_id).items():
        sys.stdout.write(f"{title:12}{page}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
