"""The model as MLflow loads it: from this code and the model's folder, without a pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from training.influence.model import Model


class ScoringModel(PythonModel):
    """Signals in (a row per person), scores and parts out."""

    # MLflow's own mark for models without type hints: they would be taken for a schema, and the
    # signature is the schema; without the mark it asks for them on every terminal.
    _skip_type_hint_validation = True

    def load_context(self, context: Any) -> None:
        """Read the model from the artifacts of the run."""
        self.model = Model.load(Path(context.artifacts["model"]))

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        """Score a pandas DataFrame with ``person`` and the catalogue's signals."""
        del context, params
        return self.model.score(pl.from_pandas(model_input)).to_pandas()


set_model(ScoringModel())
