"""The model in force: read once per process from the folder that ``KLOUT_MODEL`` names."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from training.model import Model

MODEL_ENV = "KLOUT_MODEL"
DEFAULT = Path("models/champion")


def model_folder() -> Path:
    """Say where the model is: ``KLOUT_MODEL``, else ``models/champion``.

    The default is looked for beside the packages first, where a checkout and a bento have it, so
    that a bento serves its own model whatever folder it is started in.
    """
    if given := os.environ.get(MODEL_ENV):
        return Path(given)
    beside = Path(__file__).parent.parent / DEFAULT
    return beside if beside.is_dir() else DEFAULT


@lru_cache(maxsize=1)
def in_force() -> Model:
    """Return the model, ready to predict.

    Raises
    ------
    KloutError
        If there is none, or it is damaged.
    """
    model = Model.load(model_folder())
    _ = model.base  # builds the trees now rather than in the first request
    return model


@lru_cache(maxsize=1)
def columns() -> dict[str, int]:
    """Column number of each signal of the model in force."""
    return {name: column for column, name in enumerate(in_force().catalogue.names)}
