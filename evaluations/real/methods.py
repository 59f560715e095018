"""What is compared: the model, plain counts, and ranks in the graph."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evaluations.real.tasks import GRAPH, Task
from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from training import baselines
from training.influence.model import Model

COUNTS = ("interactions", "reactors", "log_linear")
"""The plain counts: what anybody has without a model."""


def figures(table: pl.DataFrame, task: Task, models: dict[str, Model]) -> dict[str, pl.Series]:
    """Compute every method's figure of each person of a task's table, by method."""
    catalogue = task.log.catalogue
    found = {name: influence(model, table, catalogue) for name, model in models.items()}
    found |= counts(table, catalogue) | {
        name: values
        for name, values in baselines.from_signals(table, catalogue).items()
        if name not in COUNTS
    }
    return found | {c.removeprefix(GRAPH): table[c] for c in table.columns if c.startswith(GRAPH)}


def counts(table: pl.DataFrame, catalogue: Catalogue) -> dict[str, pl.Series]:
    """Compute the plain counts; in a page graph each is the number of pages that link."""
    (network,) = catalogue.networks
    if network.page_graph:
        return dict.fromkeys(COUNTS, table[f"{network.name}.inlinks"])
    return {name: getattr(baselines, name)(table, catalogue) for name in COUNTS}


def influence(model: Model, table: pl.DataFrame, catalogue: Catalogue) -> pl.Series:
    """Compute a model's influence of people who are on one network, named by judgements or not."""
    scorer, name = _scorer(model, catalogue)
    return pl.Series(scorer.part(name, table.select(catalogue.names).to_numpy()))


def figures_of(
    model: Model, table: pl.DataFrame, catalogue: Catalogue
) -> dict[str, NDArray[np.float64]]:
    """Score people who are on one network alone: `Model.figures`, shape (persons,) each."""
    scorer, name = _scorer(model, catalogue)
    signals = table.select(catalogue.names).to_numpy()
    return scorer.figures(
        scorer.part(name, signals)[:, None], scorer.people_on(name, signals)[:, None]
    )


def _scorer(model: Model, catalogue: Catalogue) -> tuple[Model, str]:
    (network,) = catalogue.networks
    scorer = model.covering(catalogue.networks)
    if scorer.catalogue.network(network.name) != network:
        raise KloutError(f"{network.name}: the model knows another network of this name")
    return scorer, network.name
