"""Running the service in the foreground."""

from __future__ import annotations

import os
from pathlib import Path

from serving.in_force import MODEL_ENV
from training.model import Model


def serve(model: Path, host: str, port: int, workers: int) -> None:
    """Serve a model until SIGINT or SIGTERM.

    Parameters
    ----------
    model
        The model's folder.
    host, port
        Where to listen; ``host`` is an IP address.
    workers
        Processes that answer.

    Raises
    ------
    KloutError
        If there is no model, or it is damaged: nothing is started then.
    """
    Model.load(model)
    # What the workers, which are processes of their own, have to know.
    os.environ[MODEL_ENV] = str(model.resolve())
    os.environ["KLOUT_WORKERS"] = str(workers)
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")  # nothing leaves the machine

    import bentoml  # reads the environment when it is imported

    from serving.service import KloutScore

    bentoml.serve(KloutScore, host=host, port=port, blocking=True)
