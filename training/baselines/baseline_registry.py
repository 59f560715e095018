"""All baselines by name, grouped by what they need to be told."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.lake import Lake
from training.baselines.free_trees import unconstrained
from training.baselines.graphs import (
    WEEK,
    InteractionGraph,
    account_mass,
    pagerank,
    tunkrank,
    tweepcred,
)
from training.baselines.linear import least_squares, logistic
from training.baselines.rankings import followers, interactions, listed, log_linear, reactors
from training.influence.params import TrainingParams


def from_signals(signals: pl.DataFrame, catalogue: Catalogue) -> dict[str, pl.Series]:
    """Figures that stand in the signals, in the order of the persons.

    A figure that is the same for everybody is left out: the catalogue has nothing for it.
    """
    figures = {
        "followers": followers(signals, catalogue),
        "listed": listed(signals, catalogue),
        "interactions": interactions(signals, catalogue),
        "reactors": reactors(signals, catalogue),
        "log_linear": log_linear(signals, catalogue),
    }
    return {name: values for name, values in figures.items() if values.n_unique() > 1}


def from_graph(
    lake: Lake, as_of: date, catalogue: Catalogue, persons: pl.Series
) -> dict[str, pl.Series]:
    """Ranks in the graph of who reacted to whom, in the order of ``persons``.

    Empty if nobody reacted to anybody.
    """
    graph = InteractionGraph.of(lake, as_of, catalogue)
    if not len(graph.people):
        return {}
    ranks = {"pagerank": pagerank, "tweepcred": tweepcred, "tunkrank": tunkrank}
    found = {name: graph.of_persons(rank(graph), persons) for name, rank in ranks.items()}
    week = InteractionGraph.of(lake, as_of, catalogue, WEEK)
    if len(week.people):
        found["account_score"] = week.of_persons(account_mass(week), persons)
    return found


def learned(
    signals: pl.DataFrame,
    judgements: pl.DataFrame,
    catalogue: Catalogue,
    params: TrainingParams,
) -> dict[str, pl.Series]:
    """Influence as simpler or freer models learn it from training judgements."""
    return {
        "least_squares": least_squares(signals, judgements, catalogue),
        "logistic": logistic(signals, judgements, catalogue, params),
        "unconstrained": unconstrained(signals, judgements, catalogue, params),
    }
