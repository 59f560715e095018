"""The jobs behind the commands: files in, results out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from features.catalogue import Catalogue
from features.declaration import load_networks
from features.errors import KloutError
from features.lake import Lake
from training import baselines
from training.audit import audit
from training.evaluate import accuracy_by_gap, evaluate
from training.fit import fit
from training.judgements import read_judgements, split
from training.model import Model, read_signals
from training.params import TrainingParams, read_scale
from training.plots import write_plots


def split_lake(lake: Path, test_share: float, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Divide a lake's judgements by person; see `training.judgements.split`."""
    order = ["judged_at", "judge", "a", "b", "preference"]
    return split(Lake(lake).scan("judgements").sort(order).collect(), test_share, seed)


def train(signals: Path, judgements: Path, networks: Path | None, params: Path | None) -> Model:
    """Train a model from files, and audit it.

    Raises
    ------
    KloutError
        If an input is not as its contract says, or the model fails the audit.
    """
    catalogue = Catalogue(load_networks(networks))
    settings, scale = TrainingParams.read(params), read_scale(params)
    population = pl.concat(read_signals(signals, catalogue))
    model = fit(population, read_judgements(judgements), catalogue, settings, scale)
    if findings := audit(model):
        raise KloutError(f"the audit found {len(findings)} faults; first: {findings[0]}")
    return model


def score(model: Path, signals: Path, on_rows: Callable[[int], None]) -> pl.DataFrame:
    """Score everybody in a signals file; ``on_rows`` is told how many, batch by batch."""
    batches = []
    for batch in Model.load(model).score_file(signals):
        batches.append(batch)
        on_rows(len(batch))
    if not batches:
        raise KloutError(f"{signals}: no persons to score")
    return pl.concat(batches)


def evaluate_files(
    model: Path,
    signals: Path,
    judgements: Path,
    lake: Path | None = None,
    as_of: date | None = None,
    truth: Path | None = None,
    plots: Path | None = None,
) -> dict[str, Any]:
    """Compare a model with baselines on the same judgements, and perhaps plot it.

    Parameters
    ----------
    model, signals, judgements
        The judgements should be about persons the model has not seen.
    lake, as_of
        For the PageRank of the interaction graph; left out, so is this baseline.
    truth
        A simulated world's ``truth.parquet``, for what the hidden influence itself reaches.
    plots
        A folder for plots.
    """
    loaded, judged = Model.load(model), read_judgements(judgements)
    people = pl.concat(read_signals(signals, loaded.catalogue))
    scores = loaded.score(people)
    figures = {
        "followers": baselines.followers(people, loaded.catalogue),
        "interactions": baselines.interactions(people, loaded.catalogue),
        "reactors": baselines.reactors(people, loaded.catalogue),
    }
    if lake is not None and as_of is not None:
        figures["pagerank"] = baselines.interaction_pagerank(
            Lake(lake), as_of, loaded.catalogue, people["person"]
        )
    if truth is not None:
        figures["truth"] = _true_influence(truth, people)
    if plots is not None:
        write_plots(plots, loaded, scores, accuracy_by_gap(loaded, scores, judged))
    return evaluate(loaded, scores, judged, figures)


def _true_influence(truth: Path, people: pl.DataFrame) -> pl.Series:
    known = pl.read_parquet(truth, columns=["person", "influence"])
    joined = people.select("person").join(known, on="person", how="left", maintain_order="left")
    return joined["influence"].fill_null(known["influence"].min())
